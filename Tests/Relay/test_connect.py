"""Connect, accept and reject: statements R49 to R68."""

import asyncio
import re
import time
import uuid
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

import pytest

from relay_peer import frames
from relay_peer.connection import Connection
from relay_peer.estate import refusal
from relay_peer.listener import form
from relay_peer.sockets import Closed, Lost, RawSocket, Refused
from relay_peer.waiting import eventually, stays_pending, within

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# What every message of the gateway's own looks like (section 9).
TEXT = re.compile(
    rf"(?P<text>.+)\. TrackingId:(?P<id>{GUID})_G\S+, SystemTracker:(?P<tracker>sb://\S+), "
    r"Timestamp:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")


class Pending:
    """A sender whose upgrade waits."""

    def __init__(self, entity, **options):
        self.task = asyncio.ensure_future(entity.connect(**{"raw": True, **options}))

    async def joined(self, limit=5):
        return await within(self.task, limit)

    async def refused(self, limit=5):
        with pytest.raises(Refused) as caught:
            await within(self.task, limit)
        return caught.value


async def test_r049_the_answer_to_a_sender_waits_for_the_listener(entity):
    async with entity.listener() as listener:
        connection = await Connection.open(entity.endpoint, entity.host_name)
        upgrade = asyncio.ensure_future(RawSocket.over(connection, entity.host, entity.target("connect"),
                                                       [("ServiceBusAuthorization", entity.token())]))
        accept = await listener.next_accept()
        await stays_pending(upgrade, "the sender was answered before the listener accepted")
        socket = await listener.accept(accept)
        await within(upgrade)
        socket.drop()
        # And so it can still be refused.
        pending = Pending(entity)
        accept = await listener.next_accept()
        await stays_pending(pending.task, "the sender was answered before the listener refused")
        await listener.reject(accept, 418, "short and stout")
        assert (await pending.refused()).status == 418


@pytest.mark.parametrize("secure", [True, False])
async def test_r050_the_accept_address(entity, secure):
    """Without TLS, and with nothing in front that could end it, the way back is without TLS too."""
    entity = entity.over_tls() if secure else entity
    token = entity.token()
    async with entity.listener() as listener:
        pair = await listener.join(token=token, place="query", suffix="/su/ffix",
            query=[("a", "1"), ("b", "x%20y%26z"), ("c", None)])
        url = urlsplit(pair.accept["address"])
        assert (url.scheme, url.netloc) == ("wss" if secure else "ws", entity.host)
        assert url.path == f"/$hc/{entity.name}/su/ffix"
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        assert query["sb-hc-action"] == "accept" and query["sb-hc-id"] == pair.accept["id"]
        assert query["a"] == "1" and query["b"] == "x y&z" and "c" in query
        address = pair.accept["address"]
        assert "token" not in address.lower() and token.split("sig=")[1][:20] not in unquote(address)
        await pair.close()


async def test_r051_the_address_survives_a_client_that_decodes_before_it_splits(entity):
    """Java decodes the query and then throws on a pair with a second `=`."""
    async with entity.listener() as listener:
        for _ in range(20):
            pair = await listener.join()
            query = urlsplit(pair.accept["address"]).query
            for part in unquote(query).split("&"):
                assert part.count("=") <= 1, part
            for name, value in parse_qsl(query):
                assert re.fullmatch(r"[A-Za-z0-9_-]+", value), (name, value)
            await pair.close()


async def test_r051_the_secret_is_long_and_new_each_time(entity):
    async with entity.listener() as listener:
        secrets = set()
        for _ in range(10):
            pair = await listener.join(id="11111111-2222-3333-4444-555555555555")
            query = dict(parse_qsl(urlsplit(pair.accept["address"]).query))
            # Whatever is neither action nor a repetition of the sender's id.
            secret = "".join(value.replace("11111111-2222-3333-4444-555555555555", "") for name, value in query.items()
                             if name != "sb-hc-action")
            assert len(secret) >= 22, query
            secrets.add(secret)
            await pair.close()
        assert len(secrets) == 10


async def test_r052_the_address_has_the_host_to_which_the_listener_came(entity):
    """There it resolves, and there the certificate is good."""
    for peer in (entity, entity.over_tls()):
        async with peer.listener() as listener:
            pair = await listener.join()
            assert urlsplit(pair.accept["address"]).netloc == peer.host
            await pair.close()


async def test_r052_an_advertised_address_comes_first(servers):
    server = servers("--relay-endpoint=relay.example.com:8443")
    namespace = await asyncio.to_thread(server.namespace)
    entity = await asyncio.to_thread(namespace.entity, server.unique("hyco"))
    entity = await entity.at(f"{namespace.name}.relay.example.com").ready()
    async with entity.listener() as listener:
        pending = Pending(entity)
        accept = await listener.next_accept()
        assert accept["address"].startswith(f"wss://{namespace.name}.relay.example.com:8443/$hc/")
        await listener.reject(accept, 400, "enough")
        await pending.refused()


@pytest.mark.parametrize("id, kept", [
    ("0f8fad5b-d9cb-469f-a165-70867728950e", True), ("0F8FAD5B-D9CB-469F-A165-70867728950E", True),
    ("0f8fad5b-d9cb-469f-a165-70867728950e_G7", True), (None, False), ("x", False), ("", False),
    ('"\\"' + "0f8fad5b-d9cb-469f-a165-70867728950e", False), ("0f8fad5b-d9cb-469f-a165-70867728950e\"\\", True),
    ("x" * 500, False),
    ("0f8fad5bd9cb469fa16570867728950e", False), ("0f8fad5b-d9cb-469f-a165-70867728950e&x=1", True), ("a=b=c", False),
])
async def test_r053_ids_begin_with_a_guid(entity, id, kept):
    async with entity.listener() as listener:
        pair = await listener.join(id=id)
        accept = pair.accept
        query = dict(parse_qsl(urlsplit(accept["address"]).query))
        for value in (accept["id"], query["sb-hc-id"]):
            assert re.match(GUID, value) and not set('"\\') & set(value), value
            assert len(value) < 100
            if kept:
                assert value[:36].lower() == id[:36].lower()
        await pair.close()


async def test_r054_connect_headers(entity):
    """hyco-ws and hyco-websocket need key, version and host."""
    sent = [("X-One", "1"), ("X-Twice", "a"), ("x-twice", "b"), ("Origin", "https://app.example"), ("User-Agent", "agent/1"),
            ("Sec-WebSocket-Protocol", "one, two"), ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
            ("X-Quoted", 'say "hi" \\ {"a":1}'), ("X-Nicode", "grüße")]
    async with entity.listener() as listener:
        pair = await listener.join(raw=True, headers=sent)
        headers = {name.lower(): value for name, value in pair.accept["connectHeaders"].items()}
        assert all(isinstance(value, str) for value in headers.values())
        assert headers["host"] == entity.host and headers["sec-websocket-version"] == "13"
        assert len(headers["sec-websocket-key"]) == 24 and headers["sec-websocket-protocol"].replace(" ", "") == "one,two"
        assert headers["sec-websocket-extensions"] == "permessage-deflate; client_max_window_bits"
        assert headers["x-one"] == "1" and headers["x-twice"] == "a, b" and headers["origin"] == "https://app.example"
        assert headers["x-quoted"] == 'say "hi" \\ {"a":1}' and headers["x-nicode"] == "grüße"
        assert "servicebusauthorization" not in headers
        await pair.close()


async def test_r055_the_sender_has_an_address(entity):
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        address, port = pair.sender.own_address
        assert pair.accept["remoteEndpoint"] == {"address": address, "port": port}
        await pair.close()
        async with await entity.http() as sender:
            await sender.send()
            request = await listener.next_request()
            address, port = sender.connection.own_address
            assert request.members["remoteEndpoint"] == {"address": address, "port": port}
            await listener.respond(request)
            await sender.answer()


# MARK: one use


async def accept_status(listener, address):
    return await refusal(listener.open_rendezvous(address, raw=True))


def without_ids(reason):
    return reason.split("TrackingId")[0]


async def test_r056_an_address_is_good_for_one_use(impatient, make_impatient_entity):
    """Used, forged, moved, stale: always 403 with one text, so that guessing teaches nothing."""
    other = await make_impatient_entity()
    async with impatient.listener() as listener, other.listener() as elsewhere:
        pair = await listener.join()
        used = pair.accept["address"]
        found = {"used": await accept_status(listener, used)}
        await pair.close()
        pending = Pending(impatient)
        accept = await listener.next_accept()
        address = accept["address"]
        secrets = [(name, value) for name, value in parse_qsl(urlsplit(address).query) if len(value) >= 22 and name != "sb-hc-id"]
        assert secrets or len(accept["id"]) > 58
        name, secret = secrets[0] if secrets else ("sb-hc-id", accept["id"])
        flipped = secret[:-2] + ("AA" if secret[-2:] != "AA" else "BB")
        found["altered"] = await accept_status(listener, address.replace(secret, flipped))
        found["cut"] = await accept_status(listener, address.replace(secret, secret[:-1]))
        found["empty"] = await accept_status(listener, address.replace(f"{name}={secret}", f"{name}="))
        found["gone"] = await accept_status(listener, address.replace(f"{name}={secret}", "x=1"))
        found["moved"] = await accept_status(elsewhere, address.replace(impatient.name, other.name))
        found["as a request"] = await accept_status(listener, address.replace("sb-hc-action=accept", "sb-hc-action=request"))
        socket = await listener.accept(accept)
        (await pending.joined()).drop()
        socket.drop()
        stale = Pending(impatient)
        accept = await listener.next_accept()
        assert (await stale.refused(4)).status == 504
        found["stale"] = await accept_status(listener, accept["address"])
    assert {what: error.status for what, error in found.items()} == dict.fromkeys(found, 403)
    texts = {without_ids(error.reason).replace(other.name, impatient.name) for error in found.values()}
    assert len(texts) == 1, texts


async def test_r056_two_accepts_at_once_join_one(entity):
    async with entity.listener() as listener:
        for _ in range(10):
            pending = Pending(entity)
            accept = await listener.next_accept()
            found = await asyncio.gather(*(listener.accept(accept, raw=True) for _ in range(5)), return_exceptions=True)
            joined = [one for one in found if isinstance(one, RawSocket)]
            assert len(joined) == 1 and all(one.status == 403 for one in found if one not in joined), found
            sender = await pending.joined()
            await sender.send("x")
            assert await within(joined[0].receive()) == "x"
            sender.drop()


async def test_r056_an_address_needs_no_token_and_is_not_helped_by_one(entity):
    async with entity.listener() as listener:
        pair = await listener.join(accept_options={"headers": [("ServiceBusAuthorization", "nonsense")]})
        await pair.close()


async def test_r057_what_is_sent_at_once_arrives(entity):
    """Bytes that come right behind a handshake belong to the connection."""
    async with entity.listener() as listener:
        for _ in range(20):
            pending = Pending(entity)
            accept = await listener.next_accept()
            url = urlsplit(accept["address"])
            connection = await Connection.open(entity.endpoint, entity.host_name)
            head = (f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode()
            await connection.send(head + frames.encode(frames.BINARY, b"early bird") + frames.encode(frames.TEXT, b"second"))
            sender = await pending.joined()
            assert await within(sender.receive()) == b"early bird" and await within(sender.receive()) == "second"
            assert (await within(connection.read_answer())).status == 101
            await sender.send(b"back")
            frame = await within(frames.read(connection.reader))
            assert frame.payload == b"back"
            sender.drop()
            connection.drop()


async def test_r057_a_sender_that_speaks_before_its_101_is_heard_after_it(entity):
    async with entity.listener() as listener:
        connection = await Connection.open(entity.endpoint, entity.host_name)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "A" * 22 + "==",
                   "ServiceBusAuthorization": entity.token()}
        await connection.request("GET", entity.target("connect"), upgrade, host=entity.host)
        await connection.send(frames.encode(frames.TEXT, b"impatient"))
        socket = await listener.accept(await listener.next_accept())
        assert await within(socket.receive()) == "impatient"
        assert (await within(connection.read_answer())).status == 101
        connection.drop()


# MARK: subprotocols and extensions


@pytest.mark.parametrize("offered, accepted, agreed", [
    (None, None, None), ("one", None, None), ("one, two", "one", "one"), ("one, two", "two", "two"),
    ("one,two", "one,two", "one"),
    ("one, two", "two, one", "two"), ("one, two", "three, two", "two"), ("One", "one", None), ("one", "three", None),
    (None, "one", None),
    ("v1.relay+json", "v1.relay+json", "v1.relay+json"),
])
async def test_r058_subprotocols(entity, offered, accepted, agreed):
    name = "Sec-WebSocket-Protocol"
    async with entity.listener() as listener:
        pending = Pending(entity, headers=[(name, offered)] if offered else [])
        accept = await listener.next_accept()
        socket = await listener.accept(accept, raw=True, headers=[(name, accepted)] if accepted else [])
        sender = await pending.joined()
        if (offered, accepted) == ("One", "one"):
            assert (sender.subprotocol, socket.subprotocol) in ((None, None), ("One", "One"))
        else:
            assert (sender.subprotocol, socket.subprotocol) == (agreed, agreed)
        sender.drop()


OFFER = "permessage-deflate; client_max_window_bits"


@pytest.mark.parametrize("offered, answered, may_be", [
    (OFFER, None, [None]), (None, OFFER, [None]), (OFFER, OFFER, [None]), (OFFER, "x-unknown", [None]),
    (OFFER, "permessage-deflate", [None, "permessage-deflate"]), (None, "permessage-deflate", [None]),
    (OFFER, "permessage-deflate, x-other", [None]), (OFFER, "permessage-deflate; server_max_window_bits=99", [None]),
])
async def test_r059_extensions_are_not_negotiated_by_accident(entity, offered, answered, may_be):
    name = "Sec-WebSocket-Extensions"
    async with entity.listener() as listener:
        pending = Pending(entity, headers=[(name, offered)] if offered else [])
        accept = await listener.next_accept()
        assert accept["connectHeaders"].get(name) == offered
        socket = await listener.accept(accept, raw=True, headers=[(name, answered)] if answered else [])
        sender = await pending.joined()
        found = sender.answer.header(name), socket.answer.header(name)
        assert found[0] == found[1] and found[0] in may_be, found
        if found[0] is None:
            await sender.send("plain")
            assert await within(socket.receive()) == "plain"
        sender.drop()


async def test_r060_a_control_channel_is_not_compressed(entity):
    offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
    async with entity.listener(raw=True, headers=offer) as listener:
        assert listener.channel.answer.header("Sec-WebSocket-Extensions") is None
    async with entity.listener(compression="deflate") as listener:
        pair = await listener.join()
        await pair.close()


# MARK: rejections


@pytest.mark.parametrize("status, text", [
    (400, "Rejected by user code"), (401, "No entry & no = exit"), (403, "a+b c%20d"), (404, "x"), (429, "slow; down"),
    (500, "y"),
    (502, "Bad Gateway"), (503, "z"), (599, "last"), (301, "elsewhere"),
])
@pytest.mark.parametrize("old", [False, True])
async def test_r061_a_rejection_reaches_the_sender_as_it_is(entity, status, text, old):
    async with entity.listener() as listener:
        pending = Pending(entity)
        answer = await listener.reject(await listener.next_accept(), status, text, old=old)
        assert answer.status == 410, answer
        refused = await pending.refused()
        assert (refused.status, refused.reason) == (status, text), refused


async def test_r061_spaces_of_both_encodings_and_any_case_of_the_names(entity):
    async with entity.listener() as listener:
        for encode, names in ((form, ("sb-hc-statusCode", "sb-hc-statusDescription")),
                (None, ("SB-HC-STATUSCODE", "sb-hc-statusdescription")),
                              (form, ("StatusCode", "StatusDescription"))):
            pending = Pending(entity)
            accept = await listener.next_accept()
            text = "Out of order" if encode is None else encode("Out of order")
            address = f"{accept['address']}&{names[0]}=503&{names[1]}={text if encode else 'Out%20of%20order'}"
            assert (await accept_status(listener, address)).status == 410
            refused = await pending.refused()
            assert (refused.status, refused.reason) == (503, unquote_plus(text))


async def test_r061_a_rejection_burns_the_address(entity):
    async with entity.listener() as listener:
        pending = Pending(entity)
        accept = await listener.next_accept()
        await listener.reject(accept, 400, "no")
        await pending.refused()
        assert (await accept_status(listener, accept["address"])).status == 403
        assert (await listener.reject(accept, 400, "no")).status == 403


@pytest.mark.parametrize("status",
    ["100", "101", "199", "200", "204", "299", "0", "-1", "99", "600", "1000", "4294967497", "x", "", "40x", "9" * 30])
async def test_r062_a_status_that_is_none_becomes_400_or_502(entity, status):
    async with entity.listener() as listener:
        pending = Pending(entity)
        assert (await listener.reject(await listener.next_accept(), status, "odd")).status == 410
        assert (await pending.refused()).status in (400, 502)


@pytest.mark.parametrize("text",
    ["a\r\nX-Injected: 1", "a\r\n\r\nHTTP/1.1 200 OK", "a\x00b", "tab\tbed", "\x7f", "grüße", "x" * 5_000, "", None, "  "])
async def test_r062_the_text_cannot_leave_its_line(entity, text):
    async with entity.listener() as listener:
        pending = Pending(entity)
        assert (await listener.reject(await listener.next_accept(), 400, text)).status == 410
        refused = await pending.refused()
        assert refused.status == 400 and re.fullmatch(r"[\x20-\x7e]*", refused.reason)
        assert not [name for name, _ in refused.headers if name.lower() == "x-injected"]


async def test_r061_only_a_listener_with_the_secret_rejects(entity):
    async with entity.listener() as listener:
        pending = Pending(entity)
        accept = await listener.next_accept()
        forged = re.sub(r"[A-Za-z0-9_-]{6}(?=$|&)", "AAAAAA", accept["address"])
        error = await accept_status(listener, forged + "&sb-hc-statusCode=400&sb-hc-statusDescription=x")
        assert error.status in (400, 403), error
        await stays_pending(pending.task, "a forged rejection counted")
        (await listener.accept(accept)).drop()
        (await pending.joined()).drop()


# MARK: silence and loss


async def test_r063_a_sender_that_nobody_accepts_gets_504(impatient):
    async with impatient.listener() as listener:
        started = time.monotonic()
        pending = Pending(impatient)
        await listener.next_accept()
        refused = await pending.refused(4)
        assert refused.status == 504 and TEXT.match(refused.reason), refused
        assert 1.5 < time.monotonic() - started < 3.5
        # Once is no offence.
        await (await listener.join()).close()


async def test_r063_a_listener_that_stays_silent_for_long_is_dropped(impatient):
    async with impatient.listener() as listener:
        for _ in range(2):
            pendings = [Pending(impatient) for _ in range(5)]
            await asyncio.gather(*(pending.refused(6) for pending in pendings), return_exceptions=True)
        await eventually(lambda: impatient.count() == 0, "the listener that never accepts is gone", limit=10)
        assert isinstance(await within(listener.channel.end()), (Closed, Lost))


@pytest.mark.parametrize("end", ["close", "drop", "abort"])
async def test_r064_another_listener_is_asked_when_the_chosen_one_leaves(entity, end):
    async with entity.listener() as first, entity.listener() as second:
        for _ in range(3):
            pending = Pending(entity)
            asked = [asyncio.ensure_future(listener.next_accept()) for listener in (first, second)]
            done, _ = await asyncio.wait(asked, timeout=5, return_when=asyncio.FIRST_COMPLETED)
            (chosen,) = done
            old = chosen.result()
            leaving, staying, waiting = (first, second, asked[1]) if chosen is asked[0] else (second, first, asked[0])
            if end == "close":
                await leaving.channel.close()
            else:
                getattr(leaving.channel, end)()
            accept = await within(waiting)
            assert urlsplit(accept["address"]).query != urlsplit(old["address"]).query, "the address was handed on"
            assert (await accept_status(staying, old["address"])).status == 403
            socket = await staying.accept(accept)
            sender = await pending.joined()
            await sender.send("x")
            assert await within(socket.receive()) == "x"
            sender.drop()
            await leaving.open()


async def test_r064_the_last_listener_that_leaves_takes_the_connect_along(impatient):
    async with impatient.listener() as listener:
        pending = Pending(impatient)
        await listener.next_accept()
        await listener.channel.close()
        assert (await pending.refused(5)).status in (404, 502, 504)


@pytest.mark.parametrize("end", ["drop", "abort"])
async def test_r065_a_sender_that_leaves_takes_its_address_along(entity, end):
    async with entity.listener() as listener:
        connection = await Connection.open(entity.endpoint, entity.host_name)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "A" * 22 + "==",
                   "ServiceBusAuthorization": entity.token()}
        await connection.request("GET", entity.target("connect"), upgrade, host=entity.host)
        accept = await listener.next_accept()
        getattr(connection, end)()

        async def is_burnt():
            try:
                return (await accept_status(listener, accept["address"])).status in (403, 410)
            except AssertionError:
                # It was joined to a sender that is not there any more.
                return True

        await eventually(is_burnt, "the address is burnt", limit=2)
        await (await listener.join()).close()


async def test_r066_nobody_listens(entity):
    guid = str(uuid.uuid4())
    error = await entity.refusal(raw=True, id=guid)
    match = TEXT.match(error.reason)
    assert error.status == 404 and match, error.reason
    assert match["text"] == "There are no listeners connected for the endpoint" and match["id"].lower() == guid
    assert match["tracker"].partition("?")[0].rstrip("/") == f"sb://{entity.host_name}/{entity.name}"
    assert TEXT.match((await entity.refusal(raw=True)).reason)


@pytest.mark.parametrize("http", [False, True])
async def test_r067_listeners_can_be_chosen(entity, http):
    ids = [str(uuid.uuid4()) for _ in range(3)]
    nobody = str(uuid.uuid4())

    async def statuses(listeners, headers):
        if not http:
            try:
                return 101, await within(entity.connect(raw=True, headers=headers))
            except Refused as error:
                return error.status, error
        async with await entity.http() as sender:
            answer = await sender.ask(headers=headers)
            return answer.status, answer

    async with entity.listener(id=ids[0]) as one, entity.listener(id=ids[1]) as two, entity.listener(id=ids[2]) as three:
        chosen = []

        def serving(name):
            async def on_request(listener, request):
                chosen.append(name)
                await listener.respond(request)

            async def on_accept(socket):
                chosen.append(name)
                await socket.end()

            return on_request, on_accept

        for name, listener in enumerate((one, two, three)):
            listener.serve(*serving(name))
        allowed, disallowed = "Microsoft-Relay-AllowedListeners", "Microsoft-Relay-DisallowedListeners"
        for headers, possible in (
            ([(allowed, ids[0])], {0}), ([(allowed, f"{ids[0]}, {ids[2]}")], {0, 2}),
            ([(allowed, f"{nobody},{ids[1].upper()}")], {1}),
            ([(disallowed, ids[0])], {1, 2}), ([(disallowed, f"{ids[0]},{ids[1]}")], {2}), ([(disallowed, nobody)], {0, 1, 2}),
            ([(allowed, f"{ids[0]},{ids[1]}"), (disallowed, ids[0])], {1}), ([(allowed, ids[0]), (allowed, ids[1])], {0, 1}),
        ):
            chosen.clear()
            # Fair draws leave one of two out of sixty once in 10^17 runs.
            for count in range(1, 61):
                status, _ = await statuses((one, two, three), headers)
                assert status == (200 if http else 101), (headers, status)
                await eventually(lambda count=count: len(chosen) == count, "it was served", interval=0.001)
                if count >= 5 and set(chosen) == possible:
                    break
            assert set(chosen) == possible, (headers, chosen)
        for headers in ([(allowed, nobody)], [(disallowed, ",".join(ids))], [(allowed, ids[0]), (disallowed, ids[0])]):
            status, answer = await statuses((one, two, three), headers)
            assert status == 404, headers
            assert "None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria" in answer.reason


async def test_r068_a_hundred_connects_at_once(entity):
    """None waits for the rendezvous of another: the listener accepts in the opposite order."""
    count = 100
    async with entity.listener() as listener:
        pendings = [Pending(entity, query=[("number", str(number))]) for number in range(count)]
        accepts = [await listener.next_accept() for _ in range(count)]
        for accept in reversed(accepts):
            number = dict(parse_qsl(urlsplit(accept["address"]).query))["number"]
            socket = await listener.accept(accept)
            await socket.send(number)
            sender = await pendings[int(number)].joined()
            assert await within(sender.receive()) == number
        for pending in pendings:
            (await pending.joined()).drop()
