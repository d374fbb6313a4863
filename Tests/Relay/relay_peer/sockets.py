"""WebSockets with one face: over the `websockets` library, and over frames of our own for what the library will not do."""

import asyncio
import base64
import contextlib
import hashlib
import os

import websockets.exceptions
from websockets.asyncio.client import connect

from . import frames
from .connection import Connection, pairs

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Closed(Exception):
    """The peer sent a Close frame."""

    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Lost(Exception):
    """The connection ended without a Close frame."""


class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    def __init__(self, status, reason, headers, body):
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


class RawSocket:
    """Frames of our own. Answers PINGs while it reads, and never a Close."""

    def __init__(self, connection, answer):
        self.connection, self.answer = connection, answer
        self.answers_pings = True
        self.pings, self.pongs = [], []

    @classmethod
    async def open(cls, endpoint, host, target, headers=(), method="GET", **connection_options):
        """`host` is the Host header's value, with its port."""
        connection = await Connection.open(endpoint, host.partition(":")[0], **connection_options)
        return await cls.over(connection, host, target, headers, method)

    @classmethod
    async def over(cls, connection, host, target, headers=(), method="GET"):
        key = base64.b64encode(os.urandom(16)).decode()
        head = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                *(f"{name}: {value}" for name, value in pairs(headers)), "", ""]
        try:
            await connection.send("\r\n".join(head).encode("utf-8"))
            answer = await connection.read_answer(method)
        except BaseException:
            connection.drop()
            raise
        if answer is None:
            connection.drop()
            raise Lost("no answer to the upgrade")
        if answer.status != 101:
            connection.drop()
            raise Refused(answer.status, answer.reason, answer.headers, answer.body)
        expected = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        assert answer.all("Sec-WebSocket-Accept") == [expected], answer
        return cls(connection, answer)

    @property
    def subprotocol(self):
        return self.answer.header("Sec-WebSocket-Protocol")

    @property
    def own_address(self):
        return self.connection.own_address

    # MARK: sending

    async def send_frame(self, opcode, payload=b"", is_final=True, is_masked=True, reserved=0):
        await self.send_bytes(frames.encode(opcode, payload, is_final, is_masked, reserved))

    async def send_bytes(self, data):
        try:
            await self.connection.send(data)
        except ConnectionError as error:
            raise Lost(repr(error)) from error

    async def send(self, message):
        """One message in one frame, or in one for each element when it is a list."""
        parts = message if isinstance(message, list) else [message]
        opcode = frames.TEXT if isinstance(parts[0], str) else frames.BINARY
        for index, part in enumerate(parts):
            payload = part.encode() if isinstance(part, str) else bytes(part)
            await self.send_frame(frames.CONTINUATION if index else opcode, payload, index == len(parts) - 1)

    async def send_close(self, code=None, reason=""):
        await self.send_frame(frames.CLOSE, frames.close_payload(code, reason))

    # MARK: receiving

    async def receive_any_frame(self):
        try:
            frame = await frames.read(self.connection.reader)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Lost(repr(error)) from error
        assert not frame.is_masked, "a server's frame is masked"
        assert frame.reserved == 0, "reserved bits are set"
        return frame

    async def receive_frame(self):
        """The next frame that is neither PING nor PONG."""
        while True:
            frame = await self.receive_any_frame()
            if frame.opcode == frames.PING:
                self.pings.append(frame.payload)
                if self.answers_pings:
                    await self.send_frame(frames.PONG, frame.payload)
            elif frame.opcode == frames.PONG:
                self.pongs.append(frame.payload)
            else:
                return frame

    async def receive(self):
        """The next message, text or bytes. Raises Closed or Lost."""
        opcode, payload = None, []
        while True:
            frame = await self.receive_frame()
            if frame.opcode == frames.CLOSE:
                raise Closed(*frames.read_close(frame.payload))
            assert (frame.opcode == frames.CONTINUATION) == (opcode is not None), f"{frame} after {opcode}"
            opcode = frame.opcode if opcode is None else opcode
            payload.append(frame.payload)
            if frame.is_final:
                whole = b"".join(payload)
                return whole.decode("utf-8") if opcode == frames.TEXT else whole

    async def end(self):
        """Reads until the end: the Closed or Lost with which it comes."""
        while True:
            try:
                await self.receive()
            except (Closed, Lost) as error:
                return error

    # MARK: ends

    async def close(self, code=1000, reason=""):
        """Closes as an ordinary peer does: a Close frame, and the other's is waited for."""
        with contextlib.suppress(Lost, TimeoutError):
            await self.send_close(code, reason)
            await asyncio.wait_for(self.end(), 2)
        await self.connection.close()

    def abort(self):
        self.connection.abort()

    def drop(self):
        self.connection.drop()


class LibrarySocket:
    """A connection of the `websockets` library."""

    def __init__(self, connection):
        self.connection = connection

    @classmethod
    async def open(cls, endpoint, host, target, headers=(), subprotocols=None, compression=None):
        scheme = "wss" if endpoint.tls else "ws"
        address, port = endpoint.address
        security = {"ssl": endpoint.tls, "server_hostname": host.partition(":")[0]} if endpoint.tls else {}
        try:
            return cls(await connect(
                f"{scheme}://{host}{target}", host=address, port=port, additional_headers=pairs(headers),
                subprotocols=subprotocols,
                compression=compression, proxy=None, max_size=None, open_timeout=60, close_timeout=3, ping_interval=None,
                **security,
            ))
        except websockets.exceptions.InvalidStatus as error:
            answer = error.response
            raise Refused(answer.status_code, answer.reason_phrase, list(answer.headers.raw_items()),
                answer.body or b"") from error
        except (EOFError, ConnectionError, websockets.exceptions.InvalidMessage) as error:
            raise Lost(repr(error)) from error

    @property
    def subprotocol(self):
        return self.connection.subprotocol

    @property
    def own_address(self):
        return self.connection.local_address[:2]

    async def send(self, message):
        try:
            await self.connection.send(message)
        except websockets.exceptions.ConnectionClosed as error:
            raise self._ended(error) from error

    async def receive(self):
        try:
            return await self.connection.recv()
        except websockets.exceptions.ConnectionClosed as error:
            raise self._ended(error) from error

    async def end(self):
        while True:
            try:
                await self.receive()
            except (Closed, Lost) as error:
                return error

    async def ping(self, payload):
        """Sends a PING and waits for the PONG with the same payload."""
        await asyncio.wait_for(await self.connection.ping(payload), 5)

    async def close(self, code=1000, reason=""):
        await self.connection.close(code, reason)

    def abort(self):
        self.connection.transport.abort()

    drop = abort

    @staticmethod
    def _ended(error):
        if error.rcvd is None:
            return Lost(repr(error))
        code = error.rcvd.code
        return Closed(None if code == 1005 else code, error.rcvd.reason)
