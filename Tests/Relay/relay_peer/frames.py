"""WebSocket frames, byte by byte (RFC 6455, section 5)."""

import os
import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
DATA = {CONTINUATION, TEXT, BINARY}


@dataclass
class Frame:
    opcode: int
    payload: bytes
    is_final: bool = True
    is_masked: bool = False
    reserved: int = 0

    def __repr__(self):
        return f"Frame({self.opcode:#x}, {len(self.payload)} bytes {self.payload[:32]!r}, final={self.is_final})"


def masked(payload, key):
    size = len(payload)
    if size == 0:
        return b""
    pattern = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")).to_bytes(size, "big")


def encode(opcode, payload=b"", is_final=True, is_masked=True, reserved=0):
    """The bytes of one frame; a client's frames are masked."""
    head = bytes([(0x80 if is_final else 0) | reserved << 4 | opcode])
    bit = 0x80 if is_masked else 0
    size = len(payload)
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not is_masked:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


async def read(reader):
    """The next frame of an asyncio stream. Raises IncompleteReadError at its end."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", await reader.readexactly(8))
    key = await reader.readexactly(4) if second & 0x80 else None
    payload = await reader.readexactly(size)
    return Frame(
        first & 0x0F, masked(payload, key) if key else payload, bool(first & 0x80), key is not None, first >> 4 & 0x07
    )


def close_payload(code=None, reason=""):
    return b"" if code is None else struct.pack("!H", code) + (reason if isinstance(reason, bytes) else reason.encode())


def read_close(payload):
    """Code and reason of a Close frame; (None, "") when it has none."""
    return (None, "") if len(payload) < 2 else (struct.unpack("!H", payload[:2])[0], payload[2:].decode("utf-8"))
