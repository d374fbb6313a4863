"""Many sockets driven by one thread: a test says in which order, and waits for conditions instead of times."""

import select
import time


# A turn takes a fraction of it.
PAUSE_SECONDS_MIN = 5


class NotReached(AssertionError):
    """A condition did not come true before its deadline."""


class Loop:
    """Moves bytes of its peers while somebody waits. Errors of a peer surface in the wait."""

    def __init__(self):
        self.poll = select.epoll()
        self.peers = {}

    def run(self, until, what="the condition", limit=10.0):
        """Runs until the condition gives something true, and returns that."""
        deadline = time.monotonic() + limit
        while not (value := until()):
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotReached(f"Not within {limit} s: {what}")
            before = time.monotonic()
            self.turn(min(left, 0.1))
            # A machine that stood still for a while was no time for anybody.
            if (pause := time.monotonic() - before) > PAUSE_SECONDS_MIN:
                deadline += pause
        return value

    def spend(self, seconds, unless=lambda: False):
        """Runs for a time, to see that nothing happens in it. True when the condition stayed false."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.turn(min(left, 0.1))
            if unless():
                return False
        return not unless()

    def turn(self, limit):
        for number, events in self.poll.poll(limit):
            peer = self.peers.get(number)
            if peer is not None:
                peer.handle(events)

    def add(self, peer, events):
        self.peers[peer.number] = peer
        self.poll.register(peer.number, events)

    def change(self, peer, events):
        self.poll.modify(peer.number, events)

    def remove(self, peer):
        if self.peers.pop(peer.number, None) is not None:
            self.poll.unregister(peer.number)

    def close(self):
        for peer in list(self.peers.values()):
            peer.close()
        self.poll.close()
