"""What a manager finds out: where it will not connect, what is wrong on the way, and the service that it is installed as."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

from clients.waiting import wait_until
from tunnel_peer.programs import causeway, failed, succeeded
from tunnel_peer.sockets import converse, free_port, is_reset

STEPS = ["Relay reached", "Key accepted", "Endpoint known", "Registered", "Endpoint's name", "Endpoint reached"]


def verdicts(steps):
    assert list(steps) == STEPS
    return [verdict for verdict, _ in steps.values()]


# MARK: endpoints that are out of reach


@pytest.mark.parametrize("endpoint, reason", [
    ("169.254.169.254:80", "metadata of cloud machines"), ("100.100.100.200:80", "metadata of cloud machines"),
    ("169.254.7.7:80", "link-local"), ("[fe80::1]:80", "link-local"), ("[fd00:ec2::254]:80", "metadata"),
    ("[::ffff:169.254.169.254]:80", "metadata"), ("[64:ff9b::a9fe:a9fe]:80", "metadata"),
    ("0.0.0.0:22", "no address of a machine"), ("224.0.0.1:80", "multicast"),
])
def test_addresses_that_must_not_be_reached_from_outside_are_refused_with_the_reason(server, manager, make, endpoint, reason):
    connection = server.hybrid_connection(endpoint)
    manager.add(connection)
    single = make.single(connection).start()
    start = time.monotonic()
    assert is_reset(single.address)
    assert time.monotonic() - start < 2
    assert reason in single.wait_log("A connection failed")
    assert reason in manager.show(connection)["LastError"]
    wait_until(lambda: any(reason in message for _, _, message in connection.events()), "the event has the reason")
    assert reason in failed(manager.hcm("test", endpoint))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.10"])
def test_this_machine_is_no_endpoint_unless_that_is_allowed(server, make, host):
    listener = make.endpoint(host="127.0.0.1")
    connection = server.hybrid_connection(f"{host}:{listener.port}")
    careful = make.manager(server, allow_loopback=False).start().add(connection)
    single = make.single(connection).start()
    assert is_reset(single.address)
    assert "--allow-loopback" in single.wait_log("A connection failed")
    assert listener.count == 0
    careful.kill()


# MARK: doctor


def test_doctor_finds_nothing_wrong_where_nothing_is(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    code, steps = own_manager.diagnose(connection)
    assert code == 0 and verdicts(steps) == ["OK"] * 6, steps
    assert echoing.address in steps["Endpoint known"][1]
    table = succeeded(own_manager.hcm("doctor", "--output", "table")).stdout.splitlines()
    assert table[0] == f"{connection.namespace}/{connection.name} to {echoing.address}" and len(table) == 7
    assert all(re.match(rf"  OK +{re.escape(step)} ", line) for step, line in zip(STEPS, table[1:]))


def test_doctor_looks_at_all_hybrid_connections_and_fails_when_one_is_bad(server, own_manager, echoing):
    good, bad = server.hybrid_connection(echoing.address), server.hybrid_connection(f"127.0.0.1:{free_port()}")
    own_manager.add(good, bad)
    result = own_manager.hcm("doctor", "--output", "json")
    reports = {report["Name"]: report["Healthy"] for report in json.loads(result.stdout)}
    assert result.returncode == 1 and reports == {good.name: True, bad.name: False}


def test_doctor_without_hybrid_connections_says_so(own_manager):
    result = succeeded(own_manager.hcm("doctor"))
    assert "no hybrid connections" in result.stderr


def test_doctor_finds_a_relay_that_is_down(make, echoing):
    server = make.server().start()
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server).start().add(connection)
    server.kill()
    code, steps = manager.diagnose(connection)
    # What does not need the relay is looked at all the same.
    assert code == 1 and verdicts(steps) == ["Failed", "Skipped", "Skipped", "Skipped", "OK", "OK"], steps
    assert "refused" in steps["Relay reached"][1]


def test_doctor_finds_a_key_that_was_replaced(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    connection.rotate("--name", "defaultListener", "--key", "primary")
    code, steps = own_manager.diagnose(connection)
    assert code == 1 and verdicts(steps) == ["OK", "Failed", "Skipped", "Skipped", "OK", "OK"], steps
    assert "InvalidSignature" in steps["Key accepted"][1]


def test_doctor_finds_that_the_endpoint_was_taken_out_of_the_metadata(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    connection.update("--user-metadata", "[]")
    code, steps = own_manager.diagnose(connection)
    assert code == 1 and steps["Endpoint known"][0] == "Failed" and "endpoint" in steps["Endpoint known"][1], steps


def test_doctor_finds_that_the_manager_is_not_registered(server, own_manager, make, echoing):
    """Here because the hybrid connection has all the listeners that it may have."""
    connection = server.hybrid_connection(echoing.address)
    others = [make.manager(server, "--threads", "1") for _ in range(25)]
    for other in others:
        other.launch()
    for other in others:
        wait_until(other.is_ready, "the manager is ready")
        succeeded(other.hcm("add", "-", input=connection.string()))
    connection.wait_listeners(25)
    succeeded(own_manager.hcm("add", "-", input=connection.string()))
    own_manager.wait(connection, "Disconnected")
    code, steps = own_manager.diagnose(connection)
    assert code == 1 and steps["Registered"][0] == "Failed" and "MaximumListeners" in steps["Registered"][1], steps


def test_doctor_finds_a_name_that_is_not_known_here(server, own_manager):
    connection = server.hybrid_connection("db.corp.invalid:5432")
    own_manager.add(connection)
    code, steps = own_manager.diagnose(connection)
    assert code == 1 and verdicts(steps) == ["OK"] * 4 + ["Failed", "Skipped"], steps
    assert "'db.corp.invalid'" in steps["Endpoint's name"][1]


def test_doctor_finds_a_port_that_is_closed(server, own_manager):
    connection = server.hybrid_connection(f"127.0.0.1:{free_port()}")
    own_manager.add(connection)
    code, steps = own_manager.diagnose(connection)
    assert code == 1 and verdicts(steps) == ["OK"] * 5 + ["Failed"], steps
    assert "Connection refused" in steps["Endpoint reached"][1]


# MARK: test


def test_hcm_test_reaches_endpoints_and_relays_from_where_the_manager_is(server, manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    told = succeeded(manager.hcm("test", echoing.address)).stdout
    assert re.fullmatch(rf"Connected to {re.escape(echoing.address)}, time taken: [0-9.]+ms\n", told), told
    wait_until(lambda: echoing.count == 1, "the endpoint was reached")
    told = succeeded(manager.hcm("test", connection.host_name)).stdout
    assert f"Connected to the relay {connection.host_name}" in told
    closed = free_port()
    assert "Connection refused" in failed(manager.hcm("test", f"127.0.0.1:{closed}"))
    assert "not known" in failed(manager.hcm("test", "db.corp.invalid:1"))
    assert "not known" in failed(manager.hcm("test", "relay.corp.invalid"))


# MARK: install-service


def unit_of(text):
    values = {}
    for line in text.splitlines():
        if "=" in line:
            name, value = line.split("=", 1)
            values.setdefault(name, []).append(value)
    return values


def test_the_printed_unit_runs_this_program_with_few_rights():
    result = succeeded(causeway("hcm", "install-service", "--print", "--", "--ca-file", "/etc/causeway/my ca%.pem"))
    unit = unit_of(result.stdout)
    (command,) = unit["ExecStart"]
    assert command.startswith(f"{os.path.realpath(os.environ['CAUSEWAY_BINARY'])} hcm run ")
    assert command.endswith('--ca-file "/etc/causeway/my ca%%.pem"')
    assert unit["DynamicUser"] == ["yes"] and unit["NoNewPrivileges"] == ["yes"] and unit["CapabilityBoundingSet"] == [""]
    assert unit["Restart"] == ["always"] and unit["WantedBy"] == ["multi-user.target"]
    assert "secret" not in result.stdout.lower()


def test_the_printed_unit_is_one_that_systemd_understands(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "causeway-hcm.service"
    unit.write_text(succeeded(causeway("hcm", "install-service", "--print")).stdout)
    result = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, timeout=30)
    # It also tells of other units of this machine.
    about_ours = [line for line in (result.stdout + result.stderr).splitlines() if "causeway-hcm" in line]
    assert about_ours == [], about_ours
    unit.write_text(unit.read_text().replace("DynamicUser", "DynamikUser"))
    assert "DynamikUser" in subprocess.run([analyze, "verify", unit], capture_output=True, text=True, timeout=30).stderr


def test_install_service_writes_the_unit_and_says_what_to_do_where_systemd_does_not_run(tmp_path):
    told = succeeded(causeway("hcm", "install-service", "--no-start", "--unit-directory", tmp_path)).stdout
    unit = tmp_path / "causeway-hcm.service"
    assert f"Wrote {unit}." in told
    assert unit.read_text() == succeeded(causeway("hcm", "install-service", "--print")).stdout
    assert "/nowhere" in failed(causeway("hcm", "install-service", "--no-start", "--unit-directory", "/nowhere"))


def test_the_command_of_the_printed_unit_runs(server, make, tmp_path, echoing):
    """The unit's own command line, with the folders that systemd would make."""
    unit = unit_of(succeeded(causeway("hcm", "install-service", "--print", "--", "--ca-file", server.ca_file)).stdout)
    words = unit["ExecStart"][0].replace("/run/causeway/", f"{tmp_path}/").split()
    manager = make.manager(server, STATE_DIRECTORY=str(tmp_path / "state"))
    manager.command, manager.socket, manager.state = [*words, "--allow-loopback"], tmp_path / "hcm.sock", tmp_path / "state"
    connection = server.hybrid_connection(echoing.address)
    manager.start().add(connection)
    converse(make.single(connection).start().address)
    assert (tmp_path / "state" / "connections.json").exists()
