"""Questions to a name server over UDP and TCP, and a name server that answers some (RFC 1035)."""

import contextlib
import random
import socket
import struct
import threading
from dataclasses import dataclass

KINDS = {"A": 1, "MX": 15, "AAAA": 28}
DEADLINE = 8.0


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def query(name, kind="A"):
    """A message with one question, which asks for recursion."""
    return struct.pack(">6H", random.randrange(65_536), 0x0100, 1, 0, 0, 0) + encoded(name) + struct.pack(">2H", KINDS[kind], 1)


def read_name(message, offset):
    labels = []
    while length := message[offset]:
        if length >= 0xC0:
            labels.append(read_name(message, struct.unpack_from(">H", message, offset)[0] & 0x3FFF)[0])
            return ".".join(labels), offset + 2
        labels.append(message[offset + 1:offset + 1 + length].decode())
        offset += 1 + length
    return ".".join(labels), offset + 1


@dataclass
class Answer:
    """`code`: 0 good, 2 failure, 3 no such name, 5 refused."""

    code: int
    name: str
    addresses: list
    seconds: int | None
    is_authoritative: bool


def read_answer(message, asked):
    id, flags, questions, answers, _, _ = struct.unpack_from(">6H", message)
    assert id == struct.unpack_from(">H", asked)[0] and flags & 0x8000 and questions == 1, message
    name, offset = read_name(message, 12)
    assert message[offset:offset + 4] == asked[-4:], "another question came back"
    offset, addresses, seconds = offset + 4, [], None
    for _ in range(answers):
        owner, offset = read_name(message, offset)
        kind, klass, seconds, length = struct.unpack_from(">2HIH", message, offset)
        assert owner.lower() == name.lower() and klass == 1
        data = message[offset + 10:offset + 10 + length]
        offset += 10 + length
        if kind == 1:
            addresses.append(socket.inet_ntoa(data))
    return Answer(flags & 15, name, addresses, seconds, bool(flags & 0x0400))


def ask_udp(at, message):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(DEADLINE)
        client.sendto(message, at)
        answer, sender = client.recvfrom(4_096)
        assert sender == at
        return read_answer(answer, message)


def ask_tcp(at, message):
    with socket.create_connection(at, timeout=DEADLINE) as client:
        # The length in pieces, as slow networks bring it.
        framed = struct.pack(">H", len(message)) + message
        client.sendall(framed[:1])
        client.sendall(framed[1:])
        stream = client.makefile("rb")
        (length,) = struct.unpack(">H", stream.read(2))
        return read_answer(stream.read(length), message)


class Upstream:
    """A name server over UDP that knows some addresses; other names do not exist."""

    def __init__(self, addresses):
        self.addresses, self.asked = addresses, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.is_over = False
        threading.Thread(target=self._run, daemon=True).start()

    def end(self):
        self.is_over = True
        with contextlib.suppress(OSError):
            # Wakes the thread.
            self.socket.sendto(b"", ("127.0.0.1", self.port))

    def _run(self):
        with self.socket:
            while True:
                message, client = self.socket.recvfrom(4_096)
                if self.is_over:
                    return
                name, _ = read_name(message, 12)
                self.asked.append(name)
                address = self.addresses.get(name.lower())
                flags = 0x8180 if address else 0x8183
                record = b"\xc0\x0c" + struct.pack(">2HIH", 1, 1, 60, 4) + socket.inet_aton(address) if address else b""
                self.socket.sendto(
                    message[:2] + struct.pack(">5H", flags, 1, bool(address), 0, 0) + message[12:] + record, client)
