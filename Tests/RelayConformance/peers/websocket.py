"""The client's side of one WebSocket."""

import base64
import hashlib
import os

from .frames import CLOSE, CONTINUATION, PING, PONG, Frame, FrameReader, pong

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def accept_value(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def upgrade(target, host, headers=(), key=None, method="GET", version="HTTP/1.1", **changed):
    """The bytes of an opening handshake. A keyword replaces the header of that name; None leaves it out."""
    lines = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": key or new_key()}
    for name, value in changed.items():
        lines[name.replace("_", "-").title().replace("Websocket", "WebSocket")] = value
    pairs = [(name, value) for name, value in lines.items() if value is not None] + list(headers)
    head = f"{method} {target} {version}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
    return head.encode("latin-1")


class WebSocket:
    """Reads frames as they come and keeps them. Answers PINGs unless told otherwise; never answers a Close."""

    def __init__(self, peer, is_answering=True, keeps_frames=True, payload_max=None):
        self.peer = peer
        self.reader = FrameReader(payload_max) if payload_max else FrameReader()
        self.is_answering, self.keeps_frames = is_answering, keeps_frames
        self.frames, self.messages, self.pongs, self.pings = [], [], [], []
        self.close_payload = None
        self.taker = None
        self.parts = []
        peer.taker = self._take
        if peer.received:
            early = bytes(peer.received)
            peer.received.clear()
            self._take(early)

    def when_frame(self, taker):
        """Hands over every data frame and Close, also those that came together with the 101."""
        self.taker = taker
        for frame in self.frames[:]:
            taker(frame)

    # MARK: sending

    def send(self, *frames, piece=None):
        self.peer.send(b"".join(frame if isinstance(frame, bytes) else frame.encode() for frame in frames), piece)

    # MARK: waiting

    def wait(self, until, what, limit=10.0):
        return self.peer.loop.run(until, f"{what}; {self}", limit)

    def message(self, count=1, limit=10.0):
        """Waits for so many messages in all, and gives the last of them."""
        self.wait(lambda: len(self.messages) >= count or self.is_over, f"message {count}", limit)
        assert len(self.messages) >= count, f"the connection ended before message {count}; {self}"
        return self.messages[count - 1]

    def closed(self, limit=10.0):
        """Waits for a Close frame and gives its payload."""
        self.wait(lambda: self.is_over, "a Close frame", limit)
        assert self.close_payload is not None, f"the connection ended without a Close frame; {self}"
        return self.close_payload

    def cut(self, limit=5.0):
        """Waits for the end of the connection and checks that no Close frame came before it."""
        self.wait(lambda: self.peer.end, "the abrupt end", limit)
        assert self.close_payload is None, f"an abrupt end was wanted; {self}"

    @property
    def is_over(self):
        return self.close_payload is not None or self.peer.end is not None

    # MARK: reading

    def _take(self, data):
        for frame in self.reader.feed(data):
            self._frame(frame)

    def _frame(self, frame):
        if frame.opcode == PING:
            self.pings.append(frame.payload)
            if self.is_answering:
                self.send(pong(frame.payload))
            return
        if frame.opcode == PONG:
            self.pongs.append(frame.payload)
            return
        if self.keeps_frames:
            self.frames.append(frame)
        if frame.opcode == CLOSE:
            self.close_payload = frame.payload
        elif self.keeps_frames:
            self._assemble(frame)
        if self.taker:
            self.taker(frame)

    def _assemble(self, frame):
        self.parts.append(frame)
        if frame.fin:
            opcode = self.parts[0].opcode
            assert opcode != CONTINUATION
            self.messages.append((opcode, b"".join(part.payload for part in self.parts)))
            self.parts = []

    def __str__(self):
        shown = [(frame.opcode, frame.fin, len(frame.payload), frame.payload[:24]) for frame in self.frames[-6:]]
        return (f"frames {shown}, close {self.close_payload!r}, end {self.peer.end}, "
                f"{len(self.reader.buffer)} bytes of an unfinished frame")


class Echo:
    """Turns a WebSocket into an echo: each message comes back as one frame, a Close as the same Close."""

    def __init__(self, websocket):
        self.websocket = websocket
        self.parts = []
        websocket.when_frame(self._frame)

    def _frame(self, frame):
        if frame.opcode == CLOSE:
            self.websocket.send(Frame(CLOSE, frame.payload))
            return
        self.parts.append(frame)
        if frame.fin:
            self.websocket.send(Frame(self.parts[0].opcode, b"".join(part.payload for part in self.parts)))
            self.parts = []
