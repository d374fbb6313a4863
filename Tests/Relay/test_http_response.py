"""Answers on their way back to the sender: statements R96 to R110."""

import asyncio
import json
import os
import re
import time

import pytest

from relay_peer import frames
from relay_peer.connection import Cut
from relay_peer.sockets import Closed, Lost
from relay_peer.waiting import eventually, stays_pending, within

TRACKED = re.compile(r".+\. TrackingId:[0-9a-fA-F-]{36}_G\S+, SystemTracker:sb://\S+, Timestamp:\S+$")


class Exchange:
    """One request that a listener has and a sender waits for."""

    def __init__(self, entity, listener, **options):
        self.entity, self.listener, self.options = entity, listener, options

    async def __aenter__(self):
        self.sender = await self.entity.http()
        self.method = self.options.pop("method", "GET")
        await self.sender.send(self.method, **self.options)
        self.request = await self.listener.next_request()
        return self

    async def __aexit__(self, *_):
        self.sender.connection.drop()

    async def answer(self):
        return await within(self.sender.answer(self.method))

    async def head(self):
        return await within(self.sender.connection.read_head())

    async def body(self, size):
        """The next bytes of a chunked body, in whatever chunks they come."""
        found = b""
        while len(found) < size:
            chunk = await within(self.sender.connection.read_chunk())
            assert chunk, f"the body ended after {len(found)} bytes"
            found += chunk
        return found

    async def respond(self, *arguments, **members):
        await self.listener.respond(self.request, *arguments, **members)

    async def send(self, text, channel=None):
        await (channel or self.request.channel).send(text.replace("ID", self.request.id) if isinstance(text, str) else text)

    async def rendezvous(self, **options):
        return await self.listener.open_rendezvous(self.request.members["address"], **options)

    async def serves_another(self):
        """The sender's connection goes on."""
        await self.sender.send()
        await self.listener.respond(await self.listener.next_request(), 200, b"next")
        assert (await within(self.sender.answer())).body == b"next"


async def test_r096_answers_come_in_any_order(entity):
    async with entity.listener() as listener:
        exchanges = [await Exchange(entity, listener, suffix=f"/{number}").__aenter__() for number in range(10)]
        for exchange in reversed(exchanges):
            await exchange.respond(200, exchange.request.target.encode())
        for number, exchange in enumerate(exchanges):
            assert (await exchange.answer()).body == f"/{entity.name}/{number}".encode()
            await exchange.__aexit__()


async def test_r096_unknown_and_repeated_ids_are_passed_over(entity):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        for id in ("", "x", "0f8fad5b-d9cb-469f-a165-70867728950e", exchange.request.id + "x"):
            await listener.send(response={"requestId": id, "statusCode": 200, "body": True})
            await listener.channel.send(b"nobody's body")
        await exchange.respond(200, b"first")
        await exchange.respond(500, b"second")
        assert (await exchange.answer()).body == b"first"
        await exchange.serves_another()


async def test_r096_no_listener_answers_for_another(make_entity):
    one, other = await make_entity(), await make_entity()
    async with one.listener() as listener, other.listener() as stranger, Exchange(one, listener) as exchange:
        await stranger.respond(exchange.request, 200, b"stolen", channel=stranger.channel)
        await stays_pending(exchange.sender.connection.read_head(), "the answer of a stranger counted", limit=0.2)
    async with one.listener() as first, one.listener() as second:
        async with await one.http() as sender:
            await sender.send()
            asked = [asyncio.ensure_future(listener.next_request()) for listener in (first, second)]
            (chosen,), _ = await asyncio.wait(asked, timeout=5, return_when=asyncio.FIRST_COMPLETED)
            stranger = second if chosen is asked[0] else first
            await stranger.respond(chosen.result(), 200, b"stolen", channel=stranger.channel)
            reading = asyncio.ensure_future(sender.answer())
            await stays_pending(reading, "the answer of a stranger counted", limit=0.2)
            owner = first if chosen is asked[0] else second
            await owner.respond(chosen.result(), 200, b"own")
            assert (await within(reading)).body == b"own"
            for task in asked:
                task.cancel()


@pytest.mark.parametrize("size", [0, 1, 1_000, 65_536])
async def test_r097_a_small_answer_over_the_control_channel(entity, size):
    body = os.urandom(size)
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, body)
        answer = await exchange.answer()
        assert answer.body == body and answer.status == 200
        await exchange.serves_another()


@pytest.mark.parametrize("size", [0, 1_000, 1_048_576])
async def test_r097_a_request_of_the_control_channel_may_be_answered_by_rendezvous(entity, size):
    body = os.urandom(size)
    async with entity.listener() as listener, Exchange(entity, listener, method="POST", body=b"x") as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.respond(200, body, channel=rendezvous)
        assert (await exchange.answer()).body == body
        assert (await within(rendezvous.end())).code == 1000
        await exchange.serves_another()


async def test_r097_a_rendezvous_is_opened_once(entity):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        with pytest.raises(Exception) as caught:
            await exchange.rendezvous(raw=True)
        assert caught.value.status == 403
        await exchange.respond(200, b"ok", channel=rendezvous)
        assert (await exchange.answer()).body == b"ok"
        with pytest.raises(Exception) as caught:
            await exchange.rendezvous(raw=True)
        assert caught.value.status == 403


@pytest.mark.parametrize("fragments", [
    [b"all"], [b"all", b""], [b"a", b"l", b"l"], [b"", b"a", b"", b"ll", b""], [b"x" * 70_000, b"y" * 70_000, b""], [b""],
    [b"", b""],
])
@pytest.mark.parametrize("by_rendezvous", [False, True])
async def test_r098_a_body_is_one_message_of_any_fragments(entity, fragments, by_rendezvous):
    if not by_rendezvous and sum(map(len, fragments)) > 65_536:
        return
    async with entity.listener(raw=True, rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        channel = await exchange.rendezvous() if by_rendezvous else listener.channel
        await exchange.respond(200, fragments=fragments, channel=channel)
        assert (await exchange.answer()).body == b"".join(fragments)
        await exchange.serves_another()


async def test_r098_a_body_streams(entity):
    """What the listener wrote is with the sender before the listener wrote the rest."""
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}', rendezvous)
        head = await exchange.head()
        assert head.status == 200 and head.header("Transfer-Encoding") == "chunked"
        for index in range(5):
            await rendezvous.send_frame(frames.CONTINUATION if index else frames.BINARY, b"%d" % index * 10, is_final=False)
            assert await exchange.body(10) == b"%d" % index * 10
        await rendezvous.send_frame(frames.CONTINUATION, b"", is_final=True)
        assert await within(exchange.sender.connection.read_chunk()) == b""
        assert (await within(rendezvous.end())).code == 1000


async def test_r098_both_ways_at_once(entity):
    """A large chunked request is echoed while it is still being sent."""
    piece, count = os.urandom(60_000), 50
    async with entity.listener(rendezvous_raw=True) as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Transfer-Encoding", "chunked")]
        await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
        await sender.connection.send_chunk(piece)
        await sender.connection.send_chunk(piece)
        _, members = await listener.message()
        rendezvous = await listener.open_rendezvous(members["address"])
        await listener.read_head(rendezvous)
        await rendezvous.send('{"response":{"requestId":"%s","statusCode":200,"body":true}}' % members["id"])

        async def echo():
            first = True
            while True:
                frame = await rendezvous.receive_frame()
                await rendezvous.send_frame(frames.BINARY if first else frames.CONTINUATION, frame.payload, frame.is_final)
                first = False
                if frame.is_final:
                    return

        async def rest():
            for _ in range(count - 2):
                await sender.connection.send_chunk(piece)
            await sender.connection.send_chunk(b"")

        echoing = asyncio.ensure_future(echo())
        head = await within(sender.connection.read_head())
        assert head.status == 200
        # The first piece comes back before the rest is sent.
        received = await within(sender.connection.read_chunk())
        sending = asyncio.ensure_future(rest())
        while chunk := await within(sender.connection.read_chunk()):
            received += chunk
        assert received == piece * count
        await asyncio.gather(within(sending), within(echoing))


async def test_r099_a_normal_close_ends_a_body_without_fin(entity):
    """The Java listener never sends FIN."""
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}', rendezvous)
        for index in range(20):
            await rendezvous.send_frame(frames.CONTINUATION if index else frames.BINARY, b"x" * 4_000, is_final=False)
        await rendezvous.send_close(1000)
        assert (await exchange.answer()).body == b"x" * 80_000
        assert (await within(rendezvous.end(), 2)).code == 1000
        await exchange.serves_another()


@pytest.mark.parametrize("end", ["drop", "abort", 1001, 1011])
async def test_r099_any_other_end_breaks_the_answer(entity, end):
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}', rendezvous)
        await rendezvous.send_frame(frames.BINARY, b"x" * 1_000, is_final=False)
        assert (await exchange.head()).status == 200
        assert await exchange.body(1_000) == b"x" * 1_000
        if isinstance(end, int):
            await rendezvous.send_close(end)
        else:
            getattr(rendezvous, end)()
        with pytest.raises(Cut):
            await within(exchange.sender.connection.read_chunk())


@pytest.mark.parametrize("end", ["drop", "abort"])
async def test_r099_the_loss_of_the_control_channel_breaks_what_it_carries(entity, end):
    async with entity.listener(raw=True) as listener, Exchange(entity, listener) as exchange:
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}')
        await listener.channel.send_frame(frames.BINARY, b"x" * 100, is_final=False)
        getattr(listener.channel, end)()
        try:
            answer = await exchange.answer()
            assert answer is None or answer.status == 502, answer
        except Cut:
            pass


async def test_r100_a_close_of_the_rendezvous_is_answered_at_once(entity):
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.respond(200, fragments=[b"all", b""], channel=rendezvous)
        await rendezvous.send_close(1000, "done")
        started = time.monotonic()
        assert (await within(rendezvous.end())).code == 1000
        assert time.monotonic() - started < 1
        assert (await exchange.answer()).body == b"all"
        await exchange.serves_another()


# MARK: status, headers


@pytest.mark.parametrize("status",
    [200, 201, 202, 206, 299, 300, 302, 400, 401, 404, 410, 418, 450, 499, 500, 501, 502, 503, 504, 599])
@pytest.mark.parametrize("text", [None, "A text of its own", ""])
async def test_r101_status_and_reason_pass(entity, status, text):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(status, b"x", **({} if text is None else {"statusDescription": text}))
        answer = await exchange.answer()
        assert answer.status == status and answer.body == b"x" and answer.header("Via")
        if text:
            assert answer.reason == text
        elif status == 404:
            assert answer.reason == "Not Found"


@pytest.mark.parametrize("status",
    [0, 1, 99, 100, 101, 102, 199, 600, 999, -200, 2**31, 2**63, 200.5, "x", "", None, True, [], "200 OK", "0x200"])
async def test_r101_a_status_that_is_none_is_502(entity, status):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.send(json.dumps({"response": {"requestId": "ID", "statusCode": status, "body": False}}))
        await exchange.send('{"response":{"requestId":"ID","statusCode":502,"body":false}}')
        answer = await exchange.answer()
        assert answer.status == 502, answer


@pytest.mark.parametrize("text", ["a\r\nX-Injected: 1", "a\nb", "a\x00b", "\x7f", "grüße", "x" * 20_000])
async def test_r101_the_reason_cannot_leave_its_line(entity, text):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"x", statusDescription=text)
        answer = await exchange.answer()
        assert answer.status in (200, 502) and re.fullmatch(r"[\x20-\x7e]*", answer.reason) and not answer.all("X-Injected")
        if answer.status == 200:
            await exchange.serves_another()


async def test_r102_headers_pass(entity):
    visible = "".join(map(chr, range(0x21, 0x7F)))
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-!#$%&'*+.^_`|~": visible, "Set-Cookie": "a=1; Path=/",
        "Server": "mine",
               "Date": "Thu, 01 Jan 1970 00:00:00 GMT", "X-Empty": "", "ETag": '"x"', "Location": "https://example.com/"}
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"x", responseHeaders=headers)
        answer = await exchange.answer()
        for name, value in headers.items():
            assert answer.all(name) == [value], name


async def test_r102_headers_that_belong_to_the_connection_stay_behind(entity):
    headers = {"Connection": "close, X-Named", "X-Named": "1", "Keep-Alive": "x", "Transfer-Encoding": "gzip, chunked",
        "Upgrade": "h2c",
               "Proxy-Authenticate": "Basic", "TE": "x", "Trailer": "X", "X-Kept": "1"}
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"body", responseHeaders=headers)
        answer = await exchange.answer()
        assert answer.body == b"body" and answer.header("X-Kept") == "1"
        names = {name.lower() for name, _ in answer.headers}
        assert not names & {"keep-alive", "upgrade", "te", "trailer", "proxy-authenticate"}
        assert answer.header("Transfer-Encoding") in (None, "chunked") and "X-Named" not in (answer.header("Connection") or "")
        await exchange.serves_another()


@pytest.mark.parametrize("headers", [
    {"X-A": "1\r\nX-Injected: 1"}, {"X-A\r\nX-Injected": "1"}, {"X-A: 1\r\nX-Injected": "1"}, {"X A": "1"}, {"": "1"},
    {"X-A": "a\x00b"},
    {"X-A:": "1"}, {"X-Ä": "1"}, {"X-A": "1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, {"X-A": "1\n X-Injected: 1"},
    {" X-Injected": "1"}, {"X-Injected ": "1"}, {"X-A": "\x7f"},
])
async def test_r102_no_listener_splits_an_answer(entity, headers):
    """G7: what is no legal header is dropped, or the answer is 502; what follows on the connection is in order."""
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"body", responseHeaders={**headers, "X-Kept": "1"})
        answer = await exchange.answer()
        assert answer.status in (200, 502), answer
        assert not answer.all("X-Injected") and all(re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) for name,
            _ in answer.headers)
        assert not any(re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) for _, value in answer.headers)
        if answer.status == 200:
            assert answer.body == b"body" and answer.header("X-Kept") == "1"
            await exchange.serves_another()


async def test_r102_a_true_length_is_kept(entity):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"body", responseHeaders={"Content-Length": "4"})
        answer = await exchange.answer()
        assert answer.all("Content-Length") == ["4"] and answer.body == b"body"
        await exchange.serves_another()


@pytest.mark.parametrize("length", ["3", "5", "0", "1000000"])
@pytest.mark.parametrize("by_rendezvous", [False, True])
async def test_r102_a_length_that_is_not_true_breaks_the_answer(entity, length, by_rendezvous):
    """It is never repaired: either the answer breaks, or nothing of it was sent and it is 502."""
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        channel = await exchange.rendezvous() if by_rendezvous else None
        await exchange.respond(200, b"body", responseHeaders={"Content-Length": length}, channel=channel)
        try:
            answer = await exchange.answer()
        except Cut:
            return
        if answer is not None and answer.status != 502:
            assert answer.all("Content-Length") == [length] and len(answer.body) == int(length) < 4
            assert await within(exchange.sender.connection.rest()) == b"", "the rest of the body follows"


@pytest.mark.parametrize("length", ["x", "-1", "+4", "4, 4", "4 4", "", "0x4", "99999999999999999999999"])
async def test_r102_a_length_that_is_no_number_is_no_length(entity, length):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, b"body", responseHeaders={"Content-Length": length})
        try:
            answer = await exchange.answer()
        except Cut:
            return
        assert answer.status == 502 or answer.body == b"body", answer


@pytest.mark.parametrize("body, framing", [(None, "0"), (b"", None), (b"x", None)])
async def test_r102_framing_without_a_length(entity, body, framing):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(200, body)
        answer = await exchange.answer()
        assert answer.body == (body or b"")
        if framing:
            assert answer.all("Content-Length") == [framing] and not answer.all("Transfer-Encoding")
        await exchange.serves_another()


async def test_r102_a_streamed_body_without_a_length_is_chunked(entity):
    async with entity.listener(rendezvous_raw=True) as listener, Exchange(entity, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.respond(200, fragments=[b"a" * 70_000, b"b" * 70_000, b""], channel=rendezvous)
        answer = await exchange.answer()
        assert answer.header("Transfer-Encoding") == "chunked" and answer.body == b"a" * 70_000 + b"b" * 70_000


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("HEAD", 404), ("GET", 204), ("GET", 304), ("POST", 204)])
@pytest.mark.parametrize("body", [None, b"", b"not for you"])
async def test_r103_no_body_where_none_may_be(entity, method, status, body):
    async with entity.listener() as listener, Exchange(entity, listener, method=method) as exchange:
        await exchange.respond(status, body)
        answer = await exchange.answer()
        assert answer.status == status and answer.body == b"" and not answer.all("Transfer-Encoding")
        await exchange.serves_another()


async def test_r103_a_head_answer_keeps_the_length_that_the_listener_says(entity):
    async with entity.listener() as listener, Exchange(entity, listener, method="HEAD") as exchange:
        await exchange.respond(200, None, responseHeaders={"Content-Length": "12345"})
        answer = await exchange.answer()
        assert answer.all("Content-Length") == ["12345"]
        await exchange.serves_another()


@pytest.mark.parametrize("before", [None, "1.1 backend"])
async def test_r104_via_tells_answers_of_a_listener_from_those_of_the_gateway(entity, before):
    async with entity.listener() as listener, Exchange(entity, listener) as exchange:
        await exchange.respond(502, b"x", responseHeaders={"Via": before} if before else {})
        via = ", ".join((await exchange.answer()).all("Via"))
        assert via == (f"{before}, " if before else "") + f"1.1 {entity.host_name}"
    async with await entity.http() as sender:
        for token in (None, "x", entity.token(), entity.token("listen")):
            answer = await within(sender.ask(token=token))
            assert answer.status in (401, 403, 404) and not answer.all("Via") and TRACKED.match(answer.reason), answer
            assert answer.text.strip() == answer.reason


# MARK: deadlines


async def test_r105_no_answer_in_time_is_504(impatient):
    async with impatient.listener() as listener, Exchange(impatient, listener) as exchange:
        started = time.monotonic()
        answer = await exchange.answer()
        assert answer.status == 504 and "did not respond in the required time" in answer.reason and TRACKED.match(answer.reason)
        assert not answer.all("Via") and 1.5 < time.monotonic() - started < 4
        # Late is too late, and does no harm.
        await exchange.respond(200, b"late")
        await exchange.serves_another()


async def test_r105_a_rendezvous_that_is_not_opened_in_time_is_504(impatient):
    async with impatient.listener() as listener, await impatient.http() as sender:
        await sender.send("POST", body=b"x" * 100_000)
        name, members = await listener.message()
        assert set(members) == {"address", "id"}
        answer = await within(sender.answer())
        assert answer.status == 504
        with pytest.raises(Exception) as caught:
            await listener.open_rendezvous(members["address"], raw=True)
        assert caught.value.status == 403


async def test_r105_a_body_that_pauses_for_too_long_is_broken_off(impatient):
    async with impatient.listener(rendezvous_raw=True) as listener, Exchange(impatient, listener) as exchange:
        rendezvous = await exchange.rendezvous()
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}', rendezvous)
        started = time.monotonic()
        for index in range(4):
            # Steps shorter than the deadline, together longer.
            await rendezvous.send_frame(frames.CONTINUATION if index else frames.BINARY, b"x", is_final=False)
            await asyncio.sleep(0.8)
        with pytest.raises(Cut):
            await within(exchange.answer(), 8)
        assert time.monotonic() - started > 3


async def test_r105_an_entity_may_have_a_deadline_of_its_own(make_entity):
    """`settings/default` of the hybrid connection."""
    entity = await make_entity()
    path = entity.path + "/providers/Causeway.Relay/settings/default"
    await asyncio.to_thread(entity.namespace.relay.management.put, path, {"properties": {"responseDeadlineSeconds": 1}})
    async with entity.listener() as listener:

        async def is_short():
            started = time.monotonic()
            async with Exchange(entity, listener) as exchange:
                answer = await within(exchange.sender.answer(), 70)
                return answer.status == 504 and time.monotonic() - started < 4

        assert await within(is_short(), 6)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_r106_no_listener_is_404_with_its_text(entity, method):
    async with await entity.http() as sender:
        answer = await sender.ask(method, body=b"x" if method == "POST" else b"")
        assert answer.status == 404 and TRACKED.match(answer.reason)
        assert "There are no listeners connected for the endpoint" in answer.reason


async def test_r106_a_switch_makes_it_502(servers):
    server = servers("--no-listener-status=502")
    entity = await asyncio.to_thread(server.namespace().entity, server.unique("hyco"))

    async def status():
        async with await entity.http() as sender:
            answer = await sender.ask()
            return answer.status == 502 and "no listeners" in answer.reason

    await eventually(status, "the status is 502")


async def test_r107_a_listener_without_a_handler(impatient):
    """.NET answers 501; hyco-ws answers nothing."""
    async with impatient.listener() as listener, Exchange(impatient, listener) as exchange:
        await exchange.respond(501, None, statusDescription="RequestHandler has not been configured")
        answer = await exchange.answer()
        assert (answer.status, answer.reason) == (501, "RequestHandler has not been configured") and answer.all("Via")
        await exchange.sender.send()
        await listener.message()
        assert (await exchange.answer()).status == 504


async def test_r108_a_connection_carries_many_requests(entity):
    """Small and large, by either channel; the listener closes its rendezvous, or leaves that to the gateway."""
    async with entity.listener() as listener, await entity.http() as sender:
        for number in range(20):
            size = 100_000 if number % 2 else 100
            await sender.send("POST", body=b"x" * size)
            request = await listener.next_request()
            await listener.respond(request, 200, b"%d" % number)
            if request.rendezvous and number % 4 == 1:
                await request.rendezvous.close()
            answer = await within(sender.answer())
            assert answer.status == 200 and answer.body == b"%d" % number
            if request.rendezvous and number % 4 == 3:
                assert (await within(request.rendezvous.end())).code == 1000


async def test_r108_http_1_0_and_connection_close_end_the_connection(entity):
    async with entity.listener() as listener:
        for version, headers in (("1.0", ""), ("1.1", "Connection: close\r\n")):
            async with await entity.http() as sender:
                await sender.connection.send((f"GET /{entity.name} HTTP/{version}\r\nHost: {entity.host}\r\n{headers}"
                                              f"ServiceBusAuthorization: {entity.token()}\r\n\r\n").encode())
                await listener.respond(await listener.next_request(), 200, b"body")
                head = await within(sender.connection.read_head())
                if version == "1.0":
                    assert not head.all("Transfer-Encoding"), "HTTP/1.0 knows no chunks"
                await sender.connection.read_body(head)
                assert head.body == b"body" and await within(sender.connection.rest()) == b""


@pytest.mark.parametrize("end", ["drop", "abort"])
async def test_r109_a_sender_that_leaves_ends_its_rendezvous_with_1001(entity, end):
    async with entity.listener(rendezvous_raw=True) as listener:
        exchange = await Exchange(entity, listener).__aenter__()
        rendezvous = await exchange.rendezvous()
        await exchange.send('{"response":{"requestId":"ID","statusCode":200,"body":true}}', rendezvous)
        await rendezvous.send_frame(frames.BINARY, b"x", is_final=False)
        await exchange.head()
        getattr(exchange.sender.connection, end)()
        closed = await within(rendezvous.end())
        assert isinstance(closed, Closed) and closed.code == 1001, closed
        # And in the middle of its own body.
        async with await entity.http() as sender:
            headers = [("ServiceBusAuthorization", entity.token()), ("Content-Length", "1000000")]
            await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
            await sender.connection.send(b"x" * 100_000)
            _, members = await listener.message()
            rendezvous = await listener.open_rendezvous(members["address"])
            await listener.read_head(rendezvous)
            getattr(sender.connection, end)()
            closed = await within(rendezvous.end())
            assert isinstance(closed, (Closed, Lost)) and getattr(closed, "code", 1001) == 1001, closed


async def test_r109_a_late_answer_to_a_sender_that_left_is_passed_over(entity):
    async with entity.listener() as listener:
        exchange = await Exchange(entity, listener).__aenter__()
        exchange.sender.connection.drop()
        await exchange.respond(200, b"late")
        async with Exchange(entity, listener) as another:
            await another.respond(200, b"in time")
            assert (await another.answer()).body == b"in time"


async def test_r110_an_answer_may_come_before_the_request_is_whole(entity):
    async with entity.listener(rendezvous_raw=True) as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Transfer-Encoding", "chunked")]
        await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)
        await sender.connection.send_chunk(b"x" * 100_000)
        _, members = await listener.message()
        rendezvous = await listener.open_rendezvous(members["address"])
        await listener.read_head(rendezvous)
        await rendezvous.send('{"response":{"requestId":"%s","statusCode":413,"body":true}}' % members["id"])
        await rendezvous.send([b"too much", b""])
        answer = await within(sender.answer())
        assert answer.status == 413 and answer.body == b"too much"


async def test_r110_an_early_answer_and_a_close_do_not_lose_the_answer(entity):
    """The listener closes while the sender still pours."""
    async with entity.listener(rendezvous_raw=True) as listener, await entity.http() as sender:
        headers = [("ServiceBusAuthorization", entity.token()), ("Content-Length", "50000000")]
        await sender.connection.request("POST", f"/{entity.name}", headers, host=entity.host)

        async def pour():
            for _ in range(500):
                await sender.connection.send(b"x" * 100_000)

        pouring = asyncio.ensure_future(pour())
        _, members = await listener.message()
        rendezvous = await listener.open_rendezvous(members["address"])
        await listener.read_head(rendezvous)
        await rendezvous.send('{"response":{"requestId":"%s","statusCode":403,"body":true}}' % members["id"])
        await rendezvous.send([b"no", b""])
        await rendezvous.send_close(1000)
        answer = await within(sender.answer())
        assert answer.status == 403 and answer.body == b"no"
        sender.connection.drop()
        await asyncio.gather(pouring, return_exceptions=True)


@pytest.mark.parametrize("end", ["close", "drop", "abort"])
async def test_a_listener_that_leaves_before_it_answers_is_502(entity, end):
    async with entity.listener(raw=True) as listener, Exchange(entity, listener) as exchange:
        if end == "close":
            await listener.channel.close()
        else:
            getattr(listener.channel, end)()
        answer = await exchange.answer()
        assert answer.status == 502 and TRACKED.match(answer.reason) and not answer.all("Via"), answer


async def test_a_rendezvous_that_is_lost_before_the_answer_is_502(entity):
    async with entity.listener() as listener, await entity.http() as sender:
        await sender.send("POST", body=b"x" * 100_000)
        request = await listener.next_request()
        request.rendezvous.drop()
        answer = await within(sender.answer())
        assert answer.status == 502 and TRACKED.match(answer.reason), answer
