"""Frames of RFC 6455: made as wrong as a test wants them, read as strictly as the standard allows."""

import os
import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
CONTROLS = (CLOSE, PING, PONG)
# One published client drops the connection when a frame has more.
PAYLOAD_MAX = 65_536


class Breach(AssertionError):
    """The server sent what no server may send."""


def masked(payload, key):
    if not payload:
        return b""
    length = len(payload)
    stream = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(stream, "little")).to_bytes(length, "little")


@dataclass(frozen=True)
class Frame:
    """One frame. `declared` is a length that is not that of the payload; `form` is 7, 16 or 64 bits of length."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    is_masked: bool = True
    key: bytes | None = None
    declared: int | None = None
    form: int | None = None

    def encode(self):
        length = len(self.payload) if self.declared is None else self.declared
        form = self.form or (7 if length < 126 else 16 if length < 65_536 else 64)
        mask = 0x80 if self.is_masked else 0
        head = bytes([(0x80 if self.fin else 0) | self.rsv << 4 | self.opcode])
        if form == 7:
            head += bytes([mask | length])
        elif form == 16:
            head += struct.pack(">BH", mask | 126, length)
        else:
            head += struct.pack(">BQ", mask | 127, length)
        if not self.is_masked:
            return head + self.payload
        key = os.urandom(4) if self.key is None else self.key
        return head + key + masked(self.payload, key)


def text(value, **keywords):
    return Frame(TEXT, value.encode() if isinstance(value, str) else value, **keywords)


def binary(value=b"", **keywords):
    return Frame(BINARY, value, **keywords)


def continuation(value=b"", **keywords):
    return Frame(CONTINUATION, value.encode() if isinstance(value, str) else value, **keywords)


def ping(value=b"", **keywords):
    return Frame(PING, value, **keywords)


def pong(value=b"", **keywords):
    return Frame(PONG, value, **keywords)


def close(code=None, reason=b"", **keywords):
    reason = reason.encode() if isinstance(reason, str) else reason
    return Frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason, **keywords)


def close_code(payload):
    """The code of a Close frame's payload; None when it has none."""
    return struct.unpack(">H", payload[:2])[0] if payload else None


class FrameReader:
    """Takes a server's bytes and gives its frames. What a server must not send is a `Breach`."""

    def __init__(self, payload_max=PAYLOAD_MAX):
        self.buffer = bytearray()
        self.payload_max = payload_max
        self.is_inside_message = False
        self.is_closed = False

    def feed(self, data):
        self.buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self):
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        if self.is_closed and buffer[0] not in (0x80 | PING, 0x80 | PONG):
            raise Breach(f"The server sent {len(buffer)} bytes after a Close frame: {bytes(buffer[:20]).hex()}")
        opcode, fin, length = buffer[0] & 0x0F, bool(buffer[0] & 0x80), buffer[1] & 0x7F
        self._check_head(buffer[0], buffer[1])
        start = 2
        if length == 126:
            if len(buffer) < 4:
                return None
            length, start = struct.unpack_from(">H", buffer, 2)[0], 4
            if length < 126:
                raise Breach(f"The length {length} was sent in 16 bits.")
        elif length == 127:
            if len(buffer) < 10:
                return None
            length, start = struct.unpack_from(">Q", buffer, 2)[0], 10
            if length < 65_536:
                raise Breach(f"The length {length} was sent in 64 bits.")
        if length > self.payload_max:
            raise Breach(f"A frame has {length} bytes of payload.")
        if len(buffer) < start + length:
            return None
        payload = bytes(buffer[start:start + length])
        del buffer[:start + length]
        self._order(opcode, fin)
        return Frame(opcode, payload, fin, is_masked=False)

    @staticmethod
    def _check_head(first, second):
        opcode = first & 0x0F
        if first & 0x70:
            raise Breach(f"A reserved bit is set: {first:02x}.")
        if second & 0x80:
            raise Breach("A frame of the server is masked.")
        if opcode not in (CONTINUATION, TEXT, BINARY, *CONTROLS):
            raise Breach(f"The opcode {opcode} is reserved.")
        if opcode in CONTROLS and (not first & 0x80 or second & 0x7F > 125):
            raise Breach(f"A control frame is fragmented or long: {first:02x}{second:02x}.")

    def _order(self, opcode, fin):
        if opcode in CONTROLS:
            self.is_closed = self.is_closed or opcode == CLOSE
            return
        if (opcode == CONTINUATION) != self.is_inside_message:
            where = "inside" if self.is_inside_message else "outside"
            raise Breach(f"A frame with the opcode {opcode} came {where} a message.")
        self.is_inside_message = not fin
