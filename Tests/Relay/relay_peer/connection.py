"""HTTP/1.1 over a connection of one's own: what is sent goes out as it is, and what comes is shown as it came."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field

READ_LIMIT = 1 << 20


class Cut(AssertionError):
    """The connection ended in the middle of an answer."""


@dataclass
class Answer:
    version: str
    status: int
    reason: str
    headers: list
    body: bytes = b""
    # Sizes of the chunks of a chunked body, without the last one.
    chunks: list = field(default_factory=list)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __str__(self):
        return f"{self.status} {self.reason} {self.headers} {self.body[:200]!r}"


class Connection:
    """One TCP or TLS connection to an `Endpoint`."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, endpoint, host, read_limit=READ_LIMIT, receive_buffer=None):
        """`host` is the name that the certificate must bear."""
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(plain, endpoint.address), 10)
            security = {"ssl": endpoint.tls, "server_hostname": host} if endpoint.tls else {}
            return cls(*await asyncio.open_connection(sock=plain, limit=read_limit, **security))
        except BaseException:
            plain.close()
            raise

    @property
    def own_address(self):
        return self.writer.get_extra_info("sockname")[:2]

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def request(self, method, target, headers=(), body=b"", host=None):
        """Sends a request whose body has a length, when there is one."""
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host else []),
                 *(f"{name}: {value}" for name, value in pairs(headers))]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        await self.send("\r\n".join([*lines, "", ""]).encode("utf-8") + body)

    async def send_chunk(self, data):
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    # MARK: answers

    async def read_head(self):
        """Status line and headers; None when the connection ends before the first byte."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise Cut(f"after {error.partial[:300]!r}") from error
            return None
        except ConnectionError:
            return None
        lines = head[:-4].decode("utf-8").split("\r\n")
        version, status, reason = (lines[0] + " ").split(" ", 2)
        headers = [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines[1:])]
        return Answer(version, int(status), reason.removesuffix(" "), headers)

    async def read_answer(self, method="GET"):
        """The next answer with its whole body, after any 1xx. Raises Cut when it does not come to its end."""
        answer = await self.read_head()
        while answer is not None and 100 <= answer.status < 200 and answer.status != 101:
            answer = await self.read_head()
        if answer is not None:
            await self.read_body(answer, method)
        return answer

    async def read_body(self, answer, method="GET"):
        if method == "HEAD" or answer.status in (101, 204, 304):
            return
        try:
            if "chunked" in (answer.header("Transfer-Encoding") or "").lower():
                assert not answer.all("Content-Length"), f"length and chunks: {answer}"
                while chunk := await self.read_chunk():
                    answer.chunks.append(len(chunk))
                    answer.body += chunk
            elif answer.all("Content-Length"):
                (length,) = answer.all("Content-Length")
                answer.body = await self.reader.readexactly(int(length))
            else:
                answer.body = await self.reader.read()
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Cut(f"in the body of {answer}: {error!r}") from error

    async def read_chunk(self):
        """The next chunk; empty at the end of the body."""
        try:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Cut(f"in a chunk: {error!r}") from error
        assert data.endswith(b"\r\n"), data[-8:]
        return data[:-2]

    async def rest(self, limit=5.0):
        """Everything until the peer ends the connection, in either way."""
        try:
            return await asyncio.wait_for(self.reader.read(), limit)
        except ConnectionError:
            return b""

    # MARK: ends

    def abort(self):
        """Ends the connection with a reset, as a process that crashed on a full socket does."""
        with contextlib.suppress(OSError, AttributeError):
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def drop(self):
        """Ends the connection without a word of the protocols above TCP."""
        self.writer.transport.abort()

    async def close(self):
        self.writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self.writer.wait_closed(), 2)


def pairs(headers):
    return list(headers.items()) if isinstance(headers, dict) else list(headers)
