"""Many tunnels at once that end in every order: no byte is lost or doubled, each Close arrives as it was sent. G10, R74

`CAUSEWAY_TUNNELS` says how many; `CAUSEWAY_SEED` repeats a run.
"""

import hashlib
import os
import random
import time
import uuid

import pytest

from conftest import on_one_and_several_loops
from peers.frames import BINARY, CLOSE, TEXT, Frame, close
from peers.rendezvous import Estate, Meeting, doors

TUNNELS = int(os.environ.get("CAUSEWAY_TUNNELS", "2000"))
AT_ONCE = 60
CODES = (None, 1000, 1001, 1011, 3000, 4999)


class Side:
    """One end of a tunnel: sends a stream in random frames, ends it with a Close, and sums up what comes."""

    def __init__(self, source, websocket=None):
        self.frames, self.digest, self.size = plan(source)
        self.close = close(source.choice(CODES))
        if self.close.payload:
            self.close = Frame(CLOSE, self.close.payload + b"bye" * source.randrange(5))
        # Some wait for the other side's end before their own, as tunnels do.
        self.waits = source.random() < 0.4
        self.source = source
        self.websocket, self.partner = None, None
        self.received, self.received_size, self.has_closed, self.came = hashlib.sha256(), 0, False, None

    def begin(self, websocket, partner):
        self.websocket, self.partner = websocket, partner
        websocket.keeps_frames = False
        websocket.when_frame(self._frame)
        self._send()

    def _send(self):
        """Everything but the last frame and the Close when this side waits."""
        if self.has_closed:
            return
        if self.waits and self.came is None and not self.partner.waits:
            self.websocket.send(*self.frames[:-1])
            self.frames = self.frames[-1:]
            return
        self.websocket.send(*self.frames, self.close)
        self.has_closed = True

    def _frame(self, frame):
        if frame.opcode == CLOSE:
            self.came = frame.payload
            if not self.has_closed:
                self.websocket.send(*self.frames, self.close)
                self.has_closed = True
        else:
            self.received.update(frame.payload)
            self.received_size += len(frame.payload)

    def check(self, number):
        partner = self.partner
        assert (self.received_size, self.received.hexdigest()) == (partner.size, partner.digest), f"tunnel {number}"
        assert self.came == partner.close.payload, f"tunnel {number}"


def plan(source):
    """Frames of a stream, its digest and its size."""
    digest, frames, size, is_inside = hashlib.sha256(), [], 0, False
    for _ in range(source.randrange(1, 12)):
        length = source.choice((0, 1, 125, 126, 1_000, 4_000,
                                16_384)) if source.random() < 0.9 else source.randrange(60_000, 140_000)
        payload, fin = source.randbytes(length), source.random() < 0.7
        frames.append(Frame(0 if is_inside else source.choice((BINARY, BINARY, TEXT)) if length == 0 else BINARY,
                            payload, fin, key=source.randbytes(4)))
        if frames[-1].opcode == TEXT and not fin:
            frames[-1] = Frame(BINARY, payload, fin, key=source.randbytes(4))
        digest.update(payload)
        size, is_inside = size + length, not fin
    if is_inside:
        frames.append(Frame(0, b"", key=source.randbytes(4)))
    return frames, digest.hexdigest(), size


class Tunnels:
    """Keeps some tunnels going until all are done."""

    def __init__(self, meeting, count, seed):
        self.meeting, self.count, self.seed = meeting, count, seed
        self.control = meeting.listen()
        self.control.when_accept = self._accept
        self.started = self.done = 0
        self.open, self.failures = {}, []

    def run(self):
        self.meeting.loop.run(self._is_done, "all tunnels are done", 90)

    def _is_done(self):
        while self.started < self.count and len(self.open) < AT_ONCE:
            self._start()
        for identity in [identity for identity, tunnel in self.open.items() if self._has_ended(tunnel)]:
            number, near, far, _ = self.open.pop(identity)
            near.check(number)
            far.check(number)
            self.done += 1
        return self.done == self.count

    @staticmethod
    def _has_ended(tunnel):
        _, near, far, _ = tunnel
        sides = [side for side in (near, far) if side.websocket is not None]
        return len(sides) == 2 and all(side.websocket.peer.end for side in sides)

    def _start(self):
        source = random.Random(f"{self.seed}-{self.started}")
        identity = str(uuid.UUID(int=source.getrandbits(128)))
        near, far = Side(source), Side(source)
        near.partner, far.partner = far, near
        call = self.meeting.dial(identity=identity)
        self.meeting.when_joined(call.peer, call.key, lambda websocket: near.begin(websocket, far))
        self.open[identity] = (self.started, near, far, call)
        self.started += 1

    def _accept(self, accept):
        identity = accept["id"][:36]
        self.control.accepts.pop(identity)
        _, near, far, _ = self.open[identity]
        peer, key = self.meeting.answer_accept(accept)
        self.meeting.when_joined(peer, key, lambda websocket: far.begin(websocket, near))


@on_one_and_several_loops
@pytest.mark.parametrize("share", [0.35, 0.15], ids=["plain", "TLS"])
def test_tunnels_with_random_half_closes_lose_nothing(loop, ports, estate, share, healthy):
    seed = os.environ.get("CAUSEWAY_SEED") or f"{time.time_ns()}"
    meeting = Meeting(loop, ports["plain" if share > 0.2 else "TLS"], estate.entity())
    tunnels = Tunnels(meeting, max(1, int(TUNNELS * share)), seed)
    try:
        tunnels.run()
    except BaseException as error:
        error.add_note(f"CAUSEWAY_SEED={seed}, {tunnels.done} of {tunnels.started} tunnels were done")
        raise
    assert tunnels.done == int(TUNNELS * share)
    healthy()


@pytest.mark.parametrize("way", ["to the listener", "to the sender"])
def test_a_held_close_waits_for_the_end_of_the_other_direction(loop, own_server, way):
    """With `--half-close hold`, for peers that cannot read on after a Close. Decision C2."""
    server = own_server(half_close="hold").start()
    meeting = Meeting(loop, doors(server)["plain"], Estate(server).entity())
    pair = meeting.pair()
    source, target = (pair.sender, pair.listener) if way == "to the listener" else (pair.listener, pair.sender)
    source.send(Frame(BINARY, b"all of it"), close(1000, "first"))
    target.message()
    assert loop.spend(0.5, unless=lambda: target.is_over or source.is_over), "the Close passed"
    for number in range(20):
        target.send(Frame(BINARY, b"%d" % number * 5_000))
    source.message(20)
    target.send(close(1001, "second"))
    assert source.closed() == close(1001, "second").payload
    assert target.closed() == close(1000, "first").payload
    source.peer.ended()
    target.peer.ended()
