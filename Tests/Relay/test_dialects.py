"""Published clients as section 13 describes them, over TLS: every listener with every sender."""

import asyncio
import os

import pytest

from relay_peer.dialects import LISTENERS, SENDERS, protocols
from relay_peer.sockets import Closed
from relay_peer.waiting import within


@pytest.fixture
async def secure(entity):
    return entity.over_tls()


@pytest.mark.parametrize("dialect", [one for one in LISTENERS if one.accepts_connections], ids=str)
@pytest.mark.parametrize("sender", SENDERS, ids=str)
async def test_connections(secure, dialect, sender):
    async with dialect.listener(secure) as listener:
        if dialect.renews_at_once:
            await listener.renew(secure.token("listen"))
        connecting = asyncio.ensure_future(sender.connect(secure))
        accept = await listener.next_accept()
        offered = protocols(accept)
        theirs = await dialect.accept(listener, accept)
        ours = await within(connecting)
        chosen = dict(dialect.accept_headers(accept)).get("Sec-WebSocket-Protocol", "").split(",")[0].strip() or None
        assert ours.subprotocol == theirs.subprotocol == chosen and (offered is None) == (sender.name != "browser")
        assert ours.answer.header("Sec-WebSocket-Extensions") is None
        for one, other in ((ours, theirs), (theirs, ours)):
            for message in ("text", b"binary", os.urandom(70_000)):
                await one.send(message)
                assert await within(other.receive()) == message
        await ours.send_close(1000)
        assert isinstance(await within(theirs.end()), Closed)
        await theirs.send_close(1000)
        assert isinstance(await within(ours.end()), Closed)


@pytest.mark.parametrize("dialect", [one for one in LISTENERS if one.accepts_connections], ids=str)
async def test_rejections(secure, dialect):
    async with dialect.listener(secure) as listener:
        for status, text in ((400, "Rejected by user code"), (401, "No entry + no exit"), (502, "Bad Gateway")):
            connecting = asyncio.ensure_future(secure.refusal(raw=True))
            answer = await dialect.reject(listener, await listener.next_accept(), status, text)
            refused = await within(connecting)
            assert (answer.status, refused.status, refused.reason) == (410, status, text)


REQUESTS = [("GET", 0, 0), ("GET", 0, 1_000), ("HEAD", 0, 0), ("POST", 10, 0), ("POST", 10, 10), ("DELETE", 0, 0),
    ("PUT", 60_000, 60_000)]
LARGE = [("POST", 100_000, 10), ("GET", 0, 300_000), ("PUT", 200_000, 200_000)]


@pytest.mark.parametrize("dialect", [one for one in LISTENERS if one.accepts_requests], ids=str)
async def test_requests(secure, dialect):
    async with dialect.listener(secure) as listener, await secure.http() as sender:
        if dialect.renews_at_once:
            await listener.renew(secure.token("listen"))
        for method, sent, received in REQUESTS + (LARGE if dialect.opens_rendezvous else []):
            body, expected = os.urandom(sent), os.urandom(received)
            answering = asyncio.ensure_future(ask(sender, method, body))
            request = await listener.next_request()
            assert request.body == body and request.members["method"] == method
            await dialect.answer(listener, request, 200, expected, responseHeaders={"Content-Type": "application/octet-stream"})
            answer = await within(answering)
            assert (answer.status, answer.body) == (200, b"" if method == "HEAD" else expected), (method, sent, received)
        for status in (204, 304, 404):
            answering = asyncio.ensure_future(ask(sender, "GET", b""))
            await dialect.answer(listener, await listener.next_request(), status, b"", statusDescription="As said")
            answer = await within(answering)
            assert (answer.status, answer.reason, answer.body) == (status, "As said", b"")


async def ask(sender, method, body):
    return await sender.ask(method, body=body)


async def test_rust_announces_a_body_and_never_sends_it(secure):
    """R40: the next text abandons it, and the channel goes on."""
    async with secure.listener() as listener, await secure.http() as first, await secure.http() as second:
        await first.send()
        abandoned = await listener.next_request()
        await listener.send(response={"requestId": abandoned.id, "statusCode": 200, "body": True})
        await second.send()
        request = await listener.next_request()
        await listener.respond(request, 200, b"ok")
        assert (await within(second.answer())).body == b"ok"


async def test_java_renews_with_garbage_reconnects_and_loses_nothing(secure):
    """R44: 1008, then a new channel at once, while the joined connection lives on."""
    async with secure.listener() as listener:
        pair = await listener.join()
        for _ in range(3):
            await listener.renew("com.microsoft.azure.relay.SecurityToken@1b28cdfa")
            assert (await listener.end()).code == 1008
            await listener.open()
            await (await listener.join()).close()
        await pair.sender.send("still")
        assert await within(pair.listener.receive()) == "still"
        await pair.close()


async def test_a_listener_that_ignores_requests_costs_its_senders_a_504_and_no_more(impatient):
    """hyco-ws does not know `request` (R107)."""
    async with impatient.listener() as listener, await impatient.http() as sender:
        await sender.send()
        assert (await listener.message())[0] == "request"
        assert (await within(sender.answer())).status == 504
        await (await listener.join()).close()
