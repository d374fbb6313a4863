"""Raw bytes over TLS, and the answers to them as they come."""

import json
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit


class Cut(Exception):
    """The connection ended in the middle of an answer."""


@dataclass
class RawAnswer:
    version: str
    status: int
    headers: list
    body: bytes

    def header(self, name):
        return next((value for key, value in self.headers if key == name.lower()), None)


class RawConnection:
    """One TLS connection. `read_answer` gives the next answer, or None when the server has closed."""

    def __init__(self, settings, timeout=8):
        url = urlsplit(settings.endpoint)
        self.host = url.netloc
        context = ssl.create_default_context(cafile=settings.ca_file)
        plain = socket.create_connection(("127.0.0.1", url.port), timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(plain, server_hostname=url.hostname)
        except BaseException:
            plain.close()
            raise
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_all_that_is_taken(self, data):
        """Sends until the server has had enough; a refusal may come before the end of a body."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return

    def read_answer(self, method="GET"):
        if not self._fill(lambda: b"\r\n\r\n" in self.buffer):
            if self.buffer:
                raise Cut(f"after {self.buffer[:200]!r}")
            return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ")
        headers = [(key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines[1:])]
        answer = RawAnswer(version, int(status), headers, b"")
        if method != "HEAD" and answer.status >= 200 and answer.status != 204:
            answer.body = self._body(answer)
        return answer

    def is_closed(self):
        """Whether the server closes now, without another byte."""
        return not self.buffer and not self._fill(lambda: bool(self.buffer))

    def _body(self, answer):
        assert answer.header("transfer-encoding") is None, "answers of this server have a length"
        length = int(answer.header("content-length") or 0)
        if not self._fill(lambda: len(self.buffer) >= length):
            raise Cut(f"{len(self.buffer)} of {length} bytes of a body")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return body

    def _fill(self, is_enough):
        while not is_enough():
            try:
                data = self.socket.recv(65536)
            except (ConnectionResetError, ssl.SSLEOFError):
                return False
            if not data:
                return False
            self.buffer += data
        return True


class PlainClient:
    """Sends targets exactly as they are, without a client that tidies them up, on one connection as long as it lasts."""

    def __init__(self, management):
        self.management, self.connection = management, None

    def ask(self, method, target, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        self.connection = self.connection or RawConnection(self.management.settings)
        head = (f"{method} {target} HTTP/1.1\r\nHost: {self.connection.host}\r\nAuthorization: Bearer {self.management.token}\r\n"
                f"Content-Length: {len(content)}\r\n\r\n")
        self.connection.send(head.encode("latin-1") + content)
        answer = self.connection.read_answer()
        if answer is None or answer.header("connection") == "close":
            self.close()
        return answer

    def close(self):
        if self.connection:
            self.connection.socket.close()
        self.connection = None
