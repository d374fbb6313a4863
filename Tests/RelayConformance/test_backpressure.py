"""A reader that stops stops its writer, costs a bounded amount of memory, and delays nobody else. G9, R72."""

import json
import time

import pytest

from conftest import on_one_and_several_loops
from peers.frames import BINARY, binary, ping, text
from peers.process import queues, resident_bytes
from peers.rendezvous import Estate, Meeting, doors

KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20
HELD_MAX = 256 * KIBIBYTE
# What the accounting cannot see exactly: bytes between two queues, headers of frames.
SLACK = 64 * KIBIBYTE
SMALL = {"receive_buffer": 8_192, "send_buffer": 16_384}
BLOCK = binary(b"b" * 32_768, key=b"\0\0\0\0").encode()
WRITTEN_MAX = 64 * MEBIBYTE
STALLED_PAIRS = 50


def fill(loop, peers, block=BLOCK):
    """Writes until nobody takes a byte any more for a while."""
    still = 0
    while still < 10:
        before = [peer.sent for peer in peers]
        assert max(before) < WRITTEN_MAX, "the writer is never stopped"
        for peer in peers:
            while len(peer.outbox) < 4:
                peer.send(block)
        loop.spend(0.02)
        still = still + 1 if before == [peer.sent for peer in peers] else 0


def held_by_the_gateway(source, target, port, base):
    """Bytes that the writer got rid of and that stand in no kernel buffer."""
    table = queues({source.peer.local_port, target.peer.local_port})
    mine, theirs = source.peer.local_port, target.peer.local_port
    in_kernel = (table[mine, port][0] + table[port, mine][1] + table[port, theirs][0] + table[theirs, port][1])
    unsent = len(source.peer.secured.pending) if source.peer.secured else 0
    return source.peer.sent - unsent - base - in_kernel


@on_one_and_several_loops
@pytest.mark.parametrize("way", ["to the listener", "to the sender"])
def test_a_stopped_reader_stops_its_writer_within_256_kib(loop, door, entity, way):
    meeting = Meeting(loop, door, entity)
    pair = meeting.pair(sender=SMALL, listener=SMALL)
    source, target = (pair.sender, pair.listener) if way == "to the listener" else (pair.listener, pair.sender)
    source.send(text("before"))
    target.message()
    target.peer.pause()
    base = source.peer.sent
    fill(meeting.loop, [source.peer])
    held = held_by_the_gateway(source, target, door.address[1], base)
    assert -SLACK < held < HELD_MAX + SLACK, f"{held // KIBIBYTE} KiB"


@on_one_and_several_loops
@pytest.mark.parametrize("way", ["both ways", "to the listener", "to the sender"])
def test_everything_arrives_when_the_reader_goes_on(meeting, way):
    pair = meeting.pair(sender=SMALL, listener=SMALL)
    ends = {"both ways": [(pair.sender, pair.listener), (pair.listener, pair.sender)],
            "to the listener": [(pair.sender, pair.listener)],
            "to the sender": [(pair.listener, pair.sender)]}[way]
    handshakes = [source.peer.sent for source, _ in ends]
    for _, target in ends:
        target.peer.pause()
    fill(meeting.loop, [source.peer for source, _ in ends])
    for source, target in ends:
        target.peer.resume()
    for (source, target), handshake in zip(ends, handshakes):
        source.send(text("the end"))
        target.wait(lambda: target.messages[-1:] == [(1, b"the end")] or target.is_over, "the last message",
                    40)  # noqa: B023
        assert {payload for opcode, payload in target.messages if opcode == BINARY} == {b"b" * 32_768}
        assert source.peer.sent - handshake == sum(len(p) + (8 if len(p) > 125 else 6) for _, p in target.messages)


@on_one_and_several_loops
def test_one_direction_does_not_stop_the_other(meeting):
    """A tunnel whose one side is full still carries the other way. R72"""
    pair = meeting.pair(sender=SMALL, listener=SMALL)
    pair.listener.peer.pause()
    fill(meeting.loop, [pair.sender.peer])
    for number in range(100):
        pair.listener.send(binary(b"%d" % number * 1_000))
    pair.sender.message(100)


def test_a_stalled_peer_is_not_dropped(loop, own_server):
    """No missing pong counts while what stands in front of the ping does not get through. Decision C6."""
    server = own_server(ping_interval=1).start()
    meeting = Meeting(loop, doors(server)["plain"], Estate(server).entity())
    pair = meeting.pair(sender=SMALL, listener=SMALL)
    pair.listener.peer.pause()
    fill(loop, [pair.sender.peer])
    assert loop.spend(6, unless=lambda: pair.sender.is_over or pair.listener.peer.end), "a stalled pair was dropped"
    pair.listener.peer.resume()
    pair.sender.send(text("the end"))
    pair.listener.wait(lambda: pair.listener.messages[-1:] == [(1, b"the end")], "the last message", 30)


def latency(pair, count):
    """The time of a small echo that all but one in a hundred stay below."""
    times, before = [], len(pair.sender.messages)
    for number in range(count):
        started = time.monotonic()
        pair.sender.send(binary(b"x" * 64))
        pair.sender.message(before + number + 1)
        times.append(time.monotonic() - started)
    return sorted(times)[-1 - count // 100]


@pytest.fixture(params=["plain", "TLS"])
def stalled(request, loop, ports, entity, server):
    """Pairs that are full both ways, and what they cost."""
    meeting = Meeting(loop, ports[request.param], entity)
    meeting.listen()
    undisturbed = latency(meeting.pair(is_echo=True), 300)
    pairs = [meeting.pair(sender=SMALL, listener=SMALL) for _ in range(STALLED_PAIRS)]
    before = resident_bytes(server.pid)
    ends = [end for pair in pairs for end in (pair.sender, pair.listener)]
    for end in ends:
        end.peer.pause()
    fill(loop, [end.peer for end in ends])
    yield meeting, pairs, resident_bytes(server.pid) - before, undisturbed
    for pair in pairs:
        pair.drop()


@on_one_and_several_loops
def test_stalled_pairs_cost_a_bounded_amount_and_delay_nobody(stalled, server, healthy):
    meeting, pairs, grown, undisturbed = stalled
    assert grown < STALLED_PAIRS * 2 * HELD_MAX + 16 * MEBIBYTE, f"{grown // MEBIBYTE} MiB"
    pair = meeting.pair(is_echo=True)
    assert latency(pair, 300) < max(0.1, 5 * undisturbed), f"{latency(pair, 300) * 1000:.0f} ms"
    healthy(meeting.door.name)
    assert all(pair.sender.peer.end is None and pair.listener.peer.end is None for pair in pairs)


def test_a_slow_reader_of_one_pair_does_not_delay_another_under_load(meeting):
    """One pair at full speed, one whose reader takes a little now and then, and one that measures."""
    fast, slow, measured = meeting.pair(), meeting.pair(sender=SMALL, listener=SMALL), meeting.pair(is_echo=True)
    undisturbed = latency(measured, 100)
    fast.listener.keeps_frames = slow.listener.keeps_frames = False
    slow.listener.peer.pause()
    times = []
    for number in range(200):
        for websocket in (fast.sender, slow.sender):
            while len(websocket.peer.outbox) < 8:
                websocket.send(BLOCK)
        if number % 10 == 0:
            slow.listener.peer.resume()
            meeting.loop.turn(0)
            slow.listener.peer.pause()
        times.append(latency(measured, 1))
    times.sort()
    assert times[-3] < max(0.25, 10 * undisturbed), f"{times[-3] * 1000:.0f} ms"


# MARK: HTTP


def test_a_sender_that_does_not_read_its_response_stops_the_listener(loop, ports, estate, server, healthy):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    before = resident_bytes(server.pid)
    sources, peers = [], []
    for _ in range(10):
        peer = meeting.peer(**SMALL)
        peers.append(peer)
        peer.send(meeting.request())
        request = control.request()
        peer.pause()
        rendezvous = meeting.joined(*meeting.answer_accept(request, **SMALL))
        rendezvous.send(text(json.dumps({"response": {"requestId": request["id"], "statusCode": 200, "body": True}})))
        rendezvous.send(binary(b"", fin=False))
        sources.append(rendezvous)
    # The same block as a fragment that is not the last.
    fill(loop, [source.peer for source in sources], bytes([0x00]) + BLOCK[1:])
    assert resident_bytes(server.pid) - before < 10 * HELD_MAX + 16 * MEBIBYTE
    healthy()
    for peer in peers:
        peer.reset()


def test_a_listener_that_does_not_read_its_request_stops_the_sender(loop, ports, estate, server, healthy):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    before = resident_bytes(server.pid)
    peers = []
    for _ in range(10):
        peer = meeting.peer(**SMALL)
        peer.send(meeting.request(method="POST", headers="Content-Length: 4000000000\r\n"))
        rendezvous = meeting.joined(*meeting.answer_accept(control.request(), **SMALL))
        rendezvous.peer.pause()
        peers.append(peer)
    fill(loop, peers, b"x" * 32_768)
    assert resident_bytes(server.pid) - before < 10 * HELD_MAX + 16 * MEBIBYTE
    healthy()


def test_a_listener_that_does_not_read_its_control_channel_costs_a_bounded_amount(loop, ports, estate, server, healthy):
    """Senders keep coming; what cannot be told to the listener is not hoarded without an end."""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen(**SMALL)
    control.websocket.peer.pause()
    before = resident_bytes(server.pid)
    header = [("X-Large", "x" * 8_000)] * 2
    callers = []
    for _ in range(1_500):
        callers.append(meeting.dial(headers=header))
        if len(callers) % 100 == 0:
            loop.spend(0.05)
    loop.spend(1.0)
    statuses = {caller.peer.answer().status for caller in callers if caller.peer.received}
    assert statuses <= {429, 503, 504, 502, 404}, statuses
    assert resident_bytes(server.pid) - before < 96 * MEBIBYTE
    healthy()
    control.websocket.peer.resume()
    control.websocket.send(ping(b"back"))
    control.websocket.wait(lambda: control.websocket.pongs or control.websocket.is_over, "the pong or the end", 20)
    for caller in callers:
        caller.peer.reset()
