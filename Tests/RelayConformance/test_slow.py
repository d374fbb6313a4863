"""Slow peers: they delay nobody, and are cut off in the end. H7"""

import statistics
import time

import pytest

from peers.peer import Peer
from peers.rendezvous import Estate, Meeting, doors
from peers.responder import Responder

SLOW_PEERS = 200


@pytest.fixture
def relayed(loop, ports, estate):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    return Responder(meeting.listen())


@pytest.mark.parametrize("kind", ["headers", "body", "handshake", "nothing", "TLS handshake"])
def test_slow_peers_do_not_delay_others(relayed, ports, healthy, kind):
    """Each sends a byte every now and then; others are served in less than 100 ms all the while."""
    meeting, loop = relayed.meeting, relayed.meeting.loop
    if kind == "body":
        start, rest = meeting.request("/slow", "POST", "Content-Length: 4000\r\n"), b"x" * 4_000
    elif kind == "TLS handshake":
        start, rest = b"\x16\x03\x01\x02\x00", b"\x01" * 500
    elif kind == "nothing":
        start, rest = b"", b""
    else:
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n" if kind == "handshake" else ""
        start, rest = b"", meeting.request("/slow", headers=upgrade + "X-Slow: " + "y" * 4_000 + "\r\n")
    address = ports["TLS" if kind == "TLS handshake" else "plain"]
    slow = [Meeting(loop, address, meeting.entity).door.peer(loop) if kind != "TLS handshake"
            else plain_peer(loop, address)
            for _ in range(SLOW_PEERS)]
    for peer in slow:
        peer.send(start)
    times, position = [], 0
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for peer in slow:
            peer.send(rest[position:position + 1])
        position += 1
        started = time.monotonic()
        quick = meeting.peer()
        quick.send(meeting.request("/quick", headers="Connection: close\r\n"))
        assert quick.answer().status == 200
        times.append(time.monotonic() - started)
        quick.close()
        healthy()
    assert len(times) > 5 and statistics.median(times) < 0.1, f"{max(times) * 1000:.0f} ms"
    assert sum(peer.end is None for peer in slow) == SLOW_PEERS, "the peers were cut off too early to be a load"
    for peer in slow:
        peer.reset()


def plain_peer(loop, door):
    """A peer without TLS at the door for TLS."""
    return Peer(loop, door.address)


def test_peers_that_do_not_come_on_are_cut_off(relayed, ports):
    """All at the same time: headers or a TLS handshake that never end, and nothing at all."""
    meeting, loop = relayed.meeting, relayed.meeting.loop
    started = time.monotonic()
    headers, nothing = meeting.peer(), meeting.peer()
    secured = plain_peer(loop, ports["TLS"])
    secured.send(b"\x16\x03\x01\x02\x00\x01")
    headers.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
    took = {}

    def all_are_gone():
        for name, peer in (("headers", headers), ("nothing", nothing), ("TLS", secured)):
            if peer.end and name not in took:
                took[name] = time.monotonic() - started
            elif name == "headers" and not peer.end:
                # One header line a second does not buy time.
                if int(time.monotonic() - started) > getattr(peer, "lines", 0):
                    peer.lines = int(time.monotonic() - started)
                    peer.send(b"X-A: b\r\n")
        return len(took) == 3

    try:
        loop.run(all_are_gone, f"all are cut off; {took}", 40)
    except AssertionError as error:
        raise AssertionError(f"only these were cut off within 40 s: {took}") from error
    assert all(5 < seconds for seconds in took.values()), took


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_a_body_that_stops_holds_nobody_beyond_the_deadline(loop, own_server, framing):
    """The sender is told, and the listener's rendezvous ends. R105"""
    server = own_server(response_deadline=2).start()
    meeting = Meeting(loop, doors(server)["plain"], Estate(server).entity(is_open=True))
    responder = Responder(meeting.listen())
    peer = meeting.peer()
    peer.send(meeting.request("/stops", "POST", framing + "\r\n") + b"5\r\nhello")
    assert peer.answer(limit=8).status == 504
    peer.ended()
    loop.run(lambda: responder.ends, "the rendezvous ends")
