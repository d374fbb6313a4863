"""A listener: the control channel, and what it does with what comes there."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlsplit

from .sockets import Closed, LibrarySocket, Lost, RawSocket, Refused
from .waiting import within

MESSAGE_LIMIT = 65_536


@dataclass
class Request:
    """An HTTP request as the listener got it, and where it is answered."""

    members: dict
    body: bytes
    channel: object = field(repr=False)
    # Opened by the listener for this request; None when it came over the control channel.
    rendezvous: object = field(default=None, repr=False)

    @property
    def id(self):
        return self.members["id"]

    @property
    def target(self):
        return self.members["requestTarget"]

    @property
    def headers(self):
        return self.members["requestHeaders"]

    def header(self, name):
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class Listener:
    """`async with` opens the control channel and closes it."""

    def __init__(self, entity, *, token="listen", place="header", raw=False, id=None, headers=(), target=None, renews=False,
                 compression=None, rendezvous_raw=False):
        self.entity, self.raw, self.id, self.rendezvous_raw = entity, raw, id, rendezvous_raw
        self.token = entity.token(token) if token in entity.rules else token
        self.place, self.headers, self.target, self.compression = place, list(headers), target, compression
        self.channel = None
        self.tasks = set()
        self.failures = []
        self.reading = asyncio.Lock()

    async def open(self):
        in_query = self.place == "query"
        headers = [] if in_query or not self.token else [("ServiceBusAuthorization" if self.place == "header" else self.place,
            self.token)]
        target = self.target or self.entity.target("listen", token=self.token if in_query else None, id=self.id)
        options = {} if self.raw else {"compression": self.compression}
        self.channel = await self.entity.socket(target, headers + self.headers, self.raw, **options)
        return self

    async def __aenter__(self):
        return await self.open()

    async def __aexit__(self, *error):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.channel:
            with contextlib.suppress(Closed, Lost):
                await self.channel.close()
        if error[0] is None:
            assert not self.failures, self.failures

    # MARK: the control channel

    async def message(self, limit=10.0):
        """The next message: its one member's name and value. Checks what every client depends on (R36, R37)."""
        text = await within(self.channel.receive(), limit)
        assert isinstance(text, str), f"a binary message of {len(text)} bytes where a command was due"
        assert len(text.encode()) < MESSAGE_LIMIT, len(text)
        members = json.loads(text, object_pairs_hook=once)
        assert len(members) == 1, members
        (name, value), = members.items()
        return name, value

    async def next_accept(self, limit=10.0):
        name, value = await self.message(limit)
        assert name == "accept", (name, value)
        return value

    async def next_request(self, limit=10.0):
        """The next request, with its body; a rendezvous is opened when the gateway asks for one."""
        async with self.reading:
            name, members = await self.message(limit)
            assert name == "request", (name, members)
            if "method" in members:
                return Request(members, await self._body(self.channel, members, limit), self.channel)
        return await self.come(members, limit)

    async def come(self, members, limit=10.0):
        """Opens the rendezvous of an address-only request and reads the request there."""
        assert set(members) == {"address", "id"}, members
        rendezvous = await self.open_rendezvous(members["address"])
        name, whole = await self.read_head(rendezvous, limit)
        assert name == "request" and whole["id"] == members["id"], whole
        return Request(whole, await self._body(rendezvous, whole, limit), rendezvous, rendezvous)

    @staticmethod
    async def read_head(channel, limit=10.0):
        text = await within(channel.receive(), limit)
        assert isinstance(text, str), text[:100]
        (name, value), = json.loads(text).items()
        return name, value

    @staticmethod
    async def _body(channel, members, limit):
        assert isinstance(members["body"], bool), members
        if not members["body"]:
            return b""
        body = await within(channel.receive(), limit)
        assert isinstance(body, bytes), body[:100]
        return body

    async def send(self, **command):
        await self.channel.send(json.dumps(command))

    async def renew(self, token):
        await self.send(renewToken={"token": token})

    async def end(self, limit=10.0):
        """The Closed or Lost with which the gateway ends the control channel."""
        return await within(self.channel.end(), limit)

    # MARK: connections

    async def open_rendezvous(self, address, *, raw=None, headers=(), **options):
        """Opens an address of the gateway, verbatim, at the endpoint that this listener uses."""
        url = urlsplit(address)
        assert url.scheme == "wss" or (url.scheme == "ws" and not self.entity.endpoint.tls), address
        target = address[address.index(url.netloc) + len(url.netloc):]
        raw = self.rendezvous_raw if raw is None else raw
        kind = RawSocket if raw else LibrarySocket
        return await kind.open(self.entity.endpoint, url.netloc, target, headers, **options)

    async def accept(self, accept, **options):
        return await self.open_rendezvous(accept["address"], **options)

    async def reject(self, accept, status, text, *, old=False, encode=quote, extra=""):
        """Refuses a connection as .NET does (form-encoded with `quote_plus`) or as Node does (`old`); the gateway's answer."""
        prefix = "" if old else "sb-hc-"
        address = f"{accept['address']}&{prefix}statusCode={status}"
        if text is not None:
            address += f"&{prefix}statusDescription={encode(text)}"
        try:
            opened = await self.open_rendezvous(address + extra, raw=True)
        except Refused as error:
            return error
        opened.drop()
        raise AssertionError("a rejection was answered with 101")

    async def join(self, raw=False, sender_raw=None, accept_options=None, **sender_options):
        """One connection through the relay: the sender's end and the listener's."""
        sender_raw = raw if sender_raw is None else sender_raw
        connecting = asyncio.ensure_future(self.entity.connect(raw=sender_raw, **sender_options))
        try:
            accept = await self.next_accept()
            mine = await self.accept(accept, raw=raw, **(accept_options or {}))
            return Pair(await within(connecting), mine, accept)
        except BaseException:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            raise

    # MARK: HTTP

    async def respond(self, request, status=200, body=None, *, channel=None, fragments=None, **members):
        """Answers where the request came, or on another channel. `body` None announces none."""
        channel = channel or request.channel
        has_body = body is not None or fragments is not None
        response = {"requestId": request.id, "statusCode": status, "body": has_body, **members}
        async with self.writing(channel):
            await channel.send(json.dumps({"response": response}))
            if has_body:
                await channel.send(fragments if fragments is not None else body)

    def writing(self, channel):
        """A response and its body are contiguous (R38)."""
        if not hasattr(channel, "writing"):
            channel.writing = asyncio.Lock()
        return channel.writing

    # MARK: service

    def serve(self, on_request=None, on_accept=None):
        """Answers everything that comes from now on, each in a task of its own. Failures are raised at the end."""
        self._start(self._serve(on_request or echo, on_accept or echo_messages))
        return self

    async def _serve(self, on_request, on_accept):
        while True:
            try:
                name, members = await self.message(3600)
            except (Closed, Lost):
                return
            if name == "accept":
                self._start(self._guarded(self._join(members, on_accept)))
            elif "method" in members:
                request = Request(members, await self._body(self.channel, members, 10), self.channel)
                self._start(self._guarded(on_request(self, request)))
            else:
                self._start(self._guarded(self._come_and_answer(members, on_request)))

    async def _join(self, members, on_accept):
        await on_accept(await self.accept(members))

    async def _come_and_answer(self, members, on_request):
        request = await self.come(members)
        await on_request(self, request)
        await request.rendezvous.end()

    async def _guarded(self, work):
        try:
            await work
        except (Closed, Lost):
            return
        except Exception as error:
            self.failures.append(error)

    def _start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@dataclass
class Pair:
    """Both ends of a joined connection, and the `accept` that led to it."""

    sender: object
    listener: object
    accept: dict = field(repr=False)

    def __iter__(self):
        return iter((self.sender, self.listener))

    async def close(self):
        self.sender.drop()
        self.listener.drop()


async def echo(listener, request):
    """Answers with the request's body."""
    await listener.respond(request, 200, request.body, responseHeaders={"X-Target": quote(request.target, safe="/?&=%")})


async def echo_messages(socket):
    """Sends every message back until the other side closes."""
    try:
        while True:
            await socket.send(await socket.receive())
    except Closed:
        await socket.close()


def once(members):
    """An object whose names are unique."""
    names = [name for name, _ in members]
    assert len(names) == len(set(names)), names
    return dict(members)


def form(text):
    return quote_plus(text)
