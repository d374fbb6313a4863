"""First start, stop, restart: what is promised is made, what was acknowledged is there."""

import base64
import signal
import socket
import threading
import uuid

import pytest
import requests

from clients.estate import build_estate, difference, picture
from clients.raw import RawConnection
from clients.rest import Management
from clients.waiting import wait_until


# MARK: restart


def test_a_restart_keeps_everything(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    rows, files = picture(server.data), {name: (server.data / name).read_bytes() for name in ("bootstrap.json", "master.key",
        "tls/ca.pem")}
    paths = ("{group}", "{namespace}", "{namespace}/hybridConnections", "{rule}", "{relay}", "{network}", "{plan}", "{site}",
        "{binding}", "{lock}")
    answers = {path: management.get(estate.path(path)) for path in paths}
    keys, runtime = management.keys(estate.names["rule"]), server.runtime()
    assert server.stop() == 0
    # Addresses stand in tokens and documents, so the second run has those of the first.
    server.arguments += [f"--{name}-address={runtime[name + 'Address']}" for name in ("management", "relay")]
    server.start()
    management.threads = threading.local()
    # With the token of before.
    assert {path: management.get(estate.path(path)) for path in paths} == answers
    assert management.keys(estate.names["rule"]) == keys
    assert {name: (server.data / name).read_bytes() for name in files} == files
    assert difference(rows, picture(server.data)) == []
    assert Management(server.settings()).get(management.subscription)["state"] == "Enabled"
    assert server.stop() == 0


def test_a_restart_keeps_what_apps_hold(own_server, unique):
    """Settings, parts and credentials, which are encrypted or derived."""
    server = own_server().start()
    management = Management(server.settings())
    site = build_estate(management, unique).path("{site}")
    management.put(site + "/config/appsettings", {"properties": {"GREETING": "hello"}})
    management.put(site + "/config/backup", {"properties": {"enabled": True, "storageAccountUrl": "https://files.example/b?sig=x"}})
    management.put(site + "/config/slotConfigNames", {"properties": {"appSettingNames": ["GREETING"]}})
    management.ask("POST", site + "/stop")
    names = ("appsettings", "backup", "publishingcredentials")
    before = [management.ask("POST", f"{site}/config/{name}/list") for name in names]
    assert server.stop() == 0
    management = Management(server.start().settings())
    assert [management.ask("POST", f"{site}/config/{name}/list") for name in names] == before
    assert management.get(site + "/config/slotConfigNames")["properties"]["appSettingNames"] == ["GREETING"]
    assert management.get(site)["properties"]["state"] == "Stopped"
    assert server.stop() == 0


def test_the_first_start_makes_what_is_promised_and_for_its_user_only(own_server):
    server = own_server().start()
    assert server.mode("") == 0o700
    for name in ("bootstrap.json", "master.key", "causeway.db", "causeway.db-wal", "lock"):
        assert server.mode(name) == 0o600, name
    bootstrap, runtime = server.bootstrap(), server.runtime()
    assert {"tenantId", "subscriptionId", "clientId", "clientSecret", "managementEndpoint", "relayEndpoint",
        "caFile"} <= set(bootstrap)
    assert set(runtime) == {"version", "pid", "startedAt", "managementAddress", "managementEndpoint", "relayAddress",
        "relayDomain", "operationsAddress"}
    assert runtime["pid"] == server.process.pid and bootstrap["managementEndpoint"] == runtime["managementEndpoint"]
    assert bootstrap["caFile"] == str(server.data / "tls" / "ca.pem")
    assert len(base64.b64decode((server.data / "master.key").read_text())) == 32
    assert runtime["managementEndpoint"] in server.output() and "bootstrap.json" in server.output()
    told = server.output() + server.log() + "".join((server.process_file(name) for name in ("cmdline", "environ")))
    assert bootstrap["clientSecret"] not in told and (server.data / "master.key").read_text().strip() not in told
    assert server.health() == "ready\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_with_0_and_removes_runtime_json(own_server, number):
    server = own_server().start()
    Management(server.settings())
    server.process.send_signal(number)
    assert server.process.wait(10) == 0
    assert not (server.data / "runtime.json").exists()
    assert (server.data / "bootstrap.json").exists()


def half_a_request(server, management):
    """A connection whose request has a head and half of a body, and what is missing."""
    connection = RawConnection(server.settings())
    body = '{"location":"westus"}'
    head = (f"PUT {management.group('half')}?api-version=2025-04-01 HTTP/1.1\r\nHost: {connection.host}\r\n"
            f"Authorization: Bearer {management.token}\r\nContent-Length: {len(body)}\r\n\r\n")
    connection.send((head + body[:5]).encode())
    return connection, body[5:].encode()


def test_a_request_under_way_is_finished_before_the_end(own_server):
    server = own_server().start()
    management = Management(server.settings())
    connection, rest = half_a_request(server, management)
    with connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping" in server.log(), "the server begins to stop")
        connection.send(rest)
        assert connection.read_answer().status == 201
        assert server.process.wait(10) == 0
    server.start()
    assert Management(server.settings()).get(management.group("half"))["name"] == "half"


def test_idle_connections_do_not_hold_the_end_up(own_server):
    server = own_server().start()
    management = Management(server.settings())
    idle = [RawConnection(server.settings()) for _ in range(5)]
    management.get(management.subscription)
    assert server.stop(limit=3) == 0
    assert all(connection.is_closed() for connection in idle)


def test_a_request_that_never_ends_is_cut_after_the_drain_timeout(own_server):
    server = own_server("--drain-timeout=1").start()
    connection, _ = half_a_request(server, Management(server.settings()))
    with connection:
        assert server.stop(limit=15) in (0, 1)
    assert not (server.data / "runtime.json").exists()


def test_a_second_signal_ends_at_once(own_server):
    server = own_server("--drain-timeout=60").start()
    connection, _ = half_a_request(server, Management(server.settings()))
    with connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping" in server.log(), "the server begins to stop")
        wait_until(lambda: server.process.poll() is not None or server.process.send_signal(signal.SIGTERM),
            "the second signal ends it", limit=5)
    server.start()
    assert server.health() == "ready\n"


def test_a_second_server_on_one_directory_is_refused(own_server):
    first = own_server().start()
    runtime = first.runtime()
    second = own_server(folder=first.folder)
    second.runs = 10
    second.launch()
    assert second.process.wait(10) == 1
    assert "in use" in second.log() and str(first.process.pid) in second.log() and str(first.data) in second.log()
    assert second.output() == "" and first.runtime() == runtime and first.health() == "ready\n"
    first.kill()
    assert own_server(folder=first.folder).start().is_ready(), "a lock outlives the process that held it"


def test_a_port_in_use_is_a_clear_failure(own_server):
    first = own_server().start()
    for name in ("management", "relay", "operations"):
        address = first.runtime()[f"{name}Address"]
        second = own_server(f"--{name}-address={address}")
        second.launch()
        assert second.process.wait(10) == 1
        assert f"{name}-address" in second.log() and address in second.log()
        assert not (second.data / "runtime.json").exists()


def test_a_first_start_that_failed_does_not_lose_the_secret(own_server):
    """The port is in use, the operator frees it and starts again: the administrator must be able to sign in."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = own_server(f"--management-address=127.0.0.1:{taken.getsockname()[1]}")
        server.launch()
        assert server.process.wait(10) == 1
    server.start()
    assert Management(server.settings()).token


def test_a_first_start_that_is_killed_at_any_moment_does_not_lose_the_secret(own_server, tmp_path):
    """Killed as soon as a file of the first start appears, for each of them; the second start must let the administrator in."""
    for index, name in enumerate(["master.key", "causeway.db", "causeway.db-wal", "bootstrap.json", "tls/ca.pem"]):
        folder = tmp_path / f"killed-{index}"
        server = own_server(folder=folder)
        server.launch()
        wait_until(lambda: (server.data / name).exists() or server.process.poll() is not None, f"{name} appears", interval=0.001)
        server.kill()
        server.start()
        assert Management(server.settings()).token, f"killed when {name} appeared"
        server.kill()


# MARK: bootstrap variables


def test_bootstrap_variables_are_honoured(own_server):
    tenant, subscription, secret = str(uuid.uuid4()), str(uuid.uuid4()), "chosen-" + uuid.uuid4().hex
    variables = {"CLIENT_ID": "admin", "CLIENT_SECRET": secret, "TENANT_ID": tenant, "SUBSCRIPTION_ID": subscription}
    server = own_server(**{f"CAUSEWAY_BOOTSTRAP_{name}": value for name, value in variables.items()}).start()
    bootstrap = server.bootstrap()
    assert (bootstrap["clientId"], bootstrap["clientSecret"], bootstrap["tenantId"], bootstrap["subscriptionId"]) == ("admin",
        secret, tenant, subscription)
    management = Management(server.settings(client_id="admin", client_secret=secret, tenant_id=tenant,
        subscription_id=subscription))
    assert management.get(f"/subscriptions/{subscription}")["tenantId"] == tenant
    assert secret not in server.output() + server.log()
    server.stop()
    server.environment = {"CAUSEWAY_BOOTSTRAP_CLIENT_SECRET": "another", "CAUSEWAY_BOOTSTRAP_CLIENT_ID": "somebody"}
    server.start()
    assert Management(server.settings()).get(f"/subscriptions/{subscription}"), "a later start changed the administrator"
    with pytest.raises(requests.HTTPError):
        Management(server.settings(client_secret="another"))


@pytest.mark.parametrize("name, value", [("TENANT_ID", "x"), ("SUBSCRIPTION_ID", "not-a-guid"), ("CLIENT_ID", "a b"),
    ("CLIENT_ID", "a/b"), ("CLIENT_ID", "x" * 200)])
def test_bad_bootstrap_values_are_usage_errors(own_server, name, value):
    server = own_server(**{f"CAUSEWAY_BOOTSTRAP_{name}": value})
    server.launch()
    assert server.process.wait(10) == 2
    assert f"CAUSEWAY_BOOTSTRAP_{name}" in server.log()
    server.environment = {}
    assert Management(server.start().settings()).token
