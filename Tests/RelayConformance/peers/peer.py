"""One TCP connection, plain or TLS, whose bytes a test chooses."""

import select
import socket
import ssl
import struct
from collections import deque

from .answers import AnswerReader

READ_MAX = 262_144


class Peer:
    """Sends what it is told, in the pieces that it is told; keeps what comes until somebody asks."""

    def __init__(self, loop, address, tls=None, name=None, receive_buffer=None, send_buffer=None, limit=10.0):
        self.loop = loop
        self.socket = socket.socket()
        # Buffers count from the first segment only when they are set before the connection is made.
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if send_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(limit)
        try:
            self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.number = self.socket.fileno()
        self.local_port = self.socket.getsockname()[1]
        self.received = bytearray()
        self.outbox = deque()
        self.sent = 0
        self.end = None
        self.is_paused = False
        self.taker = None
        self.when_ended = None
        self.secured = None
        self.events = select.EPOLLIN | select.EPOLLRDHUP
        loop.add(self, self.events)
        if tls is not None:
            self._secure(tls, name, limit)

    # MARK: sending

    def send(self, data, piece=None):
        """Queues bytes; with `piece` each so many bytes are a segment of their own."""
        if piece is None:
            self.outbox.append(memoryview(bytes(data)))
        else:
            self.outbox.extend(memoryview(data[start:start + piece]) for start in range(0, len(data), piece))
        self._flush()

    @property
    def unsent(self):
        return sum(len(piece) for piece in self.outbox)

    def sent_all(self, limit=10.0):
        """Waits until the kernel has everything, or the connection ended."""
        self.loop.run(lambda: not self._has_output or self.end, f"everything is sent; {self.unsent} bytes are left",
                      limit)

    def finish_sending(self):
        """Ends this direction and keeps reading, as a TCP half-close does."""
        self.socket.shutdown(socket.SHUT_WR)

    # MARK: ending

    def reset(self):
        """Ends with RST."""
        if self.socket.fileno() >= 0:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.loop.remove(self)
        self.socket.close()
        self.end = self.end or "left"

    def ended(self, limit=5.0):
        """Waits for the server's end of the connection: `closed` or `reset`."""
        return self.loop.run(lambda: self.end, "the server ends the connection", limit)

    # MARK: reading

    def pause(self):
        """Stops reading, so that the kernel's buffers fill up."""
        self.is_paused = True
        self._watch()

    def resume(self):
        self.is_paused = False
        self._watch()

    def answer(self, method="GET", limit=10.0):
        """The next HTTP answer; None when the connection ended without one."""
        reader = AnswerReader(method)

        def is_done():
            return reader.read(self.received, self.end is not None) or self.end is not None

        self.loop.run(is_done, f"an answer; {bytes(self.received[:200])!r}", limit)
        return reader.read(self.received, self.end is not None)

    def silent_end(self, limit=5.0):
        """Waits for the end and checks that not another byte came before it."""
        self.ended(limit)
        assert not self.received, f"more came than was asked for: {bytes(self.received[:300])!r}"

    # MARK: events

    def handle(self, events):
        if events & select.EPOLLOUT:
            self._flush()
        if events & (select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR) and self.end is None:
            if self.is_paused and not events & (select.EPOLLHUP | select.EPOLLERR):
                return
            self._read()

    def _watch(self):
        if self.end is not None:
            return
        events = 0 if self.is_paused else select.EPOLLIN | select.EPOLLRDHUP
        if self._has_output:
            events |= select.EPOLLOUT
        if events != self.events:
            self.events = events
            self.loop.change(self, events)

    @property
    def _has_output(self):
        return bool(self.outbox or (self.secured is not None and self.secured.pending))

    def _flush(self):
        while self._has_output and self.end is None:
            piece = self.outbox[0] if self.outbox else memoryview(b"")
            try:
                count = self._write(piece)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                # What the server said before it went may still be readable.
                self.outbox.clear()
                if self.secured is not None:
                    self.secured.pending = b""
                break
            self.sent += count
            if self.outbox and count == len(piece):
                self.outbox.popleft()
            elif self.outbox:
                self.outbox[0] = piece[count:]
        self._watch()

    def _write(self, piece):
        return self.socket.send(piece) if self.secured is None else self.secured.write(piece)

    def _read(self):
        while self.end is None and not self.is_paused:
            try:
                data = self.socket.recv(READ_MAX) if self.secured is None else self.secured.read()
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except ConnectionResetError:
                return self._ended("reset")
            except (ssl.SSLError, OSError):
                return self._ended("closed")
            if not data:
                return self._ended("closed")
            if self.taker:
                self.taker(data)
            else:
                self.received += data

    def _ended(self, how):
        self.end = how
        self.loop.remove(self)
        if self.when_ended:
            self.when_ended()

    def _secure(self, context, name, limit):
        self.secured = SecuredSocket(self.socket, context, name)
        self.loop.remove(self)
        self.socket.settimeout(limit)
        try:
            self.secured.shake_hands()
        except BaseException:
            self.socket.close()
            self.end = "closed"
            raise
        self.socket.setblocking(False)
        self.loop.add(self, self.events)


class SecuredSocket:
    """TLS over a socket that is not handed over, so that the test keeps control of it."""

    def __init__(self, plain, context, name):
        self.plain = plain
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.engine = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.pending = b""

    def shake_hands(self):
        while True:
            try:
                self.engine.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.plain.sendall(self.outgoing.read())
                data = self.plain.recv(READ_MAX)
                if not data:
                    raise ConnectionResetError("the server ended the TLS handshake") from None
                self.incoming.write(data)
        self.plain.sendall(self.outgoing.read())

    def write(self, piece):
        self.push()
        if not piece:
            return 0
        count = self.engine.write(piece[:16_384])
        try:
            self.push()
        except BlockingIOError:
            pass
        return count

    def push(self):
        """Hands finished records to the kernel; blocks further writing while one is left."""
        self.pending += self.outgoing.read()
        while self.pending:
            count = self.plain.send(self.pending)
            self.pending = self.pending[count:]

    def read(self):
        while True:
            try:
                return self.engine.read(READ_MAX)
            except ssl.SSLWantReadError:
                data = self.plain.recv(READ_MAX)
                if not data:
                    return b""
                self.incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""
