"""Servers that are killed, stopped, run out of descriptors, or see many come and go. P4, P5, P6, G12; decision A12."""

import json
import os
import re
import signal
import socket
import time

import pytest

from peers.frames import BINARY, binary, close, close_code, text
from peers.loop import Loop, NotReached
from peers.process import descriptors, resident_bytes
from peers.rendezvous import Door, Estate, Meeting, doors
from peers.servers import wait_until
from peers.websocket import upgrade

MEBIBYTE = 1 << 20


def meet(loop, server, estate=None):
    return Meeting(loop, doors(server)["plain"], (estate or Estate(server)).entity())


def is_alive(server, limit=1.0):
    """Whether a new connection to the operations port is answered."""
    loop = Loop()
    try:
        peer = Door("operations", server.address("operations"), None, "localhost").peer(loop, limit=limit)
        peer.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = peer.answer(limit=limit)
        return answer is not None and answer.status == 200
    except (NotReached, OSError):
        return False
    finally:
        loop.close()


# MARK: kill -9


def test_listeners_that_come_back_after_a_kill_are_served_at_once(loop, own_server):
    server = own_server().start()
    server.keep_ports()
    estate = Estate(server)
    meeting = meet(loop, server, estate)
    for _ in range(3):
        pair = meeting.pair()
        for _ in range(200):
            pair.sender.send(binary(b"k" * 20_000))
        pair.listener.wait(lambda: len(pair.listener.messages) > 20, "the transfer is under way")  # noqa: B023
        server.kill()
        for websocket in (pair.sender, pair.listener, meeting.control.websocket):
            websocket.cut()
        server.start()
        meeting = Meeting(loop, doors(server)["plain"], meeting.entity)
        started = time.monotonic()
        again = meeting.pair(is_echo=True)
        again.sender.send(text("again"))
        assert again.sender.message()[1] == b"again"
        assert time.monotonic() - started < 1.0
        again.drop()


def test_a_ticket_does_not_survive_a_kill(loop, own_server):
    server = own_server().start()
    server.keep_ports()
    meeting = meet(loop, server)
    meeting.listen()
    call = meeting.dial()
    accept = meeting.control.accept(call.identity)
    server.kill()
    server.start()
    meeting = Meeting(loop, doors(server)["plain"], meeting.entity)
    meeting.listen()
    peer, _ = meeting.answer_accept(accept)
    assert peer.answer().status == 403


# MARK: SIGTERM


def test_a_stop_lets_tunnels_finish(loop, own_server):
    server = own_server(drain_timeout=20).start()
    meeting = meet(loop, server)
    pair = meeting.pair(is_echo=True)
    pair.sender.send(text("before"))
    pair.sender.message()
    server.signal(signal.SIGTERM)
    assert close_code(meeting.control.websocket.closed()) == 1001
    for target, credentials in ((meeting.target("connect"), meeting.credentials()),
                                (meeting.target("listen"), meeting.credentials())):
        peer = meeting.peer()
        peer.send(upgrade(target, meeting.host, credentials))
        answer = peer.answer()
        assert answer.status == 503, answer
    peer = meeting.peer()
    peer.send(meeting.request(headers=meeting.credential_lines()))
    assert peer.answer().status == 503
    for number in range(20):
        pair.sender.send(binary(os.urandom(50_000)))
        pair.sender.message(number + 2)
    assert server.is_running
    pair.sender.send(close(1000))
    pair.sender.closed()
    assert server.wait(10) == 0, server.log()


def test_a_stop_ends_tunnels_at_the_drain_timeout(loop, own_server):
    server = own_server(drain_timeout=2).start()
    meeting = meet(loop, server)
    pair = meeting.pair()
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    pair.sender.peer.ended(limit=8)
    pair.listener.peer.ended()
    took = time.monotonic() - started
    assert 1.5 < took < 6, f"{took:.1f} s"
    assert server.wait(5) == 0, server.log()


def test_a_second_signal_ends_at_once(loop, own_server):
    server = own_server(drain_timeout=60).start()
    meeting = meet(loop, server)
    pair = meeting.pair(is_echo=True)
    server.signal(signal.SIGTERM)
    meeting.control.websocket.closed()
    pair.sender.send(text("still here"))
    pair.sender.message()
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    pair.sender.peer.ended(limit=5)
    server.wait(5)
    assert time.monotonic() - started < 3


def test_a_stop_without_tunnels_is_quick(loop, own_server):
    server = own_server(drain_timeout=60).start()
    meeting = meet(loop, server)
    meeting.listen()
    idle = [meeting.peer() for _ in range(20)]
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    assert close_code(meeting.control.websocket.closed()) == 1001
    meeting.control.websocket.send(close(1001))
    assert server.wait(10) == 0, server.log()
    assert time.monotonic() - started < 5
    assert all(peer.ended() for peer in idle)


def is_draining(meeting):
    """Whether a new sender is refused; one that is asked for at the listener has to go again."""
    call = meeting.dial()
    meeting.loop.spend(0.2, unless=lambda: call.peer.received)
    if call.peer.received:
        return call.peer.answer().status == 503
    call.peer.reset()
    return False


def test_a_request_under_way_is_answered_while_the_server_stops(loop, own_server):
    """P4: requests are finished, small and large ones; the connection ends after its answer."""
    server = own_server(drain_timeout=20).start()
    meeting = Meeting(loop, doors(server)["plain"], Estate(server).entity(is_open=True))
    control = meeting.listen()
    small, large = meeting.peer(), meeting.peer()
    small.send(meeting.request("/small"))
    first = control.request()
    large.send(meeting.request("/large", "POST", "Content-Length: 100000\r\n") + b"x" * 50_000)
    rendezvous = meeting.joined(*meeting.answer_accept(control.request()))
    rendezvous.message()
    server.signal(signal.SIGTERM)
    wait_until(lambda: is_draining(meeting), "new senders are refused")
    control.respond(first, 200, b"small")
    assert small.answer().body == b"small"
    large.send(b"x" * 50_000)
    assert len(rendezvous.message(2)[1]) == 100_000
    request = json.loads(rendezvous.messages[0][1])["request"]
    rendezvous.send(text(json.dumps({"response": {"requestId": request["id"], "statusCode": 201, "body": True}})),
                    binary(b"large"))
    answer = large.answer()
    assert (answer.status, answer.body) == (201, b"large")
    small.ended()
    large.ended()
    assert close_code(control.websocket.closed()) == 1001
    control.websocket.send(close(1001))
    assert server.wait(10) == 0, server.log()


def test_a_pending_sender_is_told_when_the_server_stops(loop, own_server):
    server = own_server(drain_timeout=3).start()
    meeting = meet(loop, server)
    meeting.listen()
    call = meeting.dial()
    meeting.control.accept(call.identity)
    server.signal(signal.SIGTERM)
    answer = call.peer.answer()
    assert answer is None or answer.status in (503, 504), answer
    server.wait(10)


# MARK: descriptors


def test_without_descriptors_the_old_connections_and_health_live(loop, own_server):
    """P5"""
    server = own_server(descriptors=256).start()
    meeting = meet(loop, server)
    pair = meeting.pair(is_echo=True)
    flood = []
    for _ in range(400):
        try:
            flood.append(meeting.peer(limit=1.0))
        except OSError:
            break
    loop.spend(1.0)
    assert descriptors(server.pid) <= 256
    for number in range(20):
        pair.sender.send(text("still here"))
        pair.sender.message(number + 1)
    assert is_alive(server), "health is not answered while connections are refused"
    assert server.is_running, server.log()
    for peer in flood:
        peer.reset()
    wait_until(lambda: descriptors(server.pid) < 100, "the server has closed its ends")
    again = meeting.pair(is_echo=True)
    again.sender.send(text("again"))
    assert again.sender.message()[1] == b"again"


def test_half_made_tls_connections_are_no_different(loop, own_server):
    server = own_server(descriptors=256).start()
    meeting = meet(loop, server)
    pair = meeting.pair(is_echo=True)
    flood = []
    for _ in range(300):
        connection = socket.socket()
        connection.settimeout(0.5)
        try:
            connection.connect(server.address("relay"))
            connection.send(b"\x16\x03\x01")
        except OSError:
            break
        finally:
            flood.append(connection)
    pair.sender.send(text("still here"))
    assert pair.sender.message()[1] == b"still here"
    assert is_alive(server)
    for connection in flood:
        connection.close()


# MARK: churn


def metrics(server):
    """The text of the metrics."""
    loop = Loop()
    try:
        peer = Door("operations", server.address("operations"), None, "localhost").peer(loop)
        peer.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        text = peer.answer().body.decode()
        assert "relay_active_connections" in text, text
        return text
    finally:
        loop.close()


def churn(meeting, count):
    """Pairs that come and go in every way."""
    for number in range(count):
        pair = meeting.pair()
        pair.sender.send(binary(b"c" * 1_000))
        assert pair.listener.message() == (BINARY, b"c" * 1_000)
        kind = number % 4
        if kind == 0:
            pair.sender.send(close(1000))
            pair.listener.closed()
            pair.listener.send(close(1000))
            pair.sender.closed()
        elif kind == 1:
            pair.sender.peer.close()
            pair.listener.cut()
        elif kind == 2:
            pair.listener.peer.reset()
            pair.sender.cut()
        else:
            pair.sender.send(text("wrong", rsv=1))
            pair.sender.closed()
            pair.listener.cut()
        pair.drop()


def test_connections_that_come_and_go_leave_nothing(loop, own_server):
    server = own_server().start()
    estate = Estate(server)
    meeting = meet(loop, server, estate)
    meeting.listen()
    churn(meeting, 300)
    loop.spend(1.0)
    memory, files = resident_bytes(server.pid), descriptors(server.pid)
    for _ in range(20):
        other = Meeting(loop, meeting.door, meeting.entity)
        control = other.listen()
        control.websocket.peer.reset()
        wait_until(lambda: meeting.entity.listener_count == 1, "the listener is forgotten", 2)
    churn(meeting, 1_000)
    wait_until(lambda: descriptors(server.pid) <= files + 2, f"descriptors are back to {files}")
    grown = resident_bytes(server.pid) - memory
    assert grown < 8 * MEBIBYTE, f"{grown // 1024} KiB"
    meeting.control.websocket.send(close(1000))
    meeting.control.websocket.closed()
    wait_until(lambda: meeting.entity.listener_count == 0 and meeting.entity.live == [], "nothing is open any more",
               1.5)
    wait_until(lambda: not re.search("^relay_active_.* [1-9]", metrics(server), re.MULTILINE), "all levels are 0", 10)


@pytest.mark.parametrize("kind", ["never finished", "refused", "unanswered"])
def test_handshakes_that_come_to_nothing_leave_nothing(loop, own_server, kind):
    server = own_server(accept_timeout=1).start()
    meeting = meet(loop, server)

    def one_round():
        # One that leaves so many unanswered may be sent away.
        control = meeting.listen()
        peers = []
        for _ in range(300):
            peer = meeting.peer()
            peers.append(peer)
            if kind == "never finished":
                peer.send(b"GET /$hc/entity HTTP/1.1\r\nHost: x\r\n")
            elif kind == "refused":
                peer.send(upgrade(meeting.target("connect"), meeting.host))
            else:
                peer.send(upgrade(meeting.target("connect"), meeting.host, meeting.credentials()))
        if kind == "never finished":
            loop.spend(0.2)
        else:
            statuses = {peer.answer().status for peer in peers}
            assert statuses == {401 if kind == "refused" else 504}, statuses
        for peer in [*peers, control.websocket.peer]:
            peer.reset()

    one_round()
    wait_until(lambda: descriptors(server.pid) < 100, "the server has closed its ends")
    memory, files = resident_bytes(server.pid), descriptors(server.pid)
    for _ in range(3):
        one_round()
    wait_until(lambda: descriptors(server.pid) <= files + 2, f"descriptors are back to {files}")
    grown = resident_bytes(server.pid) - memory
    assert grown < 8 * MEBIBYTE, f"{grown // 1024} KiB"
