"""Sizes that are declared or sent without an end: they cost the server no memory. G3, R37, R72."""

import json
import struct
import time

import pytest

from peers.frames import BINARY, TEXT, Frame, binary, close, close_code, continuation, ping, text
from peers.process import resident_bytes
from peers.rendezvous import Meeting
from peers.responder import Responder

MEBIBYTE = 1 << 20
LIMIT = 16 * MEBIBYTE
HUGE = {"4 GiB": 1 << 32, "1 TiB": 1 << 40, "2^62": 1 << 62, "2^63 - 1": (1 << 63) - 1}


@pytest.fixture
def unchanged_memory(server):
    """The server's memory, watched all through the test, grows by less than the limit."""

    class Watch:
        def __init__(self):
            self.before = self.peak = resident_bytes(server.pid)

        def look(self):
            self.peak = max(self.peak, resident_bytes(server.pid))

    watch = Watch()
    yield watch
    watch.look()
    assert watch.peak - watch.before < LIMIT, f"it grew by {(watch.peak - watch.before) // 1024} KiB"


def declared(opcode, length):
    return Frame(opcode, b"", declared=length, form=64, key=b"\0\0\0\0").encode()


@pytest.mark.parametrize("opcode", [BINARY, TEXT], ids=["binary", "text"])
@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("role", ["sender", "listener"])
def test_a_pair_may_announce_any_length(meeting, unchanged_memory, healthy, name, opcode, role):
    """What comes is forwarded in fragments, the rest is waited for, and its end is abrupt."""
    pair = meeting.pair()
    pair = pair if role == "sender" else pair.turned()
    pair.sender.send(declared(opcode, HUGE[name]) + b"x" * 200_000)
    pair.listener.wait(lambda: sum(len(frame.payload) for frame in pair.listener.frames) >= 3 * 65_536,
                       "three fragments")
    assert not any(frame.fin for frame in pair.listener.frames)
    pair.sender.peer.close()
    pair.listener.cut()
    healthy()


@pytest.mark.parametrize("name", HUGE)
def test_a_control_channel_may_not_announce_any_length_of_text(meeting, unchanged_memory, healthy, name):
    websocket = meeting.listen().websocket
    websocket.send(declared(TEXT, HUGE[name]) + b"x" * 70_000)
    assert close_code(websocket.closed()) == 1009
    # An answer to the Close could only follow the frame, which has no end.
    websocket.peer.finish_sending()
    websocket.peer.ended()
    healthy()


@pytest.mark.parametrize("size", [65_537, 70_000, MEBIBYTE, 16 * MEBIBYTE])
@pytest.mark.parametrize("how", ["one frame", "fragments", "fragments of 1 KB"])
def test_a_long_text_on_a_control_channel_is_1009(meeting, unchanged_memory, healthy, size, how):
    websocket = meeting.listen().websocket
    if how == "one frame":
        websocket.send(text(b"[" * size))
    else:
        step = 1_000 if how.endswith("KB") else 50_000
        for start in range(0, min(size, 2 * MEBIBYTE), step):
            websocket.send(Frame(TEXT if start == 0 else 0, b"[" * step, fin=False))
    assert close_code(websocket.closed()) == 1009
    websocket.send(close(1009))
    websocket.peer.ended()
    healthy()


def test_the_longest_text_on_a_control_channel_is_taken(meeting):
    control = meeting.listen()
    for size in (65_000, 65_535):
        message = json.dumps({"response": {"requestId": "none", "statusCode": 200, "padding": ""}})
        control.websocket.send(text(message.replace('""', '"' + "x" * (size - len(message)) + '"')), ping(b"%d" % size))
        control.websocket.wait(lambda: control.websocket.pongs[-1:] == [b"%d" % size] or control.websocket.is_over,
                               "the pong")
        assert not control.websocket.is_over, control.websocket


@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_128_mib_of_fragments_on_a_control_channel_are_not_kept(meeting, unchanged_memory, healthy, opcode):
    """The channel is closed, or what comes is dropped; nothing of it stays in memory."""
    websocket = meeting.listen().websocket
    websocket.send(Frame(opcode, b"x", fin=False))
    block = continuation(b"x" * 65_000, fin=False, key=b"\0\0\0\0").encode() * 16
    for number in range(128):
        if websocket.is_over:
            break
        websocket.send(block)
        websocket.peer.sent_all(20)
        if number % 16 == 0:
            unchanged_memory.look()
    if websocket.is_over or opcode == TEXT:
        assert close_code(websocket.closed()) in (1008, 1009)
    else:
        websocket.send(ping(b"still there"))
        websocket.wait(lambda: websocket.pongs, "the pong", 20)
    healthy()


@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_200000_empty_fragments_on_a_control_channel_do_no_harm(meeting, unchanged_memory, healthy, opcode):
    websocket = meeting.listen().websocket
    websocket.send(Frame(opcode, b"", fin=False))
    block = continuation(b"", fin=False, key=b"\0\0\0\0").encode() * 10_000
    for _ in range(20):
        websocket.send(block)
    websocket.send(ping(b"after all"))
    websocket.wait(lambda: websocket.is_over or websocket.pongs, "the pong or the end", 20)
    if websocket.is_over:
        assert close_code(websocket.closed()) in (1008, 1009)
    healthy()


def test_200000_empty_fragments_pass_a_pair(meeting, unchanged_memory, healthy):
    """Empty frames that somebody sent are forwarded, every one of them. R71"""
    pair = meeting.pair()
    pair.sender.send(binary(b"", fin=False))
    block = continuation(b"", fin=False, key=b"\0\0\0\0").encode() * 10_000
    for _ in range(20):
        pair.sender.send(block)
    pair.sender.send(continuation(b"end"))
    assert pair.listener.message(limit=30)[1] == b"end"
    assert len(pair.listener.frames) == 200_002
    healthy()


def test_20000_pings_are_answered_and_not_hoarded(meeting, unchanged_memory, healthy):
    """A peer that sends pings and reads no pong must not fill the server's memory."""
    pair = meeting.pair()
    pair.sender.peer.pause()
    block = ping(b"p" * 125, key=b"\0\0\0\0").encode() * 1_000
    for _ in range(200):
        pair.sender.send(block)
    meeting.loop.spend(1.0)
    unchanged_memory.look()
    pair.drop()
    control = meeting.listen()
    control.websocket.peer.pause()
    for _ in range(200):
        control.websocket.send(block)
    meeting.loop.spend(1.0)
    unchanged_memory.look()
    control.websocket.peer.reset()
    healthy()


# MARK: HTTP


@pytest.fixture
def relayed(loop, ports, estate):
    """An open hybrid connection, a listener that answers, and one that sends requests."""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    return Responder(meeting.listen())


def test_a_body_of_any_announced_length_is_streamed(relayed, unchanged_memory, healthy):
    meeting = relayed.meeting
    for length in (1 << 32, 1 << 62, (1 << 63) - 1):
        peer = meeting.peer()
        peer.send(meeting.request(method="POST", headers=f"Content-Length: {length}\r\n"))
        peer.send(b"x" * 500_000)
        peer.sent_all()
        unchanged_memory.look()
        peer.close()
    meeting.loop.run(lambda: len(relayed.ends) == 3, "the listener hears of each end")
    # The sender went away.
    assert {close_code(payload) for payload in relayed.ends} == {1001}
    healthy()


@pytest.mark.parametrize("size", [65_536, 65_537, MEBIBYTE, 1 << 62])
def test_a_body_on_the_control_channel_has_a_limit(meeting, loop, unchanged_memory, healthy, size, ports, estate):
    """65,536 bytes; a longer one is the listener's breach, and the request's answer says so."""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    peer = meeting.peer()
    peer.send(meeting.request())
    request = control.request()
    control.websocket.send(text(json.dumps({"response": {"requestId": request["id"], "statusCode": 200,
                                                         "body": True}})))
    if size == 1 << 62:
        control.websocket.send(declared(BINARY, size) + b"x" * 200_000)
    else:
        control.websocket.send(binary(b"x" * size))
    answer = peer.answer()
    if size == 65_536:
        assert (answer.status, len(answer.body), answer.is_whole) == (200, size, True)
    else:
        assert answer.status == 502 or not answer.is_whole, (answer.status, len(answer.body))
        assert len(answer.body) <= 131_072
    peer.reset()
    healthy()


def test_a_response_of_any_announced_length_is_streamed(meeting, loop, unchanged_memory, healthy, ports, estate):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    peer = meeting.peer()
    peer.send(meeting.request())
    request = control.request()
    rendezvous = meeting.joined(*meeting.answer_accept(request))
    rendezvous.send(text(json.dumps({"response": {"requestId": request["id"], "statusCode": 200, "body": True}})))
    rendezvous.send(declared(BINARY, 1 << 62) + b"z" * 300_000)
    loop.run(lambda: peer.received.count(b"z") >= 200_000, "what came so far")
    rendezvous.peer.reset()
    answer = peer.answer()
    assert answer.status == 200 and not answer.is_whole
    healthy()


def test_pipelined_requests_of_a_client_that_reads_nothing_are_not_hoarded(relayed, server, unchanged_memory, healthy):
    """Neither the requests nor the answers; relayed ones and refused ones."""
    meeting = relayed.meeting
    peers = [meeting.peer(receive_buffer=8_192) for _ in range(4)]
    refused = f"GET /nothing HTTP/1.1\r\nHost: {meeting.host}\r\n\r\n".encode()
    for peer, request in zip(peers, (meeting.request("/x"), refused, meeting.request("/x", "HEAD"), refused)):
        peer.pause()
        peer.send(request * 20_000)
    for _ in range(15):
        meeting.loop.spend(0.2)
        unchanged_memory.look()
    for peer in peers:
        peer.reset()
    healthy()


def test_sixteen_bytes_of_header_at_a_time(meeting, healthy):
    """A frame's header in pieces, again and again, is read at the speed of frames."""
    pair = meeting.pair()
    started = time.monotonic()
    data = struct.pack(">BBQ", 0x82, 0xFF, 70_000) + b"\0\0\0\0" + b"h" * 70_000
    for _ in range(20):
        pair.sender.send(data[:14], piece=1)
        pair.sender.send(data[14:])
    pair.listener.message(20, limit=20)
    assert time.monotonic() - started < 10
    healthy()
