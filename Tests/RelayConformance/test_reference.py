"""The table of frames against an independent server: a case that is wrong itself, or a peer that is, fails here."""

import asyncio
import logging
import threading

import pytest
from websockets.asyncio.server import serve

from frame_cases import CASES
from frame_runs import judge
from peers.peer import Peer
from peers.rendezvous import check_switch
from peers.websocket import WebSocket, new_key, upgrade

KNOWN = [case for case in CASES if case.is_known_to_reference]


class EchoServer(threading.Thread):
    """An echo of the `websockets` package on a free port."""

    def __init__(self):
        super().__init__(daemon=True)
        self.loop = asyncio.new_event_loop()
        self.is_ready = threading.Event()
        # It would tell of each breach, and breaches are what it gets.
        logging.getLogger("websockets").setLevel(logging.CRITICAL)

    def run(self):
        self.loop.run_until_complete(self._serve())

    async def _serve(self):
        async def echo(connection):
            async for message in connection:
                await connection.send(message)

        self.stopped = asyncio.Event()
        async with serve(echo, "127.0.0.1", 0, max_size=None, compression=None, ping_interval=None,
                         close_timeout=0.2) as server:
            self.address = server.sockets[0].getsockname()
            self.is_ready.set()
            await self.stopped.wait()

    def stop(self):
        """Asks it to end; connections that a test left open may keep it until the process does."""
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.join(0.5)


@pytest.fixture(scope="module")
def reference():
    server = EchoServer()
    server.start()
    assert server.is_ready.wait(10)
    yield server
    server.stop()


def test_the_table_has_no_name_twice():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) and len(names) >= 300


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_an_independent_server_agrees(loop, reference, case):
    peer, key = Peer(loop, reference.address), new_key()
    peer.send(upgrade("/", "localhost", key=key))
    check_switch(peer.answer(), key)
    judge(case, WebSocket(peer, payload_max=1 << 40))
