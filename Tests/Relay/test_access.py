"""Access by role (R29), by address, and the order of checks (R117)."""

import asyncio
import uuid
from dataclasses import replace
from urllib.parse import quote, unquote

import pytest

from clients.principals import READER, RELAY_OWNER, Principal
from clients.signing import Forger, own_signing_key
from relay_peer import sas
from relay_peer.estate import refusal
from relay_peer.waiting import eventually, within

RELAY_LISTENER, RELAY_SENDER = "26e0b698-aa6d-4085-9386-aadae190014d", "26baccc8-eea7-41f1-98f4-1762cc7f685d"
RELAY_AUDIENCE = "https://relay.azure.net"
IP_TEXT = "Ip has been prevented to connect to the endpoint"


def sign_in(management, principal, scope=RELAY_AUDIENCE + "/.default"):
    return management.sign_in(client_id=principal.name, client_secret=principal.secret, scope=scope)


@pytest.fixture
def principal(server):
    made = Principal(server.management, server.unique("relay-role"))
    yield made
    server.management.delete(made.path)


async def listening_status(entity, token, place="header"):
    try:
        async with entity.listener(token=token, place=place):
            return 101
    except Exception as error:
        return error.status


async def sending_statuses(entity, token):
    """Of a connect and of a request; 404 says that the sender was let in and nobody listens."""
    error = await entity.refusal(token=token, raw=True)
    async with await entity.http() as sender:
        return error.status, (await sender.ask(token=token)).status


async def connecting_status(entity):
    return (await entity.refusal(raw=True)).status


async def becomes(ask, expected, limit):
    """Asks until the status is the expected one."""
    async def is_there():
        return await ask() == expected

    await eventually(is_there, f"the status is {expected}", limit=limit)


@pytest.mark.parametrize("role, may_listen, may_send", [
    (RELAY_OWNER, True, True), (RELAY_LISTENER, True, False), (RELAY_SENDER, False, True), (READER, False, False),
    (None, False, False),
])
@pytest.mark.parametrize("level", ["entity", "namespace"])
async def test_r029_roles(server, entity, principal, role, may_listen, may_send, level):
    if role:
        principal.assign(role, entity.path if level == "entity" else entity.namespace.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, token), (101 if may_listen else 403), limit=2)
    await becomes(lambda: sending_statuses(entity, token), (404, 404) if may_send else (403, 403), limit=2)


async def test_r029_a_token_is_bare_or_prefixed_and_in_any_place(server, entity, principal):
    principal.assign(RELAY_OWNER, entity.namespace.path)
    bare = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, bare), 101, limit=2)
    for token in (bare, "Bearer " + bare, "bearer " + bare):
        for place in ("header", "query", "Authorization"):
            if place == "Authorization" and token == bare:
                continue
            assert await listening_status(entity, token, place) == 101, (token[:10], place)
    async with entity.listener(token=bare) as listener:
        await (await listener.join(token="Bearer " + bare, place="Authorization")).close()
        for token in (bare, "Bearer " + bare):
            await listener.renew(token)
            await (await listener.join()).close()


@pytest.mark.parametrize("scope", [RELAY_AUDIENCE + "/.default", RELAY_AUDIENCE + "//.default"])
async def test_r029_both_spellings_of_the_scope_give_a_token_for_the_relay(server, entity, principal, scope):
    principal.assign(RELAY_OWNER, entity.path)
    token = sign_in(server.management, principal, scope)
    await becomes(lambda: listening_status(entity, token), 101, limit=2)


async def test_r029_a_role_at_another_entity_opens_nothing(server, make_entity, principal):
    one, other = await make_entity(), await make_entity()
    principal.assign(RELAY_OWNER, other.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(other, token), 101, limit=2)
    assert await listening_status(one, token) == 403
    assert await sending_statuses(one, token) == (403, 403)


async def test_r029_a_role_that_is_taken_away_ends_access_within_a_second(server, entity, principal):
    assignment = principal.assign(RELAY_OWNER, entity.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, token), 101, limit=2)
    server.management.delete(assignment)
    await becomes(lambda: listening_status(entity, token), 403, limit=1)


async def test_r029_a_namespace_that_is_moved_keeps_who_is_connected_and_obeys_the_roles_of_its_new_group(server, principal):
    """Listeners by SAS and by a role at both groups stay; one whose role was at the old group has to leave."""
    management = server.management
    source, target = (management.group(server.unique(name)) for name in ("source", "target"))
    for group in (source, target):
        management.put(group, {"location": "westus"})
    namespace = server.relay.namespace(source.rsplit("/", 1)[1], server.unique("moved"))
    entity = await namespace.entity("orders").ready()
    goes, comes = (Principal(management, server.unique("relay-role")) for _ in range(2))
    principal.assign(RELAY_OWNER, source)
    principal.assign(RELAY_OWNER, target)
    goes.assign(RELAY_OWNER, source)
    comes.assign(RELAY_OWNER, target)
    tokens = {who: sign_in(management, who) for who in (principal, goes, comes)}
    for who, status in ((principal, 101), (goes, 101), (comes, 403)):
        await becomes(lambda: listening_status(entity, tokens[who]), status, limit=2)  # noqa: B023

    async with entity.listener() as by_key:
        pair = await by_key.join()
        async with entity.listener(token=tokens[principal]), entity.listener(token=tokens[goes]) as leaving:
            management.ask("POST", source + "/moveResources", {"resources": [namespace.path], "targetResourceGroup": target},
                           expect=(204,))
            await leaving.end()
            moved = replace(entity, path=entity.path.replace(source, target))
            await eventually(lambda: moved.count() == 2, "the listener by key and the one by role are left", limit=3)
            await pair.sender.send("still here")
            assert await within(pair.listener.receive()) == "still here"
        await pair.close()
        await (await by_key.join()).close()
    assert await listening_status(entity, tokens[goes]) == 403
    assert await listening_status(entity, tokens[comes]) == 101
    for made in (goes, comes):
        management.delete(made.path)


async def test_r029_a_disabled_principal_is_refused(server, entity, principal):
    principal.assign(RELAY_OWNER, entity.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, token), 101, limit=2)
    server.management.put(principal.path, {"properties": {"displayName": principal.name, "enabled": False}})
    await becomes(lambda: listening_status(entity, token), 401, limit=1)


async def test_r029_forged_tokens_and_tokens_for_others_are_401(server, entity, principal):
    principal.assign(RELAY_OWNER, entity.path)
    real = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, real), 101, limit=2)
    forger = Forger(real, own_signing_key(server.data))
    now = forger.now()
    head, body, signature = real.split(".")
    tokens = {
        "for the management API": principal.token, "unsigned": forger.unsigned("none"), "HMAC": forger.with_hmac(b"x"),
        "another key": forger.signed(key=forger.other_key),
        "expired": forger.signed(iat=now - 7200, nbf=now - 7200, exp=now - 3600),
        "expired beyond the skew": forger.signed(iat=now - 7200, nbf=now - 7200, exp=now - 65),
        "not yet valid": forger.signed(nbf=now + 3600, exp=now + 7200),
        "another audience": forger.signed(aud="https://other.example"),
        "another issuer": forger.signed(iss="https://other.example/x/v2.0"), "altered": forger.spliced(exp=now + 9999),
        "without expiry": forger.signed(without=("exp",)), "two parts": f"{head}.{body}", "no signature": f"{head}.{body}.",
        "dots": "..", "17 KiB": forger.signed(padding="x" * 13_000),
    }
    for name, token in tokens.items():
        assert (await entity.refusal(token=token, raw=True)).status == 401, name
        assert await listening_status(entity, token) == 401, name
    assert await listening_status(entity, forger.signed(exp=now - 30, iat=now - 7200, nbf=now - 7200)) == 101, "within the skew"


# MARK: addresses


def network(namespace, action, *masks):
    namespace.relay.management.put(namespace.path + "/networkRuleSets/default", {
        "properties": {"defaultAction": action, "ipRules": [{"ipMask": mask, "action": "Allow"} for mask in masks]},
    })


async def statuses(entity):
    """Of a listener, a sender, a request and a question for runtime information, with their reasons."""
    found = []
    try:
        async with entity.listener():
            found.append((101, ""))
    except Exception as error:
        found.append((error.status, error.reason))
    error = await entity.refusal(raw=True)
    found.append((error.status, error.reason))
    async with await entity.http() as sender:
        answer = await sender.ask()
        found.append((answer.status, answer.reason))
        answer = await sender.ask(target=f"/{entity.name}?api-version=2016-07", token=None,
                                  headers=[("X-PROCESS-AT", "ServiceBus"), ("Authorization", entity.token())])
        found.append((answer.status, answer.reason))
    return found


async def test_r117_a_source_address_that_is_not_allowed_is_401_before_any_token(server):
    namespace = await asyncio.to_thread(server.namespace)
    entity = await (await asyncio.to_thread(namespace.entity, "orders")).ready()
    assert [status for status, _ in await statuses(entity)] == [101, 404, 404, 200]
    async with entity.listener():
        await asyncio.to_thread(network, namespace, "Deny", "203.0.113.0/24")
        await becomes(lambda: connecting_status(entity), 401, limit=1)
        for status, reason in await statuses(entity):
            assert status == 401 and IP_TEXT in reason, (status, reason)
        # The same answer whoever asks.
        for token in (None, "x", entity.root_token()):
            error = await entity.refusal(token=token, raw=True)
            assert error.status == 401 and IP_TEXT in error.reason
    for masks in (("127.0.0.1",), ("127.0.0.0/8",), ("203.0.113.0/24", "127.0.0.1/32")):
        await asyncio.to_thread(network, namespace, "Deny", *masks)
        await becomes(lambda: connecting_status(entity), 404, limit=1)
        assert [status for status, _ in await statuses(entity)] == [101, 404, 404, 200], masks
    await asyncio.to_thread(network, namespace, "Allow", "203.0.113.0/24")
    await becomes(lambda: connecting_status(entity), 404, limit=1)


async def test_the_address_that_counts_is_the_one_that_a_trusted_proxy_names(servers, entity):
    """For `remoteEndpoint` and for the rules; nobody else is believed."""
    server = servers("--trusted-proxy=127.0.0.1")
    namespace = await asyncio.to_thread(server.namespace)
    behind = await (await asyncio.to_thread(namespace.entity, "orders")).ready()
    for peer, headers, seen in (
        (behind, [("X-Forwarded-For", "203.0.113.9")], "203.0.113.9"),
        (behind, [("X-Forwarded-For", "10.9.9.9, 203.0.113.9")], "203.0.113.9"),
        (behind, [], "127.0.0.1"), (entity, [("X-Forwarded-For", "203.0.113.9")], "127.0.0.1"),
    ):
        async with peer.listener() as listener:
            pair = await listener.join(headers=headers)
            assert pair.accept["remoteEndpoint"]["address"] == seen, headers
            await pair.close()
    await asyncio.to_thread(network, namespace, "Deny", "203.0.113.9")
    await becomes(lambda: connecting_status(behind), 401, limit=1)
    assert (await behind.refusal(raw=True, headers=[("X-Forwarded-For", "203.0.113.9")])).status == 404
    for forged in ("203.0.113.9, 198.51.100.1", "203.0.113.90", "203.0.113.9x"):
        assert (await behind.refusal(raw=True, headers=[("X-Forwarded-For", forged)])).status in (400, 401), forged


async def test_r117_what_does_not_exist_is_told_to_those_who_may_know(entity, anonymous):
    """404 with a token of the namespace, 401 without; so nobody learns names by asking."""
    nowhere = entity.named("nobody-made-this")
    assert (await nowhere.refusal(token=None, raw=True)).status == 401
    assert (await nowhere.refusal(token=entity.token(), raw=True)).status == 401
    assert (await nowhere.refusal(token=entity.root_token(sig="AAAA"), raw=True)).status == 401
    for opening in (nowhere.connect(token=entity.root_token(), raw=True), nowhere.listener(token=entity.root_token()).open()):
        error = await refusal(opening)
        assert error.status == 404 and "Endpoint does not exist" in error.reason and nowhere.name in error.reason, error
    async with await nowhere.http() as sender:
        assert (await sender.ask(token=None)).status == 401
        answer = await sender.ask(token=entity.root_token())
        assert answer.status == 404 and "Endpoint does not exist" in answer.reason and answer.header("Via") is None
    # A bad key on a known entity is 401, a good one without the right 403, whether somebody listens or not.
    for _ in range(2):
        assert (await entity.refusal(token=entity.token(sig="AAAA"), raw=True)).status == 401
        assert (await entity.refusal(token="listen", raw=True)).status == 403
    assert (await anonymous.refusal(token=None, raw=True)).status == 404


async def test_r117_authorization_comes_before_the_quota(entity):
    async with asyncio.timeout(30):
        listeners = [await entity.listener().open() for _ in range(25)]
        try:
            assert (await refusal(entity.listener(token="send").open())).status == 403
            assert (await refusal(entity.listener(token=entity.token("listen", sig="AAAA")).open())).status == 401
            error = await refusal(entity.listener().open())
            assert error.status == 403 and "claim" not in error.reason
        finally:
            await asyncio.gather(*(listener.channel.close() for listener in listeners))


async def test_r118_statuses_are_those_that_clients_map(impatient):
    """401, 404 and 504 are the ones with a meaning of their own; 408 is never used."""
    assert (await impatient.refusal(token="x", raw=True)).status == 401
    assert (await impatient.refusal(raw=True)).status == 404
    async with impatient.listener() as listener:
        connecting = asyncio.ensure_future(impatient.refusal(raw=True))
        await listener.next_accept()
        assert (await within(connecting)).status == 504


async def test_connections_of_a_namespace_are_limited(servers):
    server = servers("--connections-per-namespace=3")
    namespace = await asyncio.to_thread(server.namespace)
    entity = await (await asyncio.to_thread(namespace.entity, "orders")).ready()
    other = await (await asyncio.to_thread((await asyncio.to_thread(server.namespace)).entity, "orders")).ready()
    async with entity.listener() as listener, other.listener() as elsewhere:
        # The listener is one of the three.
        pairs = [await listener.join() for _ in range(2)]
        error = await entity.refusal(raw=True)
        assert error.status in (403, 429, 503) and "TrackingId" in error.reason, error
        await (await elsewhere.join()).close()
        await pairs.pop().close()

        connecting = asyncio.ensure_future(try_until_let_in(entity))
        accept = await listener.next_accept()
        pairs.append(await listener.accept(accept))
        pairs.append(await within(connecting, 2))
        for ended in pairs:
            await ended.close()


async def try_until_let_in(entity):
    async with asyncio.timeout(2):
        while True:
            try:
                return await entity.connect()
            except Exception:
                await asyncio.sleep(0.02)


async def test_no_key_and_no_token_is_logged_however_much_is_logged(servers):
    server = servers("--log-level=trace")
    entity = await (await asyncio.to_thread(server.namespace().entity, server.unique("hyco"))).ready()
    tokens = [entity.token(), entity.token("listen"), entity.token(seconds=-1), entity.token(uri="http://other.example/"),
              entity.token("listen", expiry=sas.in_seconds(100)), entity.root_token()]
    async with entity.listener(token=tokens[1], place="query") as listener, await entity.http() as sender:
        for place in ("query", "header", "Authorization"):
            await (await listener.join(token=tokens[0], place=place)).close()
            for token in tokens[2:4]:
                await entity.refusal(token=token, place=place, raw=True)
        await sender.send(suffix="?" + entity.target(token=tokens[0]).partition("?")[2], token=None)
        await listener.respond(await listener.next_request(), 200, b"x")
        await sender.answer()
        await listener.renew(tokens[4])
        await (await listener.join()).close()
        await listener.renew(tokens[2])
        assert (await listener.end(2)).code == 1008
    text = server.log() + server.output()
    assert "relay" in text.lower()
    for rule in (*entity.rules.values(), entity.namespace.keys()):
        assert rule.primary not in text and rule.secondary not in text
    for token in tokens:
        signed = token.partition("sig=")[2].partition("&")[0]
        assert signed not in text and unquote(signed) not in text and quote(signed, safe="") not in text


async def test_a_plain_address_that_others_reach_is_refused_unless_it_is_asked_for(own_server):
    server = own_server("--relay-plaintext-address=0.0.0.0:0")
    server.arguments = ["--relay-plaintext-address=0.0.0.0:0"]
    server.launch()
    assert await asyncio.to_thread(server.process.wait, 10) in (1, 2) and "plaintext" in server.log()
    assert server.runtime() is None
    server.arguments.append("--relay-plaintext-anywhere")
    server.launch()
    await eventually(server.is_ready, "it starts when it is told to", limit=20)


async def test_a_wcf_relay_is_no_hybrid_connection(entity, server):
    name = server.unique("billing")
    server.management.put(f"{entity.namespace.path}/wcfRelays/{name}", {"properties": {"relayType": "NetTcp"}})
    there = entity.named(name)
    assert (await there.refusal(token=entity.root_token(), raw=True)).status == 404
    assert (await refusal(there.listener(token=entity.root_token()).open())).status == 404


async def test_what_was_made_is_there_at_once_and_what_is_made_again_has_new_keys(namespace, server):
    """A listener that is started right after the call that made its entity must not hear 404: some never try again."""
    for _ in range(5):
        entity = await asyncio.to_thread(namespace.entity, server.unique("fresh"))
        async with entity.listener() as listener:
            await (await listener.join()).close()
    old = entity.token("listen")
    await asyncio.to_thread(entity.delete)
    again = await (await asyncio.to_thread(namespace.entity, entity.name)).ready()
    assert (await refusal(again.listener(token=old).open())).status == 401
    async with again.listener():
        assert again.count() == 1


def join_group(server, principal):
    """A new group with that member; its path and its object ID."""
    path = "/providers/Causeway.Relay/groups/" + server.unique("group")
    object_id = server.management.put(path, {})["properties"]["objectId"]
    server.management.put(f"{path}/members/{principal.object_id}", {})
    return path, object_id


def assign(server, role, principal_id, scope):
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
    server.management.put(path, {"properties": {"roleDefinitionId": definition, "principalId": principal_id}})
    return path


async def test_r029_a_custom_role_of_a_group_holds_on_the_data_plane(server, entity, principal):
    """It may do what its data actions say, without those that are taken away."""
    role, (group, object_id) = str(uuid.uuid4()), join_group(server, principal)
    path = f"{entity.path}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    body = {"roleName": server.unique("role"), "assignableScopes": [entity.path],
            "permissions": [{"dataActions": ["Microsoft.Relay/*"], "notDataActions": ["Microsoft.Relay/*/send/action"]}]}
    server.management.put(path, {"properties": body})
    assignment = assign(server, role, object_id, entity.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, token), 101, limit=2)
    assert await sending_statuses(entity, token) == (403, 403)
    body["permissions"].append({"dataActions": ["Microsoft.Relay/namespaces/hybridConnections/send/action"]})
    server.management.put(path, {"properties": body})
    await becomes(lambda: sending_statuses(entity, token), (404, 404), limit=1)
    server.management.delete(assignment)
    await becomes(lambda: listening_status(entity, token), 403, limit=1)
    server.management.delete(path)
    server.management.delete(group)


@pytest.mark.parametrize("how", ["assignment", "principal", "group"])
async def test_r029_access_that_is_taken_away_ends_the_control_channel(server, entity, principal, how):
    if how == "group":
        group, object_id = join_group(server, principal)
        assign(server, RELAY_OWNER, object_id, entity.path)
    else:
        assignment = principal.assign(RELAY_OWNER, entity.path)
    token = sign_in(server.management, principal)
    await becomes(lambda: listening_status(entity, token), 101, limit=2)
    async with entity.listener(token=token) as listener:
        pair = await listener.join()
        if how == "assignment":
            server.management.delete(assignment)
        elif how == "group":
            server.management.delete(f"{group}/members/{principal.object_id}")
        else:
            server.management.put(principal.path, {"properties": {"displayName": principal.name, "enabled": False}})
        assert (await listener.end(2)).code == 1008
        await pair.sender.send("still")
        assert await within(pair.listener.receive()) == "still"
        await pair.close()
