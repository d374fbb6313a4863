"""Roles, sockets and addresses: statements R1 to R12."""

import asyncio
import hashlib
import re
import ssl
import uuid
from urllib.parse import quote

import pytest

from relay_peer.connection import Connection
from relay_peer.estate import refusal
from relay_peer.sockets import RawSocket
from relay_peer.waiting import within

NO_LISTENERS = "There are no listeners connected for the endpoint"


async def test_r001_tls_http_1_1_and_version_13(entity):
    secure = entity.over_tls()
    async with secure.listener() as listener:
        pair = await listener.join()
        await pair.sender.send("over TLS")
        assert await within(pair.listener.receive()) == "over TLS"
        assert pair.accept["address"].startswith("wss://")
        await pair.close()


async def test_r001_the_tls_port_does_not_answer_to_strangers(entity):
    """Neither plain text nor a client that trusts other authorities gets anywhere."""
    secure = entity.over_tls()
    plain = await Connection.open(type(secure.endpoint)(secure.endpoint.address), secure.host_name)
    await plain.request("GET", "/", host=secure.host)
    assert not (await plain.rest()).startswith(b"HTTP/1.1 2")
    plain.drop()
    stranger = type(secure.endpoint)(secure.endpoint.address, ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        await Connection.open(stranger, secure.host_name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_r001_only_http_1_1_is_agreed_on_and_old_tls_is_refused(entity):
    """Clients that also know HTTP/2 offer both."""
    secure = entity.over_tls()
    context = ssl.create_default_context(cafile=entity.namespace.relay.management.settings.ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    connection = await Connection.open(type(secure.endpoint)(secure.endpoint.address, context), secure.host_name)
    assert connection.writer.get_extra_info("ssl_object").selected_alpn_protocol() in (None, "http/1.1")
    await connection.request("GET", f"/{entity.name}", [("ServiceBusAuthorization", entity.token())], host=secure.host)
    assert (await within(connection.read_answer())).status == 404
    connection.drop()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)) as caught:
        await Connection.open(type(secure.endpoint)(secure.endpoint.address, context), secure.host_name)
    assert "NO_PROTOCOLS" not in str(caught.value), "this client cannot even try"


async def test_r001_another_websocket_version_is_426(entity):
    connection = await Connection.open(entity.endpoint, entity.host_name)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "8",
        "Sec-WebSocket-Key": "A" * 22 + "==",
               "ServiceBusAuthorization": entity.token()}
    await connection.request("GET", entity.target("connect"), headers, host=entity.host)
    answer = await connection.read_answer()
    assert answer.status == 426 and answer.header("Sec-WebSocket-Version") == "13"
    connection.drop()


@pytest.mark.parametrize("marker", ["$hc", "%24hc"])
async def test_r002_the_first_segment_may_be_escaped(entity, marker):
    async with entity.listener(target=entity.target("listen").replace("$hc", marker)) as listener:
        connecting = asyncio.ensure_future(
            entity.socket(entity.target("connect").replace("$hc", marker), [("ServiceBusAuthorization", entity.token())]))
        socket = await listener.accept(await listener.next_accept())
        sender = await within(connecting)
        await sender.send(b"x")
        assert await within(socket.receive()) == b"x"


async def test_r002_another_first_segment_is_no_hybrid_connection_path(entity):
    """`/$hcx/…` names an entity that is not there; an upgrade without the marker is not relayed (R111)."""
    for path in (f"/$hcx/{entity.name}", f"/{entity.name}"):
        error = await refusal(RawSocket.open(entity.endpoint, entity.host, path,
            [("ServiceBusAuthorization", entity.root_token())]))
        assert error.status in (400, 404), error


@pytest.mark.parametrize("in_query", [False, True])
async def test_r003_no_action_means_connect(entity, anonymous, in_query):
    for target, headers, listened in (
        (entity.target(token=entity.token() if in_query else None),
         [] if in_query else [("ServiceBusAuthorization", entity.token())], entity),
        (anonymous.target(), [], anonymous),
    ):
        async with listened.listener() as listener:
            connecting = asyncio.ensure_future(listened.socket(target, headers, raw=True))
            await listener.accept(await listener.next_accept())
            await within(connecting)


@pytest.mark.parametrize("action", ["frobnicate", "connect2", "Listener", "%00"])
async def test_r003_an_unknown_action_is_400(entity, action):
    async with entity.listener():
        error = await refusal(entity.socket(f"/$hc/{entity.name}?sb-hc-action={action}",
                                            [("ServiceBusAuthorization", entity.root_token())], raw=True))
        assert error.status == 400, error


@pytest.mark.parametrize("spaces", ["%20", "+"])
@pytest.mark.parametrize("name", ["sb-hc-token", "SB-HC-Token"])
async def test_r004_parameters_are_form_decoded_and_their_names_match_in_any_case(entity, spaces, name):
    token = quote(entity.token("listen"), safe="").replace("%20", spaces)
    target = f"/$hc/{entity.name}?SB-HC-ACTION=listen&{name}={token}"
    async with entity.listener(target=target, token=None) as listener:
        connecting = asyncio.ensure_future(entity.connect(place="query", action=None, query=[("Sb-Hc-Action", "connect")]))
        await listener.accept(await listener.next_accept())
        await within(connecting)


@pytest.mark.parametrize("order", [
    "first=1&{action}&{token}&{id}&last=2", "{id}&first=1&{token}&last=2&{action}", "{token}&{id}&{action}&first=1&last=2",
])
async def test_r005_parameters_come_in_any_order(entity, order):
    guid = str(uuid.uuid4())
    query = order.format(action="sb-hc-action=connect", token="sb-hc-token=" + quote(entity.token(), safe=""),
        id="sb-hc-id=" + guid)
    async with entity.listener() as listener:
        connecting = asyncio.ensure_future(entity.socket(f"/$hc/{entity.name}?{query}", raw=True))
        accept = await listener.next_accept()
        assert accept["id"].startswith(guid)
        address = accept["address"]
        assert "first=1" in address and "last=2" in address and address.index("first=1") < address.index("last=2")
        await listener.accept(accept)
        await within(connecting)


# MARK: entities


@pytest.fixture
async def nested(make_entity, server):
    """`name`, `name/sub` and `name/sub/Deep`."""
    name = server.unique("nest")
    return [await make_entity(path) for path in (name, name + "/sub", name + "/sub/Deep")]


async def test_r006_the_longest_entity_on_a_segment_boundary_gets_the_connection(nested):
    top, middle, deep = nested
    token = [("ServiceBusAuthorization", top.root_token())]
    async with top.listener() as at_top, middle.listener() as at_middle, deep.listener() as at_deep:
        for path, listener in (
            (top.name, at_top), (top.name + "/", at_top), (top.name + "/submarine", at_top), (top.name + "/x/sub", at_top),
            (top.name + "/sub", at_middle), (top.name + "/sub/", at_middle), (top.name.upper() + "/SUB/more/and/more", at_middle),
            (top.name + "/%73ub/x", at_middle), (top.name + "/sub/deepest", at_middle),
            (top.name + "/sub/deep", at_deep), (top.name + "/SUB/DEEP/x", at_deep),
        ):
            sender = asyncio.ensure_future(top.socket(f"/$hc/{path}?sb-hc-action=connect", token, raw=True))
            await listener.accept(await listener.next_accept())
            (await within(sender)).drop()


async def test_r006_a_suffix_reaches_the_listener_in_the_address(entity):
    async with entity.listener() as listener:
        connecting = asyncio.ensure_future(entity.connect(suffix="/tail/%C3%A4%20b", raw=True))
        accept = await listener.next_accept()
        assert f"/$hc/{entity.name}/tail/" in accept["address"], accept["address"]
        await listener.accept(accept)
        await within(connecting)


async def test_r006_a_listener_registers_on_the_exact_entity_only(entity):
    async with entity.listener(target=f"/$hc/{entity.name}/?sb-hc-action=listen"):
        assert entity.count() == 1
    for suffix in ("/more", "x", "//"):
        error = await refusal(entity.socket(f"/$hc/{entity.name}{suffix}?sb-hc-action=listen",
                                            [("ServiceBusAuthorization", entity.root_token())], raw=True))
        assert error.status in (400, 404), (suffix, error)
    async with entity.named(entity.name.upper()).listener():
        assert entity.count() == 1


@pytest.mark.parametrize("path",
    ["../{name}", "x/../{name}", "%2e%2e/{name}", "./{name}", "x/%2E%2E/{name}", "{name}%00", "%00{name}"])
async def test_r006_dot_segments_and_control_characters_lead_to_no_entity(anonymous, path):
    """A client that resolves dot segments has done so before it sends; resolving them here would move the audience."""
    async with anonymous.listener() as listener:
        error = await refusal(anonymous.socket(f"/$hc/{path.format(name=anonymous.name)}?sb-hc-action=connect", raw=True))
        assert error.status in (400, 401, 404), error
        pair = await listener.join(token=None)
        await pair.close()


async def test_r007_entities_of_many_segments(make_entity, server):
    digest = hashlib.sha256(server.unique("x").encode()).hexdigest()
    entity = await make_entity(f"a/b/{digest}/1234567890/v2")
    async with entity.listener() as listener:
        pair = await listener.join(suffix="/and/a/suffix")
        await pair.close()


async def test_r008_a_query_whose_question_mark_is_escaped_is_found(entity):
    guid = str(uuid.uuid4())
    query = f"sb-hc-action=connect&sb-hc-id={guid}"
    async with entity.listener() as listener:
        connecting = asyncio.ensure_future(
            entity.socket(f"/$hc/{entity.name}%3F{query}", [("ServiceBusAuthorization", entity.token())], raw=True))
        accept = await listener.next_accept()
        assert accept["id"].startswith(guid)
        await listener.accept(accept)
        await within(connecting)
    error = await refusal(entity.socket(f"/$hc/{entity.name}%3f{query}", [("ServiceBusAuthorization", entity.token())], raw=True))
    assert NO_LISTENERS in error.reason and guid in error.reason


async def test_r009_the_host_is_matched_without_case_and_without_port(entity):
    token = entity.token()
    for host in (entity.host.upper(), entity.host_name, entity.host_name.title() + ":1"):
        error = await refusal(RawSocket.open(entity.endpoint, host, entity.target("connect"),
            [("ServiceBusAuthorization", token)]))
        assert error.status == 404 and NO_LISTENERS in error.reason, (host, error)


async def test_r009_an_alias_names_a_namespace(servers):
    """A bare `localhost` and an IP address, as the clients' own tests use them."""
    server = servers("--relay-host-alias=localhost=alias-one", "--relay-host-alias=127.0.0.1=alias-two")
    for name, alias in (("alias-one", "localhost"), ("alias-two", "127.0.0.1")):
        entity = await asyncio.to_thread(server.namespace(name).entity, server.unique("hyco"))
        await entity.ready()
        there = entity.at(alias)
        async with there.listener() as listener:
            pair = await listener.join()
            assert pair.accept["address"].partition("://")[2].startswith(f"{alias}:")
            await pair.close()


async def test_r009_a_name_that_could_be_several_namespaces_is_400_and_one_that_can_be_none_is_404(servers):
    """A 404 ends some listeners for good, so it is left to names that cannot be meant for another namespace."""
    server = servers("--relay-host-alias=localhost=alias-one", "--relay-host-alias=127.0.0.1=alias-two")
    entity = await asyncio.to_thread(server.namespace("alias-one").entity, server.unique("hyco"))
    await asyncio.to_thread(server.namespace, "alias-two")
    await entity.ready()
    ambiguous = await refusal(entity.at("elsewhere.example").connect(raw=True))
    assert ambiguous.status == 400 and "relay-host-alias" in ambiguous.reason
    missing = await refusal(entity.at("nobody-here." + entity.namespace.relay.domain).connect(raw=True))
    assert missing.status == 404


async def test_r010_headers_of_deployed_clients_are_accepted(entity):
    headers = [
        ("Relay-User-Agent", "relay/3.0.0 (x)"), ("0", "Sec-WebSocket-Extensions: permessage-deflate"),
        ("X-Application", "a b c"),
        ("Authorization", "Bearer for-the-backend"), ("Origin", "https://example.com"), ("User-Agent", "peer"),
    ]
    async with entity.listener(headers=headers) as listener:
        pair = await listener.join(raw=True, headers=headers, accept_options={"headers": headers})
        await pair.close()


@pytest.mark.parametrize("upgrade", [
    {"Connection": "keep-alive, Upgrade", "Upgrade": "websocket"}, {"connection": "upgrade", "upgrade": "WebSocket"},
    {"Connection": "Upgrade,keep-alive", "Upgrade": "websocket"},
], ids=["Firefox", "lower case", "other order"])
async def test_r010_upgrades_as_browsers_spell_them(entity, upgrade):
    connection = await Connection.open(entity.endpoint, entity.host_name)
    headers = {**upgrade, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "A" * 22 + "==",
               "ServiceBusAuthorization": entity.token()}
    async with entity.listener() as listener:
        await connection.request("GET", entity.target("connect"), headers, host=entity.host)
        socket = await listener.accept(await listener.next_accept())
        assert (await within(connection.read_answer())).status == 101
        socket.drop()
    connection.drop()


async def test_r011_a_101_has_three_headers_and_no_more(entity):
    async with entity.listener(raw=True) as listener:
        pair = await listener.join(raw=True)
        for socket in (listener.channel, *pair):
            names = sorted(name.lower() for name, _ in socket.answer.headers)
            assert names == ["connection", "sec-websocket-accept", "upgrade"], socket.answer
            assert socket.answer.header("Connection") == "Upgrade" and socket.answer.header("Upgrade") == "websocket"
        await pair.close()


async def test_r012_the_reason_phrase_of_a_refused_upgrade_is_its_body_too(entity):
    for error in (await entity.refusal(raw=True), await entity.refusal(raw=True, token=None), await entity.refusal(token="x")):
        assert error.reason.strip() == error.text.strip() and "TrackingId:" in error.reason
        assert re.fullmatch(r"[\x20-\x7e]+", error.reason)


async def test_r012_what_a_client_sent_stays_printable_in_the_reason(entity):
    error = await refusal(entity.socket(f"/$hc/{entity.name}/%0d%0aX-Injected:%201/%C3%A4?sb-hc-action=connect",
                                        [("ServiceBusAuthorization", entity.token())], raw=True))
    assert re.fullmatch(r"[\x20-\x7e]+", error.reason)
    assert not [name for name, _ in error.headers if name.lower() == "x-injected"]


async def test_r012_an_upgrade_that_is_cut_off_costs_nothing(entity):
    for size in (1, 40, 200):
        connection = await Connection.open(entity.endpoint, entity.host_name)
        head = f"GET {entity.target('connect')} HTTP/1.1\r\nHost: {entity.host}\r\nX-Filler: {'x' * 200}"
        await connection.send(head[:size].encode())
        connection.abort()
    async with entity.listener() as listener:
        await (await listener.join()).close()


async def test_r012_after_a_refused_upgrade_the_connection_serves_another_request_or_ends(entity):
    connection = await Connection.open(entity.endpoint, entity.host_name)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "A" * 22 + "=="}
    for _ in range(2):
        await connection.request("GET", entity.target("connect"), upgrade, host=entity.host)
        answer = await within(connection.read_answer())
        if answer is None:
            break
        assert answer.status == 401 and answer.all("Content-Length")
    connection.drop()
