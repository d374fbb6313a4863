"""Joined pairs that say nothing for a while are all still there afterwards. R42, R78, R79; decisions C2 and C6.

`CAUSEWAY_IDLE_PAIRS` says how many.
"""

import os
import uuid
from collections import deque
from types import SimpleNamespace

import pytest

from conftest import FILES_MAX
from peers.frames import BINARY, binary, close, continuation
from peers.loop import Loop
from peers.process import resident_bytes
from peers.rendezvous import Estate, Meeting, doors
from peers.servers import Server
from peers.websocket import Echo

PAIRS = int(os.environ.get("CAUSEWAY_IDLE_PAIRS", "2000"))
AT_ONCE = 50
HELD_SECONDS = 6
# Time for a ping, a second one, and the end of who answers neither, with some to spare.
SILENCE_SECONDS = 8


@pytest.fixture(scope="module")
def pinging(tmp_path_factory):
    """A server that pings every two seconds, so that some rounds of it fit into a test."""
    server = Server(tmp_path_factory.mktemp("pinging"), ping_interval=2).start()
    yield server
    server.kill()


@pytest.fixture
def pinged(loop, pinging):
    return Meeting(loop, doors(pinging)["plain"], Estate(pinging).entity())


class Crowd:
    """Opens many pairs, some at a time."""

    def __init__(self, meeting, count):
        self.meeting, self.count = meeting, count
        self.control = meeting.listen()
        self.control.when_accept = self._accept
        self.started, self.senders, self.listeners = 0, [], []

    def gather(self):
        def is_complete():
            while self.started < self.count and self.started - min(len(self.senders), len(self.listeners)) < AT_ONCE:
                call = self.meeting.dial(identity=str(uuid.uuid4()))
                self.meeting.when_joined(call.peer, call.key, self.senders.append)
                self.started += 1
            return len(self.senders) == len(self.listeners) == self.count

        self.meeting.loop.run(is_complete, f"{self.count} pairs", 60)

    def _accept(self, accept):
        self.control.accepts.pop(accept["id"][:36])
        peer, key = self.meeting.answer_accept(accept)
        self.meeting.when_joined(peer, key, self.listeners.append)


def test_idle_pairs_are_held(pinged, pinging):
    assert FILES_MAX > 2 * PAIRS + 200, f"{FILES_MAX} open files are too few for CAUSEWAY_IDLE_PAIRS"
    before = resident_bytes(pinging.pid)
    crowd = Crowd(pinged, PAIRS)
    crowd.gather()
    grown = resident_bytes(pinging.pid) - before
    ended = lambda: [end for end in crowd.senders + crowd.listeners if end.is_over]  # noqa: E731
    pinged.loop.spend(HELD_SECONDS, unless=ended)
    assert not ended(), f"{len(ended())} ends of {2 * PAIRS} are gone"
    for websocket in crowd.listeners:
        Echo(websocket)
    for number, websocket in enumerate(crowd.senders):
        websocket.send(binary(b"%d" % number))
    pinged.loop.run(lambda: all(websocket.messages or websocket.is_over for websocket in crowd.senders), "every echo",
                    40)
    assert [websocket.messages for websocket in crowd.senders] == [[(BINARY, b"%d" % number)]
                                                                   for number in range(PAIRS)]
    assert sum(1 for websocket in crowd.senders if websocket.pings) == PAIRS, "not every idle end was pinged"
    assert grown < PAIRS * 2 * 32_768 + (16 << 20), f"{grown // PAIRS} bytes for each pair"


# MARK: silence


@pytest.fixture(scope="module")
def after_a_while(pinging):
    """Several pairs, each with something missing, after all of them were left alone for the same while."""
    loop = Loop()
    estate, door = Estate(pinging), doors(pinging)["plain"]
    meeting, forgotten = Meeting(loop, door, estate.entity()), Meeting(loop, door, estate.entity())
    meeting.listen()
    seen = SimpleNamespace(meeting=meeting, forgotten=forgotten, silent_control=forgotten.listen().websocket)
    seen.silent_control.is_answering = False
    seen.silent, seen.half_closed = meeting.pair(), meeting.pair()
    seen.silent.listener.is_answering = False
    seen.half_closed.sender.send(close(1000))
    seen.half_closed.listener.closed()
    seen.halves = {}
    for way in ("to the listener", "to the sender"):
        pair = meeting.pair()
        pair = pair if way == "to the listener" else pair.turned()
        payload = os.urandom(60_000)
        frame = binary(payload).encode()
        # Between the halves of a frame it cannot answer a ping; that bytes of the frame come shows that it lives.
        pair.sender.is_answering = False
        pair.sender.send(frame[:30_000])
        seen.halves[way] = (pair, payload, deque(frame[30_000:]))

    for _ in range(SILENCE_SECONDS * 10):
        loop.spend(0.1)
        for pair, _, rest in seen.halves.values():
            pair.sender.send(bytes([rest.popleft()]))
    yield seen
    loop.close()


def test_a_silent_end_is_found_out(after_a_while):
    """It answers no ping, and is dropped after two; its partner is cut off. Decision C6."""
    pair = after_a_while.silent
    assert pair.listener.pings and pair.sender.pings
    pair.sender.cut()
    pair.listener.peer.ended()


def test_a_silent_listener_is_forgotten(after_a_while):
    assert after_a_while.silent_control.is_over
    answer = after_a_while.forgotten.dial().peer.answer()
    assert answer.status == 404 and after_a_while.forgotten.entity.listener_count == 0


@pytest.mark.parametrize("way", ["to the listener", "to the sender"])
def test_no_ping_comes_into_a_frame_that_is_under_way(after_a_while, way):
    """A frame takes longer than some pings would."""
    pair, payload, rest = after_a_while.halves[way]
    assert not pair.sender.is_over and not pair.listener.is_over, "a slow frame ended the pair"
    pair.sender.send(bytes(rest))
    assert pair.listener.message()[1] == payload
    assert not pair.listener.peer.end


def test_a_half_closed_pair_is_held_while_pings_are_answered(after_a_while):
    """A download may take hours after the request's end. R74, decision C2"""
    pair = after_a_while.half_closed
    assert not pair.sender.is_over and not pair.listener.peer.end
    pair.listener.send(binary(b"late ", fin=False), continuation(b"answer"), close(1000))
    pair.sender.closed()
    assert pair.sender.messages == [(BINARY, b"late answer")]
