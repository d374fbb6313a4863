"""Parts that fail and come back while conversations run: what breaks, what does not, and how soon all is well again."""

import signal
import subprocess
import sys
import time

import pytest

from clients.waiting import wait_until
from tunnel_peer.conversations import Conversations, Opening
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import Program
from tunnel_peer.sockets import (
    ask, converse, dial, end_output, free_port, is_answering, is_reset, read_exactly, read_rest,
)

# From the start of a part until new connections go well.
BACK = 5.0


class Relayed:
    """A server on ports that stay, two managers and two connectors: what one of a kind carries, the other does not."""

    def __init__(self, make, *arguments, lanes="4"):
        ports = [f"--{name}-address=127.0.0.1:{free_port()}" for name in ("management", "relay", "relay-plaintext")]
        self.server = make.server(*ports, *arguments).start()
        self.endpoint = make.endpoint()
        self.connections = [self.server.hybrid_connection(self.endpoint.address) for _ in range(2)]
        self.managers = [
            make.manager(self.server, "--lanes", lanes).start().add(connection) for connection in self.connections]
        self.singles = [make.single(connection, "--lanes", lanes).start() for connection in self.connections]

    @property
    def addresses(self):
        return [single.address for single in self.singles]

    def conversations(self):
        conversations = Conversations(*self.addresses)
        for address in self.addresses:
            conversations.wait_words(address)
        return conversations


@pytest.fixture(params=["4", "0"], ids=["lanes", "no-lanes"])
def relayed(request, make):
    return Relayed(make, lanes=request.param)


def is_back(address, since):
    wait_until(lambda: is_answering(address), "new connections are answered", BACK + 5)
    took = time.monotonic() - since
    assert took < BACK, f"new connections went well only {took:.1f} s after the part was back"


# MARK: kill -9


def test_a_killed_manager_breaks_what_it_carried_and_nothing_else_and_comes_back(relayed):
    mine, other = relayed.addresses
    with relayed.conversations() as conversations:
        relayed.managers[0].kill()
        conversations.wait_broken(mine)
        start = time.monotonic()
        assert is_reset(mine)
        assert time.monotonic() - start < 2
        assert "listener" in relayed.singles[0].wait_log("A connection failed")
        relayed.managers[0].start()
        is_back(mine, time.monotonic())
        conversations.wait_words(other)


def test_a_killed_connector_breaks_what_it_carried_and_nothing_else_and_comes_back(relayed):
    mine, other = relayed.addresses
    with relayed.conversations() as conversations:
        relayed.singles[0].kill()
        conversations.wait_broken(mine)
        # The endpoint is told as well.
        wait_until(lambda: len(relayed.endpoint.connections) == 8, "the endpoint has only the others left")
        relayed.singles[0].start()
        is_back(mine, time.monotonic())
        conversations.wait_words(other)


def test_a_killed_server_breaks_everything_and_all_come_back_by_themselves(relayed):
    with relayed.conversations() as conversations:
        relayed.server.kill()
        for address in relayed.addresses:
            conversations.wait_broken(address)
        wait_until(lambda: not relayed.endpoint.connections, "the endpoint was told")
        for manager, connection in zip(relayed.managers, relayed.connections):
            assert manager.wait(connection, "Disconnected")["Reason"]
        relayed.server.start()
        start = time.monotonic()
        for address in relayed.addresses:
            is_back(address, start)
    assert all(part.is_running and part.runs == 1 for part in relayed.managers + relayed.singles)


def test_a_server_that_was_away_for_some_time_is_found_again(relayed):
    relayed.server.kill()
    for manager, connection in zip(relayed.managers, relayed.connections):
        # It has tried several times, and tries more seldom.
        wait_until(lambda: manager.log().count("refused") >= 3, "it was tried", 20)
        assert manager.show(connection)["Status"] in ("Disconnected", "Connecting")
    for address in relayed.addresses:
        assert is_reset(address)
    relayed.server.start()
    start = time.monotonic()
    for address in relayed.addresses:
        is_back(address, start)


# MARK: in order


def test_a_server_that_is_told_to_end_lets_conversations_run_to_their_end(make):
    relayed = Relayed(make, "--drain-timeout=20")
    with dial(relayed.addresses[0]) as app:
        ask(app, b"before")
        relayed.server.process.send_signal(signal.SIGTERM)
        relayed.managers[0].wait(relayed.connections[0], "Disconnected")
        ask(app, b"during the drain")
        # Nobody new is let in.
        assert not is_answering(relayed.addresses[0])
        end_output(app)
        assert read_rest(app) == (b"", "end")
    assert relayed.server.process.wait(10) == 0
    relayed.server.start()
    start = time.monotonic()
    for address in relayed.addresses:
        is_back(address, start)


def test_a_server_whose_conversations_do_not_end_ends_them_after_the_drain_timeout(make):
    relayed = Relayed(make, "--drain-timeout=1")
    with relayed.conversations() as conversations:
        start = time.monotonic()
        assert relayed.server.stop() == 0
        assert 0.9 < time.monotonic() - start < 8
        for address in relayed.addresses:
            conversations.wait_broken(address)


def test_a_manager_that_is_told_to_end_hands_over_to_another_one(relayed, make):
    """The second manager is there before the first one goes: not one connection fails."""
    connection, address = relayed.connections[0], relayed.addresses[0]
    second = make.manager(relayed.server).start().add(connection)
    with Opening(address) as opening:
        opening.wait_more(20)
        assert relayed.managers[0].stop() == 0
        opening.wait_more(20)
    # What the first one carried at that moment is broken, and nothing that came later.
    assert len(opening.failures) <= len(opening.threads), opening.failures
    assert is_answering(address) and second.show(connection)["TotalTunnels"] > 0


# MARK: endpoints


ECHO = """
import socket, sys, threading
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def serve(connection):
    while part := connection.recv(65536):
        connection.sendall(part)
    connection.close()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""


def test_an_endpoint_that_is_killed_and_comes_back_needs_nobody_s_help(server, manager, make, tmp_path):
    port = free_port()
    program = Program(tmp_path / "echo", [sys.executable, "-c", ECHO, port])
    program.has_begun = lambda: is_answering(f"127.0.0.1:{port}")
    make.made.append(program.start())
    connection = server.hybrid_connection(f"127.0.0.1:{port}")
    manager.add(connection)
    single = make.single(connection).start()
    with Conversations(single.address) as conversations:
        conversations.wait_words(single.address)
        program.kill()
        conversations.wait_broken(single.address)
    for _ in range(3):
        assert is_reset(single.address)
    assert "Connection refused" in manager.show(connection)["LastError"]
    assert manager.show(connection)["Status"] == "Connected"
    program.start()
    is_back(single.address, time.monotonic())


# MARK: keys


@pytest.fixture
def rotating(server, manager, make, echoing):
    """A hybrid connection with an app, and the connector's address for it."""
    connection, site = server.hybrid_connection(echoing.address), server.site()
    manager.add(connection)
    place = f"{server.unique('db')}.corp.example:{free_port()}"
    site.bind(connection, place)
    return connection, site, place


def readings(server, site):
    """Who read the key of a binding of the app; a connector does when a binding has changed."""
    return {
        event["eventDataId"] for event in server.json("activity", "list", "--limit", "50")
        if site.name in event["resourceId"] and event["operationName"]["value"].lower().endswith("relays/listkeys/action")}


@pytest.mark.parametrize("lanes, count", [("4", 10), ("0", 3)], ids=["lanes", "no-lanes"])
def test_rotations_with_the_bindings_fail_no_connection(server, make, rotating, lanes, count):
    connection, site, place = rotating
    connector = make.connector(server, *site.options, "--lanes", lanes).start()
    address = connector.places[place]
    with dial(address) as lasting, Opening(address) as opening:
        ask(lasting, b"before")
        for number in range(count):
            before = readings(server, site)
            opening.wait_more(5)
            shown = connection.rotate("--bindings")
            assert shown["keyType"] == ("SecondaryKey", "PrimaryKey")[number % 2] and len(shown["bindings"]) == 1, shown
            # The key of before stays good until the next rotation, which must not come before the new one is known.
            wait_until(lambda: readings(server, site) - before, "the connector has read the new key", interval=0.2)
            opening.wait_more(5)
            ask(lasting, b"after rotation %d" % number)
    assert not opening.failures, opening.failures
    assert "A connection failed" not in connector.log()


def test_a_send_key_that_is_replaced_without_the_bindings_is_refused_with_the_reason_and_healed_by_a_rotation(
        server, make, rotating):
    connection, site, place = rotating
    connector = make.connector(server, *site.options).start()
    address = connector.places[place]
    converse(address)
    connection.rotate("--name", "defaultSender", "--key", "primary")
    connector.wait_log("no longer a key of its rule")
    wait_until(lambda: not is_answering(address), "connections are refused")
    assert "InvalidSignature" in connector.wait_log("401.*A connection failed")
    wait_until(lambda: any("InvalidSignature" in message for _, _, message in connection.events()), "the event is there")
    connection.rotate("--bindings")
    wait_until(lambda: is_answering(address), "the new key is used")


def test_a_listening_key_that_is_replaced_sends_the_manager_away_with_the_reason(server, own_manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    single = make.single(connection).start()
    with dial(single.address) as app:
        ask(app, b"before")
        connection.rotate("--name", "defaultListener", "--key", "secondary")
        assert own_manager.show(connection)["Status"] == "Connected", "the other key was replaced"
        connection.rotate("--name", "defaultListener", "--key", "primary")
        own_manager.wait_log("Disconnected.*1008.*no longer valid")
        own_manager.wait_log("Disconnected.*InvalidSignature")
        # What stands was let in with a key that was good.
        ask(app, b"after")
        assert not is_answering(single.address)
    # Events are written in batches.
    wait_until(lambda: any("InvalidSignature" in message for _, _, message in connection.events()), "the event tells why")


# MARK: reasons


def test_events_and_logs_tell_why_a_connection_was_not_made(server, own_manager, make):
    endpoint = make.endpoint(greeting(b"hello"))
    connection = server.hybrid_connection(endpoint.address)
    single = make.single(connection).start()

    def fails():
        assert is_reset(single.address)

    fails()
    assert "no listeners" in single.wait_log("A connection failed").lower()
    own_manager.add(connection)
    with dial(single.address) as app:
        assert read_exactly(app, 5) == b"hello"
    endpoint.close()
    fails()
    assert "Connection refused" in single.wait_log("502.*A connection failed")
    assert "Connection refused" in own_manager.wait_log("A connection was refused.*tracking_id=")

    def told():
        found = [(name, status) for name, status, _ in connection.events()]
        return ("ListenerRejectedConnection", 502) in found and any(status == 404 for _, status in found)

    wait_until(told, f"both failures have their events: {connection.events()}")


def test_a_tracking_id_leads_from_the_manager_s_log_to_the_events(server, own_manager, make):
    connection = server.hybrid_connection(f"127.0.0.1:{free_port()}")
    own_manager.add(connection)
    assert is_reset(make.single(connection).start().address)
    line = own_manager.wait_log("A connection was refused")
    tracking_id = line.split("tracking_id=")[1].split()[0]

    def found():
        return server.json(
            "hybrid-connection", "events", "-g", server.GROUP, "--namespace", connection.namespace, "--name", connection.name,
            "--tracking-id", tracking_id)

    wait_until(
        lambda: any("Connection refused" in event["message"] for event in found()), "an event with the tracking ID has the reason")


def test_ends_of_programs_leave_no_process_behind(make):
    """All parts are single processes: when they were ended, nothing of them runs."""
    relayed = Relayed(make)
    converse(relayed.addresses[0])
    parts = [relayed.server, *relayed.managers, *relayed.singles]
    ids = [part.process.pid for part in parts]
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", ",".join(map(str, ids))], capture_output=True, text=True).stdout
    assert children.strip() == ""
    assert [part.stop() for part in reversed(parts)] == [0] * len(parts)
