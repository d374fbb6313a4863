"""Where a manager's hybrid connections, endpoints and keys come from, and that it follows what changes there."""

import base64
import json
import os
import subprocess

import pytest

from clients.servers import binary, clean_environment
from clients.waiting import wait_until
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import failed, succeeded
from tunnel_peer.sockets import ask, converse, dial, is_answering, read_exactly

SECONDS = 10


@pytest.fixture
def signed_in(own_manager, server):
    """A manager that is signed in as the server's administrator."""
    succeeded(own_manager.hcm("login", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    return own_manager


def add_by_names(manager, connection):
    return manager.hcm("add", "-rg", connection.server.GROUP, "-ns", connection.namespace, "-n", connection.name)


def greeter(make, text):
    return make.endpoint(greeting(text)), text


def heard(address, count):
    with dial(address) as app:
        return read_exactly(app, count)


# MARK: metadata


def test_an_endpoint_that_is_changed_is_followed_and_what_stands_stays(server, own_manager, make):
    (old, old_text), (new, new_text) = greeter(make, b"old"), greeter(make, b"new")
    connection = server.hybrid_connection(old.address)
    own_manager.add(connection)
    single = make.single(connection).start()
    with dial(single.address) as app:
        assert read_exactly(app, 3) == old_text
        connection.update("--endpoint", new.address)
        wait_until(lambda: heard(single.address, 3) == new_text, "new connections go to the new endpoint", SECONDS)
        ask(app, b"still at the old one")
    assert own_manager.wait(connection)["Endpoint"] == new.address
    registrations = [name for name, _, _ in connection.events()].count("NewListenerRegistered")
    assert registrations == 1, "the control channel was opened anew"
    # It is kept, too: after a start without the server's help it is known.
    assert new.address in (own_manager.state / "connections.json").read_text()


def test_an_endpoint_that_is_set_later_is_found_without_a_restart(server, own_manager, make, echoing):
    connection = server.hybrid_connection()
    succeeded(own_manager.hcm("add", "-", input=connection.string()))
    assert "no item 'endpoint'" in own_manager.wait(connection, "Disconnected")["Reason"]
    connection.update("--endpoint", echoing.address)
    own_manager.wait(connection, limit=SECONDS)
    converse(make.single(connection).start().address)


def test_other_items_of_the_metadata_are_passed_over(server, own_manager, make, echoing):
    items = {"owner": "a:1", "endpoint": echoing.address, "x": ""}
    connection = server.hybrid_connection(
        metadata=json.dumps([{"key": key, "value": value} for key, value in items.items()]))
    own_manager.add(connection)
    converse(make.single(connection).start().address)


# MARK: several managers


def test_several_managers_share_a_hybrid_connection_and_one_that_ends_is_not_missed(server, make):
    endpoints = [greeter(make, text) for text in (b"one", b"two", b"six")]
    connection = server.hybrid_connection(endpoints[0][0].address)
    managers = []
    for endpoint, _ in endpoints:
        managers.append(make.manager(server).start().add(connection))
    connection.wait_listeners(3)
    # The endpoint belongs to the hybrid connection; who carries a connection is seen at the managers.
    single = make.single(connection).start()
    for _ in range(60):
        assert heard(single.address, 3) == b"one"
    shares = [manager.show(connection)["TotalTunnels"] for manager in managers]
    assert sum(shares) == 60 and min(shares) > 0, shares
    managers[0].kill()
    wait_until(lambda: connection.listener_count() == 2, "the gateway has noticed")
    assert all(heard(single.address, 3) == b"one" for _ in range(20))


def test_a_twenty_sixth_listener_is_refused_with_the_reason(server, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    managers = [make.manager(server, "--threads", "1") for _ in range(26)]
    for manager in managers:
        manager.launch()
    for manager in managers:
        wait_until(manager.is_ready, "the manager is ready")
        succeeded(manager.hcm("add", "-", input=connection.string()))
    connection.wait_listeners(25)

    def refused():
        shown = [manager.show(connection) for manager in managers]
        return [each for each in shown if "MaximumListenersPerEndpoint" in (each["Reason"] or "")]

    (one,) = wait_until(refused, "one manager is told of the quota")
    assert "403" in one["Reason"]


# MARK: --connection-string


def test_a_manager_serves_one_connection_string_alone_and_keeps_nothing(server, make, echoing, tmp_path):
    connection = server.hybrid_connection(echoing.address)
    (tmp_path / "string").write_text(connection.string() + "\n")
    home = tmp_path / "home"
    home.mkdir()
    manager = make.manager(server, "--connection-string", f"@{tmp_path / 'string'}", HOME=str(home)).start()
    manager.wait(connection)
    converse(make.single(connection).start().address)
    assert "nothing is kept" in manager.output()
    assert not any(home.iterdir()) and not manager.state.exists()
    assert len(succeeded(manager.hcm("logs")).stdout.splitlines()) > 0


def test_a_connection_string_from_standard_input_is_served(server, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    manager = make.manager(server, "--connection-string", "-")
    manager.launch(stdin=subprocess.PIPE)
    manager.process.stdin.write(connection.string().encode() + b"\n")
    manager.process.stdin.close()
    wait_until(manager.is_ready, "the manager is ready")
    manager.wait(connection)


# MARK: --config


@pytest.fixture
def configured(server, make, tmp_path):
    """A manager with a file that declares its hybrid connections; the file is replaced as editors do it."""
    file = tmp_path / "hcm.yaml"

    def write(text):
        (tmp_path / "new").write_text(text)
        os.replace(tmp_path / "new", file)

    write("connections: []\n")
    manager = make.manager(server, "--config", str(file), ORDERS_STRING="").start()
    manager.write = write
    return manager


def yaml(*connections, extra=""):
    return "connections:\n" + "".join(f"  - connection-string: {connection.string()}\n" for connection in connections) + extra


def names(manager):
    return {each["Name"] for each in manager.list() if each["Status"] == "Connected"}


def test_a_file_declares_the_hybrid_connections_and_is_followed(server, configured, make, echoing, tmp_path):
    first, second, third = (server.hybrid_connection(echoing.address) for _ in range(3))
    configured.write(yaml(first))
    wait_until(lambda: names(configured) == {first.name}, "the first is served", SECONDS)
    single = make.single(first).start()
    with dial(single.address) as app:
        ask(app, b"before")
        (tmp_path / "string").write_text(third.string())
        configured.write(yaml(first, second, extra=f"  - connection-string-file: {tmp_path / 'string'}\n"))
        wait_until(lambda: names(configured) == {first.name, second.name, third.name}, "all are served", SECONDS)
        ask(app, b"after")
        configured.write(yaml(second))
        wait_until(lambda: names(configured) == {second.name}, "the second alone is served", SECONDS)
        ask(app, b"what stands stays")
    first.wait_listeners(0)
    assert [name for name, _, _ in second.events()].count("NewListenerRegistered") == 1, "it was opened anew without need"


def test_a_file_that_is_wrong_changes_nothing_and_is_reported(server, configured, echoing):
    connection = server.hybrid_connection(echoing.address)
    configured.write(yaml(connection))
    wait_until(lambda: names(configured) == {connection.name}, "it is served", SECONDS)
    key = connection.rules["listen"].primary
    for text, reason in [("connections: [", "hcm.yaml"), (yaml(connection, extra="    key: x\n"), "unknown key 'key'")]:
        configured.write(text)
        line = configured.wait_log(rf"configuration file is not followed.*{reason}", SECONDS)
        assert key not in line
        assert names(configured) == {connection.name}
    configured.write(yaml(connection, connection))
    count = configured.log().count("is in force")
    wait_until(lambda: configured.log().count("is in force") > count, "a good file is followed again", SECONDS)
    assert names(configured) == {connection.name}


def test_a_connection_string_file_is_followed(server, configured, echoing, tmp_path):
    connection = server.hybrid_connection(echoing.address)
    wrong = base64.b64encode(bytes(32)).decode()
    (tmp_path / "string").write_text(connection.string(key=wrong))
    configured.write(f"connections:\n  - connection-string-file: {tmp_path / 'string'}\n")
    wait_until(lambda: [each["Status"] for each in configured.list()] == ["Disconnected"], "the key is refused", SECONDS)
    (tmp_path / "new-string").write_text(connection.string())
    os.replace(tmp_path / "new-string", tmp_path / "string")
    wait_until(lambda: names(configured) == {connection.name}, "it is served", SECONDS)


def test_an_entry_by_name_waits_for_a_sign_in_and_the_others_do_not(server, make, echoing, tmp_path):
    by_name, by_string = (server.hybrid_connection(echoing.address) for _ in range(2))
    entry = f"  - resource-group: {server.GROUP}\n    namespace: {by_name.namespace}\n    name: {by_name.name}\n"
    (tmp_path / "hcm.yaml").write_text(yaml(by_string, extra=entry))
    manager = make.manager(server, "--config", str(tmp_path / "hcm.yaml")).start()
    wait_until(lambda: names(manager) == {by_string.name}, "the other one is served", SECONDS)
    assert "entry 2" in succeeded(manager.hcm("list")).stderr
    succeeded(manager.hcm("login", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    wait_until(lambda: names(manager) == {by_name.name, by_string.name}, "it is served after the sign-in", 15)
    assert succeeded(manager.hcm("list")).stderr == ""


def test_list_says_that_the_file_is_not_followed(configured):
    assert succeeded(configured.hcm("list")).stderr == ""
    configured.write("relays: []\n")
    configured.wait_log("configuration file is not followed", SECONDS)
    for output in ("table", "json"):
        assert "unknown key 'relays'" in succeeded(configured.hcm("list", "--output", output)).stderr


@pytest.mark.parametrize("text, reason", [
    ("connections: [", "hcm.yaml"), ("- a\n", "must be a mapping"), ("connections: a\n", "must be a list"),
    ("relays: []\n", "unknown key 'relays'"), ("connections:\n  - namespace: a\n", "'resource-group' is missing"),
    ("connections:\n  - connection-string: Endpoint\n", "invalid"), ("connections:\n  - a\n", "entry 1"),
    ("connections:\n  - connection-string-environment: NO_SUCH_VARIABLE\n", "NO_SUCH_VARIABLE"),
    ("connections:\n  - connection-string-file: /nowhere\n", "/nowhere"),
    ("connections:\n  - connection-string-file: a\n    name: b\n", "one way"),
])
def test_a_manager_does_not_start_with_a_file_that_is_wrong(server, make, tmp_path, text, reason):
    (tmp_path / "hcm.yaml").write_text(text)
    manager = make.manager(server, "--config", str(tmp_path / "hcm.yaml"))
    manager.launch()
    assert manager.process.wait(10) == 1
    assert reason in manager.log() and "hcm.yaml" in manager.log() and "Fatal" not in manager.log(), manager.log()


def test_commands_do_not_change_what_a_file_declares(server, configured, echoing):
    connection = server.hybrid_connection(echoing.address)
    assert "hcm.yaml" in failed(configured.hcm("add", "-", input=connection.string()))
    configured.write(yaml(connection))
    wait_until(lambda: names(configured) == {connection.name}, "it is served", SECONDS)
    assert "hcm.yaml" in failed(configured.hcm("remove", *connection.names))
    assert names(configured) == {connection.name}


def test_a_file_with_a_new_key_heals_a_hybrid_connection(server, configured, echoing):
    connection = server.hybrid_connection(echoing.address)
    configured.write(yaml(connection))
    wait_until(lambda: names(configured) == {connection.name}, "it is served", SECONDS)
    key = connection.rotate("--name", "defaultListener", "--key", "primary")["primaryKey"]
    configured.wait(connection, "Disconnected")
    connection.rules["listen"].primary = key
    configured.write(yaml(connection))
    configured.wait(connection, limit=SECONDS)


# MARK: sign-in


def test_a_manager_that_is_signed_in_adds_by_names_and_heals_a_key_that_was_replaced(server, signed_in, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    succeeded(add_by_names(signed_in, connection))
    signed_in.wait(connection)
    single = make.single(connection).start()
    for which in ("primary", "secondary", "primary"):
        connection.rotate("--name", "defaultListener", "--key", which)
        signed_in.wait(connection, limit=SECONDS)
        wait_until(lambda: is_answering(single.address), "connections are answered", SECONDS)
    assert "A new key was fetched" in signed_in.log()
    # What was fetched is kept.
    signed_in.kill()
    signed_in.start()
    signed_in.wait(connection)


def test_one_that_was_added_by_its_string_shows_the_refusal_of_a_replaced_key(server, signed_in, echoing):
    connection = server.hybrid_connection(echoing.address)
    signed_in.add(connection)
    connection.rotate("--name", "defaultListener", "--key", "primary")
    shown = signed_in.wait(connection, "Disconnected")
    wait_until(lambda: "401" in (signed_in.show(connection)["Reason"] or ""), "the refusal is shown")
    assert shown["Name"] == connection.name


def test_a_hybrid_connection_without_a_rule_that_listens_gets_one(server, signed_in, echoing):
    connection = server.hybrid_connection(echoing.address)
    server.management.delete(connection.rules["listen"].path)
    succeeded(add_by_names(signed_in, connection))
    signed_in.wait(connection)
    assert server.management.get(connection.rules["listen"].path)["properties"]["rights"] == ["Listen"]


def test_adding_by_names_needs_a_sign_in_and_something_that_exists(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    assert "not signed in" in failed(add_by_names(own_manager, connection))
    succeeded(own_manager.hcm("login", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    told = failed(own_manager.hcm("add", "-rg", server.GROUP, "-ns", connection.namespace, "-n", "nowhere"))
    assert "nowhere" in told
    succeeded(own_manager.hcm("logout"))
    assert "not signed in" in failed(add_by_names(own_manager, connection))


def test_a_sign_in_with_a_wrong_secret_is_refused_and_not_kept(server, own_manager, tmp_path):
    (tmp_path / "secret").write_text("not-the-secret-of-anybody")
    told = failed(own_manager.hcm(
        "login", "--client-secret", f"@{tmp_path / 'secret'}", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    assert "not-the-secret" not in told
    assert "not signed in" in failed(own_manager.hcm("add", "-rg", "a", "-ns", "b", "-n", "c"))


def test_a_hybrid_connection_is_chosen_from_a_list(server, signed_in, echoing, tmp_path):
    connection, without_endpoint = server.hybrid_connection(echoing.address), server.hybrid_connection()
    told = tmp_path / "told"
    with told.open("w") as file:
        process = subprocess.Popen(
            [binary(), "hcm", "add", "--output", "json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True,
            env=clean_environment(CAUSEWAY_HCM_SOCKET=str(signed_in.socket)))
    try:
        wait_until(lambda: "(1 to" in told.read_text(), "there is a list to choose from")
        (row,) = [line for line in told.read_text().splitlines() if connection.name in line.split()]
        # What is no choice is asked again.
        out, _ = process.communicate(f"0\nx\n{row.split()[0]}\n", timeout=20)
    finally:
        process.kill()
        process.wait(10)
    assert process.returncode == 0 and json.loads(out)["Name"] == connection.name
    assert without_endpoint.name not in told.read_text().split() and told.read_text().count("Hybrid connection (1 to") == 3
    signed_in.wait(connection)
