"""Good conversations with a few bytes changed, moved, doubled or left out, on every kind of socket. P7

Whatever comes of it is read strictly: a peer that did nothing wrong must never see a frame or an answer that is none.
`CAUSEWAY_MUTATIONS` says how many, `CAUSEWAY_SEED` repeats a run.
"""

import json
import os
import random
import time

import pytest

from conftest import on_one_and_several_loops
from peers.frames import binary, close, continuation, ping, pong, text
from peers.process import descriptors, resident_bytes
from peers.rendezvous import Meeting
from peers.responder import Responder
from peers.websocket import Echo, upgrade

COUNT = int(os.environ.get("CAUSEWAY_MUTATIONS", "100"))
SEED = os.environ.get("CAUSEWAY_SEED") or str(time.time_ns())
KEY = b"\x37\xfa\x21\x3d"
INTERESTING = (0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0x89, 0xFE, 0xFF, ord("\r"), ord("\n"), ord(" "), ord(":"),
               ord('"'))
pytestmark = on_one_and_several_loops


def mutated(source, data):
    """The bytes with one to four changes."""
    data = bytearray(data)
    for _ in range(source.randrange(1, 5)):
        kind, place = source.randrange(6), source.randrange(len(data))
        if kind == 0:
            data[place] ^= 1 << source.randrange(8)
        elif kind == 1:
            data[place] = source.choice(INTERESTING)
        elif kind == 2:
            data[place:place] = bytes(source.choice(INTERESTING) for _ in range(source.randrange(1, 9)))
        elif kind == 3:
            del data[place:place + source.randrange(1, 9)]
        elif kind == 4:
            end = place + source.randrange(1, 40)
            data[place:place] = data[place:end]
        else:
            data[place:place + 8] = source.randbytes(8)
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


def frames(source):
    """A conversation with everything in it."""
    choices = [
        text("Grüße, 世界", key=KEY), binary(source.randbytes(source.choice((0, 5, 125, 126, 3_000))), key=KEY),
        ping(b"ping", key=KEY),
        pong(b"", key=KEY), text("a fragment ", fin=False, key=KEY), continuation("and another", key=KEY),
        binary(source.randbytes(70_000), key=KEY),
    ]
    picked = [source.choice(choices) for _ in range(source.randrange(1, 8))]
    return b"".join(frame.encode() for frame in picked + [close(1000, "bye", key=KEY)] * source.randrange(2))


@pytest.fixture
def source(request):
    """Randomness of a test's own; the seed is told when the test fails."""
    print(f"CAUSEWAY_SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def unharmed(server, healthy):
    """The server is well afterwards, and nothing of it stays."""
    memory, files = resident_bytes(server.pid), descriptors(server.pid)
    yield lambda number: number % 50 or healthy()
    healthy()
    assert resident_bytes(server.pid) - memory < 48 << 20 and descriptors(server.pid) < files + 60


def settle(meeting, *peers):
    """Lets the conversation come to its end, or to rest."""
    meeting.loop.spend(0.02, unless=lambda: all(peer.end for peer in peers))
    for peer in peers:
        peer.reset()


@pytest.mark.parametrize("role", ["sender", "listener"])
def test_frames_on_a_pair(meeting, source, unharmed, role):
    """The partner sees good frames and then the end. A frame that the offender began may be left unfinished."""
    for number in range(COUNT):
        pair = meeting.pair()
        pair = pair if role == "sender" else pair.turned()
        Echo(pair.listener)
        pair.sender.send(mutated(source, frames(source)), piece=source.choice((None, None, 7, 1_000)))
        settle(meeting, pair.sender.peer, pair.listener.peer)
        unharmed(number)


def test_frames_on_a_control_channel(meeting, source, unharmed):
    for number in range(COUNT):
        websocket = meeting.listen().websocket
        websocket.send(mutated(source, frames(source)), piece=source.choice((None, 7)))
        settle(meeting, websocket.peer)
        unharmed(number)


def test_messages_on_a_control_channel(loop, ports, estate, source, unharmed):
    """The sender of the request gets one answer that can be read, or the end."""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    for number in range(COUNT):
        control = meeting.listen()
        peer = meeting.peer()
        peer.send(meeting.request("/x"))
        request = control.request()
        message = {"requestId": request["id"], "statusCode": 200, "statusDescription": "Fine", "body": True,
                   "responseHeaders": {"Content-Type": "text/plain", "X-A": "b", "Content-Length": "8"}}
        good = json.dumps({"response": message}).encode()
        control.websocket.send(text(mutated(source, good)), binary(b"the body"))
        loop.spend(0.02, unless=lambda: peer.received or peer.end)  # noqa: B023
        control.websocket.send(text(good), binary(b"the body"))
        control.websocket.send(close(1000))
        loop.spend(0.05, unless=lambda: peer.received or peer.end)  # noqa: B023
        if peer.received or peer.end:
            answer = peer.answer()
            assert answer is None or 200 <= answer.status <= 599, answer
            assert not peer.received
        for one in (peer, control.websocket.peer):
            one.reset()
        unharmed(number)


def test_responses_on_a_rendezvous(loop, ports, estate, source, unharmed):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    for number in range(COUNT):
        peer = meeting.peer()
        peer.send(meeting.request("/x"))
        request = control.request()
        rendezvous = meeting.joined(*meeting.answer_accept(request))
        message = {"requestId": request["id"], "statusCode": 200, "body": True, "responseHeaders": {"X-A": "b"}}
        good = [text(json.dumps({"response": message}), key=KEY), binary(b"one", fin=False, key=KEY),
                ping(b"p", key=KEY),
                continuation(b"two" * 200, fin=False, key=KEY), continuation(b"", key=KEY), close(1000, key=KEY)]
        rendezvous.send(mutated(source, b"".join(frame.encode() for frame in good)), piece=source.choice((None, 7)))
        loop.spend(0.02, unless=lambda: peer.end)  # noqa: B023
        rendezvous.peer.reset()
        answer = peer.answer()
        assert answer is None or 200 <= answer.status <= 599, answer
        peer.reset()
        unharmed(number)


def test_requests(loop, ports, estate, source, unharmed):
    """Every answer can be read."""
    meeting = Meeting(loop, ports["plain"], estate.entity("mutations", is_open=True))
    Responder(meeting.listen())
    body = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-T: a\r\n\r\n"
    requests = [
        meeting.request("/x?a=b&c=%20d", headers="X-A: b\r\nAccept: */*\r\n"),
        meeting.request("/x", "POST", "Content-Length: 11\r\n") + b"hello world",
        meeting.request("/x", "POST", "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n") + body,
        upgrade(meeting.target("connect") + "&user=1", meeting.host),
        upgrade(meeting.target("listen"), meeting.host, meeting.credentials()),
        upgrade(meeting.target("accept", sb_hc_id="x"), meeting.host),
    ]
    for number in range(2 * COUNT):
        door = ports[source.choice(("plain", "plain", "TLS"))]
        peer = Meeting(loop, door, meeting.entity).peer()
        peer.send(mutated(source, source.choice(requests) + source.choice((b"", requests[0]))),
                  piece=source.choice((None, None, 11)))
        loop.spend(0.01, unless=lambda: peer.end)  # noqa: B023
        peer.finish_sending()
        loop.spend(0.02, unless=lambda: peer.end)  # noqa: B023
        while peer.received and (answer := peer.answer()) is not None and answer.status != 101:
            assert answer.status >= 200, answer
        peer.reset()
        unharmed(number)
