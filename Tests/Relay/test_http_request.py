"""HTTP requests on their way to the listener: statements R81 to R95, R111."""

import asyncio
import os
import re
from urllib.parse import urlsplit

import aiohttp
import pytest

from relay_peer.connection import Connection
from relay_peer.estate import refusal
from relay_peer.sockets import RawSocket
from relay_peer.waiting import stays_pending, within

BODY_MAXIMUM = 65_536
GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


async def relayed(entity, listener, method="GET", **options):
    """One request as the listener got it; it is answered with 200 and nothing."""
    async with await entity.http() as sender:
        await sender.send(method, **options)
        request = await listener.next_request()
        await listener.respond(request)
        answer = await sender.answer(method)
        assert answer.status == 200, answer
        if request.rendezvous:
            await within(request.rendezvous.end())
        return request


@pytest.mark.parametrize("method",
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get", "X-Custom"])
async def test_r081_methods_pass_verbatim(entity, method):
    async with entity.listener() as listener:
        request = await relayed(entity, listener, method)
        assert request.members["method"] == method and request.members["body"] is False


async def test_r081_connect_is_no_method_of_a_relay(entity):
    async with entity.listener() as listener:
        for target in (f"/{entity.name}", entity.host, "example.com:443"):
            async with await entity.http() as sender:
                await sender.connection.request("CONNECT", target, [("ServiceBusAuthorization", entity.token())],
                    host=entity.host)
                answer = await sender.answer()
                assert answer.status in (400, 404, 405, 501), answer
        await stays_pending(listener.message(), "a CONNECT was relayed", limit=0.2)


async def test_r081_httpx_and_aiohttp_are_served(entity):
    async with entity.listener() as listener:
        listener.serve()
        async with entity.httpx() as client:
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = await client.request(method, "/a/b?c=d", content=b"x" * 1_000 if method in ("POST", "PUT") else None)
                assert answer.status_code == 200 and answer.content == (b"x" * 1_000 if method in ("POST", "PUT") else b"")
                assert answer.headers["X-Target"] == f"/{entity.name}/a/b?c=d"
        async with aiohttp.ClientSession(headers={"ServiceBusAuthorization": entity.token()}) as session:
            for size in (0, 1, 100_000):
                async with session.post(f"http://{entity.host}/{entity.name}", data=b"y" * size) as answer:
                    assert answer.status == 200 and await answer.read() == b"y" * size


@pytest.mark.parametrize("suffix", ["", "/", "/a", "/a/b/c.html", "//a//b", "/a;b=c", "/A/b"])
async def test_r082_the_target_has_the_entity_and_the_suffix(entity, suffix):
    async with entity.listener() as listener:
        assert (await relayed(entity, listener, suffix=suffix)).target == f"/{entity.name}{suffix}"


async def test_r082_the_target_is_spelled_as_the_sender_spelled_it(entity):
    async with entity.listener() as listener:
        for path in (f"/{entity.name.upper()}/X", f"/{entity.name}/x"):
            assert (await relayed(entity, listener, target=path)).target == path


async def test_r082_an_absolute_target_of_our_host_is_the_same(entity):
    async with entity.listener() as listener:
        request = await relayed(entity, listener, target=f"http://{entity.host}/{entity.name}/a?b=c")
        assert request.target == f"/{entity.name}/a?b=c"


QUERIES = [
    ("?", "?"), ("?a=b", "?a=b"), ("?&", "?&"), ("?&&a&", "?&&a&"), ("?&&a&&", "?&&a&&"), ("?a=1&a=2", "?a=1&a=2"),
    ("?=x", "?=x"),
    ("?a=b=c", "?a=b=c"), ("?a+b=c%20d", "?a+b=c%20d"), ("?a=%41", "?a=%41"),
    ("?sb-hc-id=1", ""), ("?sb-hc-id=1&a=b", "?a=b"), ("?a=b&sb-hc-id=1", "?a=b"), ("?a=1&sb-hc-id=1&b=2", "?a=1&b=2"),
    ("?SB-HC-Token=x&a=1", "?a=1"), ("?sb%2Dhc-action=x&a=1", "?a=1"), ("?sb-hc-unknown=x&a=1", "?a=1"), ("?sb-hc-x", "?sb-hc-x"),
    ("?sb-hc-x&a=1", "?sb-hc-x&a=1"), ("?xsb-hc-x=1", "?xsb-hc-x=1"), ("?a=sb-hc-id=1", "?a=sb-hc-id=1"),
    ("?a=/?:@!$'()*,;", "?a=/?:@!$'()*,;"), ("?sb-hc-=1&a=2", "?a=2"),
]


@pytest.mark.parametrize("sent, received", QUERIES)
async def test_r083_our_parameters_are_taken_out_of_the_query_and_nothing_else_is_touched(anonymous, sent, received):
    async with anonymous.listener() as listener:
        request = await relayed(anonymous, listener, suffix=sent, token=None)
        # An empty query may stand or go; every other one is compared byte for byte.
        expected = {f"/{anonymous.name}{received}"} | ({f"/{anonymous.name}"} if received == "?" else set())
        assert request.target in expected


PATHS = [
    ("/extra%20Path", "/extra Path"), ("/a%41b", "/aAb"), ("/%7Euser", "/~user"), ("/a%2Fb", "/a%2Fb"), ("/a%3Fb", "/a%3Fb"),
    ("/a%23b", "/a%23b"), ("/a%25b", "/a%25b"), ("/a%5Cb", "/a%5Cb"), ("/a%0Ab", "/a%0Ab"), ("/a%00b", None),
    ("/a%2fb", "/a%2fb"),
    ("/%C3%A4", "/ä"), ("/%ff", "/%ff"), ("/a+b", "/a+b"), ("/%2e%2e/x", None), ("/a%253Fb", "/a%253Fb"),
]


@pytest.mark.parametrize("sent, received", PATHS)
async def test_r084_escapes_that_cannot_change_the_structure_are_decoded(entity, sent, received):
    """The Java listener encodes the path again. `None`: refused or kept, but never made into something else."""
    async with entity.listener() as listener, await entity.http() as sender:
        await sender.send(suffix=sent)
        if received is None:
            answering = asyncio.ensure_future(sender.answer())
            hearing = asyncio.ensure_future(listener.next_request())
            done, _ = await asyncio.wait((answering, hearing), timeout=5, return_when=asyncio.FIRST_COMPLETED)
            if hearing in done:
                assert hearing.result().target.lower() == f"/{entity.name}{sent}".lower()
                await listener.respond(hearing.result())
                await answering
            else:
                hearing.cancel()
                assert answering.result().status in (400, 404)
            return
        request = await listener.next_request()
        # Escapes beyond ASCII may be decoded or stay.
        allowed = [received] if received.isascii() else [received, sent]
        assert request.target in [f"/{entity.name}{path}" for path in allowed]
        await listener.respond(request)
        await sender.answer()


async def test_r084_the_query_keeps_its_escapes(entity):
    async with entity.listener() as listener:
        request = await relayed(entity, listener, suffix="/a%20b?c%20d=e%2Ff")
        assert request.target == f"/{entity.name}/a b?c%20d=e%2Ff"


async def test_r084_a_switch_leaves_the_path_as_it_was_sent(servers):
    server = servers("--raw-request-path")
    entity = await (await asyncio.to_thread(server.namespace().entity, server.unique("hyco"))).ready()
    async with entity.listener() as listener:
        for path in ("/extra%20Path", "/a%41b", "/a%2fb", "/%C3%A4"):
            assert (await relayed(entity, listener, suffix=path)).target == f"/{entity.name}{path}"


HOP_BY_HOP = [
    ("Connection", "keep-alive, X-Named"), ("X-Named", "by Connection"), ("TE", "trailers"), ("Trailer", "X-Sum"), ("Close", "1"),
    ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "Basic eDp5"),
]


async def test_r085_headers_that_belong_to_the_connection_stay_behind(entity):
    headers = [*HOP_BY_HOP, ("X-Kept", "1"), ("Content-Type", "text/plain")]
    async with entity.listener() as listener:
        request = await relayed(entity, listener, "POST", headers=headers, body=b"body")
        names = {name.lower() for name in request.headers}
        forbidden = {name.lower() for name, _ in HOP_BY_HOP} | {"servicebusauthorization", "content-length",
            "transfer-encoding", "upgrade", "expect"}
        assert not names & forbidden, names & forbidden
        assert request.header("X-Kept") == "1" and request.header("Content-Type") == "text/plain" and request.body == b"body"


async def test_r085_repeated_headers_are_joined(entity):
    headers = [("X-Many", "a"), ("x-many", "b, c"), ("X-MANY", "d"), ("Cookie", "a=1"), ("Cookie", "b=2; c=3"),
        ("Accept", "text/html"),
               ("Accept", "*/*")]
    async with entity.listener() as listener:
        request = await relayed(entity, listener, headers=headers)
        assert request.header("X-Many") == "a, b, c, d" and request.header("Cookie") == "a=1; b=2; c=3"
        assert request.header("Accept") == "text/html, */*"
        assert all(isinstance(value, str) for value in request.headers.values())


async def test_r085_chunked_and_expecting_requests_leave_no_trace_of_that(entity):
    async with entity.listener() as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue")]
        await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
        assert (await within(sender.connection.read_head())).status == 100
        await sender.connection.send_chunk(b"chunk")
        await sender.connection.send_chunk(b"")
        request = await listener.next_request()
        assert not {name.lower() for name in request.headers} & {"transfer-encoding", "expect", "content-length"}
        assert request.body == b"chunk"
        await listener.respond(request)
        assert (await sender.answer()).status == 200


async def test_r086_the_host_is_included(entity):
    async with entity.listener() as listener:
        assert (await relayed(entity, listener)).header("Host") == entity.host


@pytest.mark.parametrize("before", [None, "1.0 fred", "1.1 a, 1.1 b"])
async def test_r087_via_is_added_or_extended(entity, before):
    async with entity.listener() as listener:
        request = await relayed(entity, listener, headers=[("Via", before)] if before else [])
        own = f"1.1 {entity.host_name}"
        assert request.header("Via") in ([own] if before is None else [f"{before}, {own}", f"{before},{own}"])


async def test_r088_names_and_values_of_every_legal_character_arrive(entity):
    visible = "".join(map(chr, range(0x21, 0x7F)))
    headers = [("X-!#$%&'*+-.^_`|~-0123456789", visible), ("X-Blank", "a  b\tc"), ("X-Empty", ""), ("0", "zero"),
        ("X-Json", '{"a":"\\"}')]
    async with entity.listener() as listener:
        request = await relayed(entity, listener, headers=headers)
        for name, value in headers:
            assert request.header(name) == value, name


async def test_r089_every_request_has_what_listeners_need(entity):
    async with entity.listener() as listener:
        ids = set()
        for method, body in (("GET", b""), ("POST", b"x"), ("POST", b"x" * 70_000)):
            request = await relayed(entity, listener, method, body=body)
            members = request.members
            assert {"address", "id", "requestTarget", "method", "requestHeaders", "remoteEndpoint", "body"} <= set(members)
            address = urlsplit(members["address"])
            assert re.match(GUID, members["id"]) and address.netloc == entity.host and address.path.startswith("/$hc/")
            assert {"sb-hc-action=request", f"sb-hc-id={members['id']}"} <= set(address.query.split("&"))
            ids.add(members["id"])
        assert len(ids) == 3


async def test_r089_ids_are_unique_even_when_the_sender_repeats_its_own(anonymous):
    guid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    async with anonymous.listener() as listener:
        ids = set()
        async with await anonymous.http() as first, await anonymous.http() as second:
            requests = []
            for sender in (first, second):
                await sender.send(suffix=f"?sb-hc-id={guid}", token=None)
                requests.append(await listener.next_request())
                ids.add(requests[-1].id)
            assert len(ids) == 2, ids
            for number, request in enumerate(requests):
                await listener.respond(request, 200, b"%d" % number)
            assert [(await sender.answer()).body for sender in (first, second)] == [b"0", b"1"]


# MARK: which channel


@pytest.mark.parametrize("size", [0, 1, 1_000, 32_768, 64_000])
async def test_r090_a_small_request_comes_over_the_control_channel(entity, size):
    body = os.urandom(size)
    async with entity.listener() as listener:
        request = await relayed(entity, listener, "POST", body=body, headers=[] if size else [("Content-Length", "0")])
        assert request.rendezvous is None and request.body == body


@pytest.mark.parametrize("size", [BODY_MAXIMUM + 1, 100_000, 1_048_576])
async def test_r091_a_large_request_comes_by_rendezvous(entity, size):
    body = os.urandom(size)
    async with entity.listener() as listener:
        request = await relayed(entity, listener, "PUT", body=body)
        assert request.rendezvous is not None and request.body == body and request.members["method"] == "PUT"


async def test_r090_r091_at_the_border_nothing_is_lost(entity):
    async with entity.listener() as listener:
        for size in range(BODY_MAXIMUM - 2_000, BODY_MAXIMUM + 3, 333):
            body = os.urandom(size)
            assert (await relayed(entity, listener, "POST", body=body)).body == body


async def send_chunked(sender, entity, chunks):
    headers = [("ServiceBusAuthorization", entity.token()), ("Transfer-Encoding", "chunked")]
    await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
    for chunk in chunks:
        await sender.connection.send_chunk(chunk)
    await sender.connection.send_chunk(b"")


@pytest.mark.parametrize("chunks", [[], [b"a"], [b"a", b"b" * 1_000, b"c"], [b"x" * 60_000, b"y" * 60_000], [b"z" * 1_000] * 300])
async def test_r091_r092_chunked_requests_arrive_whole(entity, chunks):
    async with entity.listener() as listener, await entity.http() as sender:
        await send_chunked(sender, entity, chunks)
        request = await listener.next_request()
        assert request.body == b"".join(chunks)
        if not chunks:
            assert request.members["body"] is False and request.rendezvous is None
        await listener.respond(request, 200, b"ok")
        assert (await sender.answer()).body == b"ok"
        if request.rendezvous:
            await within(request.rendezvous.end())


async def test_r092_a_short_chunked_request_that_comes_at_once_needs_no_rendezvous(entity):
    """The Rust and Go listeners know none."""
    async with entity.listener() as listener, await entity.http() as sender:
        head = (f"POST /{entity.name} HTTP/1.1\r\nHost: {entity.host}\r\nServiceBusAuthorization: {entity.token()}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        await sender.connection.send(head.encode())
        request = await listener.next_request()
        assert request.body == b"hello" and request.rendezvous is None
        await listener.respond(request)
        assert (await sender.answer()).status == 200


async def test_r093_the_body_on_a_rendezvous_is_one_message_in_fragments(entity):
    """It streams: the first fragments are there while the sender has not sent the last."""
    pieces = [os.urandom(40_000) for _ in range(6)]
    async with entity.listener(rendezvous_raw=True) as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Transfer-Encoding", "chunked")]
        await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
        for piece in pieces[:3]:
            await sender.connection.send_chunk(piece)
        name, members = await listener.message()
        assert name == "request" and set(members) == {"address", "id"}
        rendezvous = await listener.open_rendezvous(members["address"])
        name, whole = await listener.read_head(rendezvous)
        assert whole["body"] is True and whole["id"] == members["id"]
        received, count, is_final = b"", 0, False
        while len(received) < 120_000:
            frame = await within(rendezvous.receive_frame())
            assert frame.opcode == (0 if count else 2) and not frame.is_final and len(frame.payload) <= BODY_MAXIMUM
            received, count = received + frame.payload, count + 1
        for piece in pieces[3:]:
            await sender.connection.send_chunk(piece)
        await sender.connection.send_chunk(b"")
        while not is_final:
            frame = await within(rendezvous.receive_frame())
            assert frame.opcode == 0 and len(frame.payload) <= BODY_MAXIMUM
            received, is_final = received + frame.payload, frame.is_final
        assert received == b"".join(pieces)
        await rendezvous.send('{"response":{"requestId":"%s","statusCode":200,"body":false}}' % whole["id"])
        assert (await sender.answer()).status == 200
        assert (await within(rendezvous.end())).code == 1000


@pytest.mark.parametrize("method, headers", [("GET", []), ("POST", [("Content-Length", "0")]), ("DELETE", []), ("HEAD", [])])
async def test_r094_a_body_is_announced_only_when_there_is_one(entity, method, headers):
    async with entity.listener() as listener:
        request = await relayed(entity, listener, method, headers=headers)
        assert request.members["body"] is False and request.rendezvous is None
        # And no binary message follows: the next thing is another request's text.
        await relayed(entity, listener)


@pytest.mark.parametrize("size", [10, 200_000])
async def test_r095_100_continue(entity, size):
    async with entity.listener() as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Expect", "100-continue"), ("Content-Length", str(size))]
        await sender.connection.request("PUT", f"/{entity.name}", headers, host=entity.host)
        if size > BODY_MAXIMUM:
            listening = asyncio.ensure_future(listener.next_request())
        answer = await within(sender.connection.read_head())
        assert answer.status == 100, answer
        await sender.connection.send(b"x" * size)
        request = await within(listening) if size > BODY_MAXIMUM else await listener.next_request()
        assert len(request.body) == size
        await listener.respond(request, 201)
        assert (await sender.answer()).status == 201


async def test_r095_a_refused_request_is_refused_without_100(entity):
    async with await entity.http() as sender:
        headers = [("Expect", "100-continue"), ("Content-Length", "1000")]
        await sender.connection.request("PUT", f"/{entity.name}", headers, host=entity.host)
        assert (await within(sender.connection.read_head())).status == 401


async def test_r111_upgrades_are_not_relayed_as_requests(entity):
    async with entity.listener() as listener:
        error = await refusal(RawSocket.open(entity.endpoint, entity.host, f"/{entity.name}",
            [("ServiceBusAuthorization", entity.token())]))
        assert error.status in (400, 404, 426, 501), error
        await stays_pending(listener.message(), "an upgrade was relayed", limit=0.2)


# MARK: order and number


async def test_requests_that_are_pipelined_are_answered_in_order(entity):
    """H8 of the threat model: the listener answers in the opposite order."""
    async with entity.listener() as listener, await entity.http() as sender:
        rest = f"Host: {entity.host}\r\nServiceBusAuthorization: {entity.token()}\r\n\r\n"
        head = "".join(f"GET /{entity.name}/{number} HTTP/1.1\r\n{rest}"
                       for number in range(5))
        await sender.connection.send(head.encode())
        listener.serve()
        for number in range(5):
            answer = await within(sender.answer())
            assert answer.header("X-Target") == f"/{entity.name}/{number}"


async def test_a_hundred_requests_at_once(entity):
    async def on_request(listener, request):
        await listener.respond(request, 200, request.target.encode() + b" " + request.body)

    async def ask(client, number):
        size = [0, 10, 70_000][number % 3]
        answer = await client.post(f"/{number}", content=b"%d" % (number % 10) * size)
        assert answer.status_code == 200
        assert answer.content == f"/{entity.name}/{number} ".encode() + b"%d" % (number % 10) * size

    async with entity.listener() as listener, entity.httpx() as client:
        listener.serve(on_request)
        await asyncio.gather(*(ask(client, number) for number in range(100)))


@pytest.mark.parametrize("raw", [
    "POST /{name} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    "GET /{name}/smuggled HTTP/1.1\r\n\r\n",
    "POST /{name} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "POST /{name} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "POST /{name} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST /{name} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "GET /{name} HTTP/1.1\r\nHost: {host}\r\nHost: other\r\n\r\n",
    "GET http://other.example/{name} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "GET /{name} HTTP/1.1\r\nHost: {host}\r\n folded: x\r\n\r\n",
])
async def test_what_two_parsers_could_read_differently_is_not_relayed(anonymous, raw):
    """Framing has a suite of its own; here it is shown that none of it reaches a listener."""
    async with anonymous.listener() as listener:
        connection = await Connection.open(anonymous.endpoint, anonymous.host_name)
        await connection.send(raw.format(name=anonymous.name, host=anonymous.host).encode())
        answer = await within(connection.read_answer())
        assert answer.status in (400, 404, 421, 501), answer
        assert await within(connection.rest()) == b""
        await stays_pending(listener.message(), "it was relayed", limit=0.1)
        connection.drop()
