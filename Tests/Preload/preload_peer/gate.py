"""A gate: answers requests of the library as it is told to, and remembers them."""

import contextlib
import errno
import re
import secrets
import socket
import struct
import threading
import time

REQUEST = re.compile(r"CAUSEWAY1 ([0-9a-f]{64}) ([0-9a-fA-F:.]+) ([0-9]{1,5})\n")


def verdict(number):
    return struct.pack(">i", number)


def refuse(number=errno.ECONNREFUSED):
    def answer(connection):
        connection.sendall(verdict(number))
    return answer


def echo(connection):
    """Lets the connection through to an endpoint that sends back what it is sent, until the end."""
    connection.sendall(verdict(0))
    send_back(connection)


def send_back(connection):
    while received := connection.recv(65536):
        connection.sendall(received)


def greet(banner):
    """Lets through to an endpoint that speaks first. Verdict and banner are one segment."""
    def answer(connection):
        connection.sendall(verdict(0) + banner)
        send_back(connection)
    return answer


def send(pieces, pause=0.0):
    """Sends the pieces one by one, with a pause before each, and then closes."""
    def answer(connection):
        for piece in pieces:
            time.sleep(pause)
            connection.sendall(piece)
    return answer


def late(answer, pause):
    """Gives the answer after some time."""
    def wait_and_answer(connection):
        time.sleep(pause)
        answer(connection)
    return wait_and_answer


def silent(connection):
    """Says nothing until the program gives up."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def free_endpoint(host):
    """Sends back what it is sent, once, and needs no gate."""
    server = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)

    def serve():
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                send_back(connection)

    threading.Thread(target=serve, daemon=True).start()
    return server


class Gate:
    """Listens on loopback. What is not in `answers` is refused."""

    def __init__(self):
        self.token = secrets.token_hex(32)
        self.answers = {}
        # What was asked for, as pairs of address and port, in the order in which it came.
        self.requests = []
        # What no library that keeps the contract sends.
        self.faults = []
        # Close every connection at once, with a reset or in order, and read nothing.
        self.is_resetting = self.is_closing = False
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            if self.is_closing:
                return
            if self.is_resetting:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            with contextlib.suppress(ConnectionError):
                answer = self._answer_to(self._read_line(connection))
                if answer is not None:
                    answer(connection)

    @staticmethod
    def _read_line(connection):
        line = b""
        while not line.endswith(b"\n") and len(line) < 1000:
            received = connection.recv(1)
            if not received:
                break
            line += received
        return line.decode("ascii", "replace")

    def _answer_to(self, line):
        match = REQUEST.fullmatch(line)
        with self._lock:
            if match is None or match[1] != self.token:
                self.faults.append(line)
                return None
            wanted = match[2], int(match[3])
            self.requests.append(wanted)
            return self.answers.get(wanted, refuse())
