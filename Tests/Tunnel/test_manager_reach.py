"""How a manager reaches the relay: through proxies, and with which authority's word."""

import json
import subprocess
import time

import pytest

from tunnel_peer.programs import causeway, failed, succeeded
from tunnel_peer.proxy import Proxy
from tunnel_peer.sockets import converse


@pytest.fixture
def proxy():
    proxy = Proxy()
    yield proxy
    proxy.end()


@pytest.mark.parametrize("lanes", ["4", "0"])
def test_everything_goes_through_a_proxy_with_user_and_password(server, make, echoing, proxy, lanes):
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, "--lanes", lanes, CAUSEWAY_PROXY=proxy.url()).start()
    manager.add(connection)
    listening = len(proxy.tunnels)
    single = make.single(connection, "--lanes", lanes, "--proxy", proxy.url()).start()
    converse(single.address, b"x" * 100_000)
    assert listening >= 1 and len(proxy.tunnels) > listening
    assert set(proxy.tunnels) == {f"{connection.host_name}:{server.relay.tls.port}"}
    result = manager.hcm("doctor", *connection.names)
    assert result.returncode == 0, result


def test_a_proxy_that_refuses_is_named_with_its_answer_and_the_password_is_not(server, make, echoing, proxy):
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, "--proxy", proxy.url("wrong-password")).start()
    succeeded(manager.hcm("add", "-", input=connection.string()))
    shown = manager.wait(connection, "Disconnected")
    assert f"127.0.0.1:{proxy.port} answered 407" in shown["Reason"]
    code, steps = manager.diagnose(connection)
    assert code == 1 and steps["Relay reached"][0] == "Failed" and "407" in steps["Relay reached"][1]
    assert "wrong-password" not in manager.log() + json.dumps(shown) + json.dumps(steps)
    assert proxy.tunnels == []


def test_a_proxy_that_is_down_is_named(server, make, echoing, proxy):
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, "--proxy", "http://127.0.0.1:1").start()
    succeeded(manager.hcm("add", "-", input=connection.string()))
    assert "127.0.0.1:1" in manager.wait(connection, "Disconnected")["Reason"]


def test_a_wrong_authority_is_told_from_a_server_that_is_away(server, make, echoing, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=other", "-keyout", tmp_path / "key", "-out", tmp_path / "ca.pem"], check=True, capture_output=True)
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, ca_file=tmp_path / "ca.pem").start()
    succeeded(manager.hcm("add", "-", input=connection.string()))
    assert "not from an authority that is trusted" in manager.wait(connection, "Disconnected")["Reason"]


def test_a_ca_file_that_is_none_is_refused_at_the_start(server, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    start = time.monotonic()
    told = failed(causeway("hcm", "run", "--ca-file", tmp_path / "ca.pem", "--state-directory", tmp_path / "state",
                           "--socket", tmp_path / "s.sock", limit=10))
    assert "holds no certificate" in told and time.monotonic() - start < 5
