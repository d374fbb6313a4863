"""The manager and its commands: what is added, shown, kept and forgotten."""

import base64
import itertools
import json
import re
import time
from datetime import datetime, timedelta, timezone

import pytest

from clients.waiting import wait_until
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import causeway, failed, succeeded
from tunnel_peer.sockets import ask, converse, dial, end_output, is_answering, read_exactly, read_rest

FIELDS = ["Namespace", "Name", "Endpoint", "Status", "NumberOfListeners", "ServiceBusEndpoint", "CreatedOn", "LastUpdated"]


# MARK: adding


@pytest.mark.parametrize("way", ["a file", "standard input", "an argument"])
def test_a_hybrid_connection_is_added_by_its_connection_string(server, manager, make, echoing, tmp_path, way):
    connection = server.hybrid_connection(echoing.address)
    string, options = connection.string(), {}
    if way == "a file":
        (tmp_path / "string").write_text(string + "\n")
        string = f"@{tmp_path / 'string'}"
    elif way == "standard input":
        string, options = "-", {"input": string + "\n"}
    added = json.loads(succeeded(manager.hcm("add", string, "--output", "json", **options)).stdout)
    assert (added["Namespace"], added["Name"]) == (connection.namespace, connection.name)
    manager.wait(connection)
    converse(make.single(connection).start().address)


def test_fields_of_a_connection_string_may_stand_in_any_order_and_case(server, manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    parts = connection.string().split(";")
    for order in itertools.islice(itertools.permutations(parts), 0, 24, 5):
        string = ";".join(f"{name.upper()} = {value} " for name, value in (part.split("=", 1) for part in order))
        succeeded(manager.hcm("add", "-", input=f"{string};Unknown=x;"))
        manager.wait(connection)
    assert [each["Name"] for each in manager.list()].count(connection.name) == 1
    converse(make.single(connection).start().address)


@pytest.mark.parametrize("name", ["orders.db", "orders_db", "a/b/c", "Orders-DB.2_x/y", "x" * 200])
def test_names_that_azure_allows_are_served_and_shown_as_they_are(server, manager, make, echoing, name):
    connection = server.hybrid_connection(echoing.address, name=name)
    manager.add(connection)
    assert manager.show(connection)["Name"] == name
    converse(make.single(connection).start().address)
    succeeded(manager.hcm("remove", "-ns", connection.namespace.upper(), "-n", name.upper()))


def test_a_connection_string_that_is_wrong_is_refused_with_the_reason_and_not_shown(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    whole, key = connection.string(), connection.rules["listen"].primary
    for string, reason in [
        ("", "empty"), ("Endpoint", "no '='"), (whole.replace("Endpoint=", "Place="), "Endpoint is missing"),
        (re.sub(";EntityPath=.*", "", whole), "EntityPath is missing"), (whole + ";EntityPath=twice", "twice"),
        (whole.replace("SharedAccessKeyName=", "X="), "SharedAccessKeyName is missing"),
        (whole.replace(";SharedAccessKey=" + key, ""), "SharedAccessKey is missing"),
    ]:
        told = failed(own_manager.hcm("add", "-", input=string))
        assert reason in told and key not in told
    assert "cannot be read" in failed(own_manager.hcm("add", "@/nowhere/string"))
    assert own_manager.list() == []


def test_several_hybrid_connections_are_served_by_one_manager_each_to_its_endpoint(server, own_manager, make):
    words = [f"hello from {number}".encode() for number in range(5)]
    connections = [server.hybrid_connection(make.endpoint(greeting(word)).address) for word in words]
    own_manager.add(*connections)
    for connection, word in zip(connections, words):
        with dial(make.single(connection).start().address) as app:
            assert read_exactly(app, len(word)) == word
    assert {each["Name"] for each in own_manager.list()} == {connection.name for connection in connections}


# MARK: showing


def test_list_and_show_have_the_fields_of_azure_s_manager_and_tell_what_is_so(server, own_manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    shown = own_manager.show(connection)
    assert list(shown)[:len(FIELDS)] == FIELDS and own_manager.list() == [shown]
    assert shown["ServiceBusEndpoint"] == f"sb://{connection.host_name}:{server.relay.tls.port}/"
    assert (shown["Endpoint"], shown["Status"], shown["Reason"]) == (echoing.address, "Connected", None)
    now = datetime.now(timezone.utc)
    for name in ("CreatedOn", "LastUpdated"):
        assert timedelta() <= now - datetime.fromisoformat(shown[name][:23] + "+00:00") < timedelta(minutes=1), shown[name]
    with dial(make.single(connection).start().address) as app:
        ask(app, b"x" * 1_000)
        shown = own_manager.show(connection)
        assert (shown["Tunnels"], shown["TotalTunnels"]) == (1, 1)
        assert (shown["BytesToEndpoint"], shown["BytesFromEndpoint"]) == (1_000, 1_000)


def test_a_connected_manager_counts_itself_among_the_listeners(server, manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    assert manager.show(connection)["NumberOfListeners"] == 1
    connection.wait_listeners(1)


def test_tables_name_the_columns_and_the_reason(server, own_manager, echoing):
    good, bad = server.hybrid_connection(echoing.address), server.hybrid_connection()
    own_manager.add(good)
    succeeded(own_manager.hcm("add", "-", input=bad.string()))
    own_manager.wait(bad, "Disconnected")
    head, *rows = succeeded(own_manager.hcm("list", "--output", "table")).stdout.splitlines()
    assert head.split()[:4] == ["NAME", "STATUS", "NAMESPACE", "ENDPOINT"]
    rows = {row.split()[0]: row for row in rows}
    assert rows[good.name].split()[1:4] == ["Connected", good.namespace, echoing.address]
    assert "Disconnected" in rows[bad.name] and "no item 'endpoint'" in rows[bad.name]
    lines = succeeded(own_manager.hcm("show", *good.names, "--output", "table")).stdout.splitlines()
    assert f"Endpoint:           {echoing.address}" in lines and "Status:             Connected" in lines


def test_a_server_that_is_away_shows_as_disconnected_with_the_reason_and_comes_back(make, echoing):
    server = make.server("--relay-address=127.0.0.1:0").start()
    manager = make.manager(server).start()
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    place = server.runtime()["relayAddress"]
    server.kill()
    shown = manager.wait(connection, "Disconnected")
    wait_until(lambda: "refused" in (manager.show(connection)["Reason"] or ""), "the reason says that nobody is there")
    assert shown["NumberOfListeners"] == 0
    server.arguments += [f"--relay-address={place}"]
    server.start()
    assert manager.wait(connection)["Reason"] is None


def test_a_hybrid_connection_that_does_not_exist_shows_as_not_found_until_it_does(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    root = server.namespace.keys()
    string = connection.string().replace(connection.rules["listen"].name, root.name).replace(
        connection.rules["listen"].primary, root.primary)
    succeeded(own_manager.hcm("add", "-", input=string))
    own_manager.wait(connection)
    connection.delete()
    own_manager.wait(connection, "NotFound")
    # It stays so through further tries.
    wait_until(lambda: own_manager.log().count("NotFound") >= 3, "it was tried again")
    shown = own_manager.wait(connection, "NotFound")
    assert "404" in shown["Reason"] and shown["NumberOfListeners"] == 0
    server.hybrid_connection(echoing.address, name=connection.name)
    own_manager.wait(connection)


def test_a_hybrid_connection_that_is_deleted_shows_as_not_found_to_a_manager_with_its_own_key(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    connection.delete()
    own_manager.wait_log("NotFound.*deleted")


def test_a_key_that_is_refused_shows_as_disconnected_with_the_gateway_s_reason(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    wrong = base64.b64encode(bytes(32)).decode()
    succeeded(own_manager.hcm("add", "-", input=connection.string(key=wrong)))
    shown = own_manager.wait(connection, "Disconnected")
    assert "InvalidSignature" in shown["Reason"] and "401" in shown["Reason"]
    # A key that may only send may not listen.
    succeeded(own_manager.hcm("add", "-", input=connection.string("send")))
    wait_until(lambda: "InvalidSignature" not in (own_manager.show(connection)["Reason"] or "InvalidSignature"), "a new reason")
    shown = own_manager.wait(connection, "Disconnected")
    assert "Listen" in shown["Reason"], shown
    # The right one heals it.
    own_manager.add(connection)


# MARK: removing, restarting


def test_remove_stops_listening_and_leaves_what_stands(server, own_manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    single = make.single(connection).start()
    with dial(single.address) as app:
        ask(app, b"before")
        succeeded(own_manager.hcm("remove", *connection.names))
        assert own_manager.list() == []
        connection.wait_listeners(0)
        with dial(single.address) as refused:
            assert read_rest(refused) == (b"", "reset")
        ask(app, b"after")
        end_output(app)
        assert read_rest(app) == (b"", "end")
    assert "no hybrid connection" in failed(own_manager.hcm("remove", *connection.names))
    assert "no hybrid connection" in failed(own_manager.hcm("show", *connection.names))


def test_restart_opens_a_new_control_channel_and_leaves_what_stands(server, own_manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    single = make.single(connection).start()

    def registrations():
        return [name for name, _, _ in connection.events()].count("NewListenerRegistered")

    wait_until(lambda: registrations() == 1, "the first registration has its event")
    with dial(single.address) as app:
        ask(app, b"before")
        succeeded(own_manager.hcm("restart", *connection.names))
        wait_until(lambda: registrations() == 2, "there is a second registration")
        own_manager.wait(connection)
        ask(app, b"after")
        wait_until(lambda: is_answering(single.address), "new connections are answered", 5)


# MARK: without a manager, with another one


COMMANDS = ["list", "doctor", "logs", "logout", "add Endpoint=sb://a/;SharedAccessKeyName=b;SharedAccessKey=c;EntityPath=d",
            "show -ns a -n b", "remove -ns a -n b", "restart -ns a -n b", "test a.example:1"]


@pytest.mark.parametrize("command", COMMANDS, ids=[command.split()[0] for command in COMMANDS])
def test_each_command_says_so_when_no_manager_runs(tmp_path, command):
    socket = tmp_path / "hcm.sock"
    told = failed(causeway("hcm", *command.split(), CAUSEWAY_HCM_SOCKET=str(socket)))
    assert f"no manager answers at {socket}" in told and "causeway hcm run" in told


def test_version_says_so_when_no_manager_runs(tmp_path, manager):
    version = succeeded(causeway("--version")).stdout.strip()
    told = succeeded(causeway("hcm", "version", CAUSEWAY_HCM_SOCKET=str(tmp_path / "hcm.sock"))).stdout
    assert told.startswith(f"causeway {version}\n") and "not running" in told
    assert succeeded(manager.hcm("version")).stdout.split() == ["causeway", version, "manager", version]


def test_a_socket_that_a_killed_manager_left_is_no_manager_and_no_hindrance(own_manager):
    own_manager.kill()
    assert own_manager.socket.exists()
    assert "no manager answers" in failed(own_manager.hcm("list"))
    own_manager.start()
    assert own_manager.list() == []


USAGE = ["", "bogus", "show", "show -ns a", "remove -n b", "add x -n y", "add -n y", "run --lanes 17", "run --threads 0",
         "run --log-level loud", "run --tunnels-max 0", "run --config a --connection-string b", "doctor -n a", "list --output xml",
         "run --proxy ftp://a"]


@pytest.mark.parametrize("arguments", USAGE)
def test_a_wrong_command_line_ends_with_2_and_the_usage(manager, arguments):
    result = manager.hcm(*arguments.split())
    if not arguments:
        # As with all groups of commands, help is what is meant.
        assert result.returncode == 0 and "SUBCOMMANDS" in result.stdout
    else:
        assert "Usage:" in failed(result, 2) and "--help" in result.stderr


def test_a_second_manager_on_the_same_state_is_refused_and_named(server, own_manager, tmp_path):
    result = causeway("hcm", "run", "--state-directory", own_manager.state, "--socket", tmp_path / "s.sock", limit=10)
    told = failed(result)
    assert str(own_manager.state) in told and f"process {own_manager.process.pid}" in told
    assert own_manager.list() == []


def test_a_second_manager_does_not_take_the_socket_of_a_running_one(server, own_manager, make, tmp_path):
    second = make.manager(server, "--socket", str(own_manager.socket), "--state-directory", str(tmp_path / "state"))
    second.launch()
    wait_until(lambda: not second.is_running or second.has_begun(), "the second manager has ended or begun")
    connection = server.hybrid_connection("127.0.0.1:1")
    own_manager.hcm("add", "-", input=connection.string())
    assert not second.is_running and "socket" in second.log()
    assert connection.name in (own_manager.state / "connections.json").read_text()


# MARK: what is kept


def forms(secret):
    """How a secret could stand somewhere: its text, its bytes, and both in base64 and hexadecimal digits."""
    for value in (secret.encode(), base64.b64decode(secret)):
        yield value
        yield value.hex().encode()
        yield value.hex().upper().encode()
        # Base64 of the secret within something longer, whatever stands before it.
        for shift in range(3):
            encoded = base64.b64encode(bytes(shift) + value)
            yield encoded[4 if shift else 0:-4]


def test_keys_and_secrets_stand_nowhere_in_clear(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    succeeded(own_manager.hcm("login", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    connection.rotate("--name", "defaultListener", "--key", "primary")
    own_manager.wait(connection, "Disconnected")
    told = [own_manager.hcm(*command) for command in (
        ["list"], ["list", "--output", "table"], ["show", *connection.names], ["logs"], ["doctor"], ["version"])]
    places = {str(number): (result.stdout + result.stderr).encode() for number, result in enumerate(told)}
    places |= {name: own_manager._read(name).encode() for name in ("out-1", "log-1")}
    places |= {str(path): path.read_bytes() for path in own_manager.state.rglob("*") if path.is_file()}
    places |= {name: (own_manager.process_file(name)) for name in ("cmdline", "environ")}
    assert any(path.endswith("connections.json") for path in places)
    rule, client_secret = connection.rules["listen"], server.bootstrap()["clientSecret"]
    # What is looked for would be found.
    for text in (connection.string().encode(), base64.b64encode(b"xy" + rule.primary.encode() + b"zzz")):
        assert any(form in text for form in forms(rule.primary))
    for name, content in places.items():
        for secret in (rule.primary, rule.secondary):
            assert not any(form in content for form in forms(secret)), name
        assert client_secret.encode() not in content and base64.b64encode(client_secret.encode())[:-4] not in content, name
    modes = {path.name: path.stat().st_mode & 0o777 for path in own_manager.state.rglob("*")}
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    assert own_manager.socket.stat().st_mode & 0o777 == 0o600


def test_what_was_added_is_served_again_after_kill_minus_nine_and_a_start(server, own_manager, make, echoing):
    connections = [server.hybrid_connection(echoing.address) for _ in range(3)]
    own_manager.add(*connections)
    succeeded(own_manager.hcm("remove", *connections[1].names))
    before = {each["Name"]: (each["CreatedOn"], each["Endpoint"]) for each in own_manager.list()}
    own_manager.kill()
    own_manager.start()
    after = {each["Name"]: (each["CreatedOn"], each["Endpoint"]) for each in own_manager.list()}
    assert after == before and set(after) == {connections[0].name, connections[2].name}
    for connection in (connections[0], connections[2]):
        own_manager.wait(connection)
        converse(make.single(connection).start().address)


def test_state_that_cannot_be_read_is_an_error_and_is_not_thrown_away(server, own_manager, echoing):
    own_manager.add(server.hybrid_connection(echoing.address))
    assert own_manager.stop() == 0
    file, key = own_manager.state / "connections.json", own_manager.state / "hcm.key"
    content, key_content = file.read_text(), key.read_text()
    for path, text, reason in [
        (file, content[:40], "connections.json"), (file, content.replace('"version": 1', '"version": 99'), "newer version"),
        (key, base64.b64encode(bytes(32)).decode(), "connections.json"), (key, "no key", "hcm.key"),
    ]:
        path.write_text(text)
        own_manager.launch()
        assert own_manager.process.wait(10) == 1 and reason in own_manager.log(), own_manager.log()
        assert path.read_text() == text
        file.write_text(content)
        key.write_text(key_content)
    key.chmod(0o644)
    own_manager.launch()
    assert own_manager.process.wait(10) == 1 and "can be read by others" in own_manager.log()
    key.chmod(0o600)
    assert len(own_manager.start().list()) == 1


def test_sigterm_ends_the_manager_in_order_and_the_gateway_sees_it_at_once(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    connection.wait_listeners(1)
    start = time.monotonic()
    assert own_manager.stop() == 0
    assert time.monotonic() - start < 3 and not own_manager.socket.exists()
    connection.wait_listeners(0, limit=2)
    assert "Stopped" in own_manager.log()


def test_logs_prints_the_newest_lines_and_goes_back_over_starts(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    own_manager.kill()
    own_manager.start()
    own_manager.wait(connection)
    lines = succeeded(own_manager.hcm("logs")).stdout.splitlines()
    assert sum(" Connected " in line and connection.name in line for line in lines) == 2
    assert succeeded(own_manager.hcm("logs", "--lines", "1")).stdout.splitlines() == lines[-1:]
