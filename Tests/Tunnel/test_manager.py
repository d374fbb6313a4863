"""The manager and its commands: what is added, shown and removed."""

import base64
import itertools
import json
import re
import socket
from datetime import datetime, timedelta, timezone

import pytest

from clients.waiting import wait_until
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import causeway, failed, succeeded
from tunnel_peer.sockets import ask, converse, dial, end_output, is_answering, is_reset, read_exactly, read_rest

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


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_an_endpoint_is_reached_at_whichever_of_its_addresses_answers(server, manager, make, host):
    endpoint = make.endpoint(host="::1")
    connection = server.hybrid_connection(f"{host}:{endpoint.port}")
    manager.add(connection)
    converse(make.single(connection).start().address)
    assert endpoint.count == 1


def test_a_manager_carries_as_many_connections_as_it_is_told(server, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, "--tunnels-max", "2").start().add(connection)
    single = make.single(connection).start()
    with dial(single.address) as one, dial(single.address) as two:
        ask(one, b"one")
        ask(two, b"two")
        assert is_reset(single.address)
        assert "carries 2 connections already" in single.wait_log("A connection failed")
        ask(one, b"still there")
    wait_until(lambda: is_answering(single.address), "there is room again")
    assert manager.show(connection)["TotalTunnels"] >= 3


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
    manager.wait(connection, NumberOfListeners=1, limit=2)
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
    # Its rule went with it, so the gateway cannot know the key any more; that is no reason to speak of keys.
    tries = own_manager.log().count("hybrid_connection=")
    wait_until(lambda: own_manager.log().count("hybrid_connection=") >= tries + 2, "it was tried again")
    shown = own_manager.wait(connection, "NotFound", limit=3)
    assert "InvalidSignature" not in shown["Reason"], shown


def test_a_key_that_is_refused_shows_as_disconnected_with_the_gateway_s_reason(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    wrong = base64.b64encode(bytes(32)).decode()
    succeeded(own_manager.hcm("add", "-", input=connection.string(key=wrong)))
    shown = own_manager.wait(connection, "Disconnected")
    assert "InvalidSignature" in shown["Reason"] and "401" in shown["Reason"]
    # A key that may only send may not listen.
    succeeded(own_manager.hcm("add", "-", input=connection.string("send")))
    wait_until(lambda: "Listen" in (own_manager.show(connection)["Reason"] or ""), "the missing right is named")
    own_manager.wait(connection, "Disconnected")
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
        assert is_reset(single.address)
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
         "run --log-level loud", "run --tunnels-max 0", "run --config a --connection-string b", "run --proxy ftp://a",
         "doctor -n a", "list --output xml"]


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
