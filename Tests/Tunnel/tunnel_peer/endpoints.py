"""Servers as they stand behind a manager: each connection has a thread, and what it does can be changed between tests."""

import contextlib
import queue
import socket
import threading

from .sockets import DEADLINE, PIECE, end_output, reset


def echo(connection):
    """Sends back what it gets; ends its half when the other one has ended."""
    while part := connection.recv(PIECE):
        connection.sendall(part)
    end_output(connection)


def greeting(text):
    """Speaks first, and echoes then."""
    def serve(connection):
        connection.sendall(text)
        echo(connection)
    return serve


class Endpoint:
    """Listens on loopback; `serve` is called with each connection. What goes wrong there is raised by `check`."""

    def __init__(self, serve=echo, host="127.0.0.1", port=0):
        self.serve = serve
        # What comes before `serve`: one for each of the next connections.
        self.next_ones = queue.Queue()
        # What handlers want to tell the test.
        self.told = queue.Queue()
        self.failures = []
        self.connections = set()
        self.count = 0
        self.lock = threading.Lock()
        self.host, self.port, self.listener = host, port, None
        self.open()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def open(self):
        """Listens, on the same port when it did before."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.listener = socket.create_server((self.host, self.port), family=family, backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        """Listens no more and resets its connections, as a program that was killed."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            open_ones = list(self.connections)
        for connection in open_ones:
            # Wakes the handler's thread, which closes the connection with a reset.
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.shutdown(socket.SHUT_RD)

    # As programs are ended.
    end = close

    def check(self):
        assert not self.failures, self.failures

    def serve_with(self, serve):
        """What to do with connections from now on; what was told before is forgotten."""
        self.serve, self.failures = serve, []
        for forgotten in (self.told, self.next_ones):
            with contextlib.suppress(queue.Empty):
                while True:
                    forgotten.get_nowait()

    def serve_next(self, serve):
        """What to do with the next connection alone."""
        self.next_ones.put(serve)

    def next(self, limit=DEADLINE):
        """What a handler told."""
        return self.told.get(timeout=limit)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(DEADLINE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.count += 1
                self.connections.add(connection)
            try:
                serve = self.next_ones.get_nowait()
            except queue.Empty:
                serve = self.serve
            threading.Thread(target=self._serve, args=(connection, serve), daemon=True).start()

    def _serve(self, connection, serve):
        try:
            serve(connection)
        except ConnectionError:
            pass
        except Exception as error:
            self.failures.append(error)
            reset(connection)
        finally:
            with self.lock:
                self.connections.discard(connection)
            connection.close()


def mailbox(told):
    """An SMTP server for one message at a time, which it tells: sender, receivers, text."""
    def serve(connection):
        with connection.makefile("rwb") as lines:
            def say(text):
                lines.write(text.encode() + b"\r\n")
                lines.flush()

            say("220 mail.corp.example ready")
            sender, receivers = None, []
            while line := lines.readline():
                verb = line.split(b" ")[0].strip().upper()
                if verb == b"DATA":
                    say("354 go on")
                    text = b"".join(iter(lines.readline, b".\r\n"))
                    told.put((sender, receivers, text))
                elif verb == b"MAIL":
                    sender, receivers = line.split(b"<")[1].split(b">")[0], []
                elif verb == b"RCPT":
                    receivers.append(line.split(b"<")[1].split(b">")[0])
                say("221 goodbye" if verb == b"QUIT" else "250 well")
                if verb == b"QUIT":
                    return
    return serve
