"""Lanes of our own making: both ends of docs/internals/lanes.md, frame by frame, without any of the program's code."""

import asyncio
import contextlib
import struct
import uuid

from relay_peer.sockets import Closed, Lost
from relay_peer.waiting import within

DATA, OPEN, ACCEPTED, REFUSED, WINDOW, END, RESET, CLASSIC = range(8)
FIELD = "Causeway-Lanes"


def frame(kind, stream, payload=b""):
    return struct.pack("!II", kind << 24 | len(payload), stream) + payload


class Lane:
    """One lane: a WebSocket whose messages are one sequence of frames."""

    def __init__(self, socket):
        self.socket, self.buffer, self.last = socket, b"", 0

    async def send(self, *parts):
        """Frames in one message."""
        await self.socket.send(b"".join(parts))

    async def open_stream(self):
        self.last += 1
        await self.send(frame(OPEN, self.last, str(uuid.uuid4()).encode()))
        return self.last

    async def next(self, limit=10.0):
        """The next frame: kind, stream, payload. Raises Closed or Lost."""
        while True:
            if len(self.buffer) >= 8:
                first, stream = struct.unpack("!II", self.buffer[:8])
                length = first & 0xFFFFFF
                if len(self.buffer) >= 8 + length:
                    payload, self.buffer = self.buffer[8:8 + length], self.buffer[8 + length:]
                    return first >> 24, stream, payload
            self.buffer += await within(self.socket.receive(), limit)

    async def close(self):
        with contextlib.suppress(Closed, Lost, ConnectionError):
            await self.socket.send_close(1000)
        self.socket.connection.drop()


async def sender_lane(entity, **options):
    socket = await entity.connect(raw=True, headers=[(FIELD, "1")], **options)
    assert socket.answer.header(FIELD) == "1", socket.answer
    return Lane(socket)


class ListenerWithLanes:
    """A control channel, and lanes with its ticket. `async with` opens and closes both."""

    def __init__(self, entity, count=1):
        self.entity, self.count, self.lanes = entity, count, []
        self.listener = entity.listener(raw=True, headers=[(FIELD, "1")])

    async def __aenter__(self):
        await self.listener.open()
        value = self.listener.channel.answer.header(FIELD)
        assert value.startswith("1; ticket="), value
        for _ in range(self.count):
            headers = [("ServiceBusAuthorization", self.entity.token("listen")), (FIELD, value)]
            self.lanes.append(Lane(await self.entity.socket(self.entity.target("listen"), headers, raw=True)))
        return self

    async def __aexit__(self, *error):
        for lane in self.lanes:
            await lane.close()
        await self.listener.__aexit__(*error)

    @contextlib.asynccontextmanager
    async def answering(self, answer):
        """Answers each stream with what `answer` gives for its number: frames, in one message. Passes over all others."""
        async def serve(lane):
            with contextlib.suppress(Closed, Lost):
                while True:
                    kind, stream, _ = await lane.next(limit=120)
                    if kind == OPEN:
                        await lane.send(*answer(stream))

        tasks = [asyncio.create_task(serve(lane)) for lane in self.lanes]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

