"""TCP as an app or an endpoint uses it: blocking sockets with deadlines, halves that end, resets."""

import hashlib
import itertools
import random
import select
import socket
import struct

# No read or write of a test takes longer.
DEADLINE = 20.0
# How long a test looks before it takes silence for an answer.
SILENCE = 1.0
PIECE = 65_536
# Far from the ports that the system gives to connections that go out, so that none of them takes one in between.
_ports = itertools.cycle(random.sample(range(20_000, 32_000), 12_000))


def free_port(host="127.0.0.1"):
    """A port on which nobody listens now."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def split(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


def dial(address, limit=DEADLINE):
    """Connects to `host:port`."""
    connection = socket.create_connection(split(address), timeout=limit)
    connection.settimeout(DEADLINE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def end_output(connection):
    connection.shutdown(socket.SHUT_WR)


def reset(connection):
    """Ends the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_exactly(connection, count):
    """So many bytes; fewer only when the other side ends."""
    parts, left = [], count
    while left and (part := connection.recv(min(left, PIECE))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def read_rest(connection):
    """Everything until the other side's end, and how it ended: `end`, `reset`, or `time-out` when nothing came."""
    parts = []
    try:
        while part := connection.recv(PIECE):
            parts.append(part)
    except ConnectionResetError:
        return b"".join(parts), "reset"
    except TimeoutError:
        return b"".join(parts), "time-out"
    return b"".join(parts), "end"


def ask(connection, data):
    """Sends bytes to something that sends them back, and checks what comes."""
    connection.sendall(data)
    answer = read_exactly(connection, len(data))
    assert answer == data, f"sent {data[:80]!r}, got {answer[:80]!r}"


def converse(address, data=b"a word"):
    """A whole conversation with something that sends back what it gets."""
    with dial(address) as connection:
        ask(connection, data)
        end_output(connection)
        assert read_rest(connection) == (b"", "end")


def is_answering(address, data=b"a word"):
    """Whether a conversation goes well now."""
    try:
        converse(address, data)
    except (OSError, AssertionError):
        return False
    return True


def is_reset(address):
    """Whether a connection is reset before anything came: what is left of a refusal when the connect has succeeded."""
    try:
        with dial(address) as connection:
            return read_rest(connection) == (b"", "reset")
    except ConnectionResetError:
        # So early that the connect has seen it.
        return True


def fill(connection, limit):
    """Sends until the other side takes no more for a while, or `limit` bytes have gone; how many went."""
    sent, block = 0, b"\xa5" * PIECE
    connection.setblocking(False)
    try:
        while sent < limit:
            if not select.select([], [connection], [], SILENCE)[1]:
                return sent
            sent += connection.send(block[:limit - sent])
    finally:
        connection.settimeout(DEADLINE)
    return sent


def stays_silent(connection):
    """Whether nothing comes, neither bytes nor an end."""
    return not select.select([connection], [], [], SILENCE)[0]


class Stream:
    """Bytes that follow from a seed, in pieces of any size, and their checksum."""

    def __init__(self, seed, length):
        self.seed, self.length = seed, length

    def pieces(self):
        generator, left = random.Random(self.seed), self.length
        while left:
            piece = generator.randbytes(min(left, generator.choice([1, 7, 1_000, 16_384, 65_536, 100_000])))
            left -= len(piece)
            yield piece

    def checksum(self):
        return self._sum(self.pieces())

    def send(self, connection):
        for piece in self.pieces():
            connection.sendall(piece)

    def check(self, connection):
        """Reads as much and compares."""
        received = self._sum(self._read(connection))
        assert received == self.checksum(), f"{self.length} bytes of seed {self.seed}: got {received}"

    def _read(self, connection):
        left = self.length
        while left and (part := connection.recv(min(left, PIECE))):
            left -= len(part)
            yield part

    @staticmethod
    def _sum(pieces):
        digest, length = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            length += len(piece)
        return length, digest.hexdigest()
