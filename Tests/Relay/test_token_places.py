"""Where a token may stand, and what becomes of it: statements R13 to R17."""

import asyncio
import json
from urllib.parse import quote

import pytest

from relay_peer.estate import refusal
from relay_peer.waiting import within

BEARER = "Bearer for-the-backend"


def leaks(value, *tokens):
    """Whether a token, or the name of a header or parameter of ours, is in what a listener got."""
    text = json.dumps(value)
    return [word for word in (*tokens, "sb-hc-token", "ServiceBusAuthorization") if word.lower() in text.lower()]


@pytest.mark.parametrize("place", ["query", "header", "Authorization"])
@pytest.mark.parametrize("requires", [True, False])
async def test_r013_a_connect_passes_no_relay_token_on(make_entity, place, requires):
    entity = await make_entity(requires_client_authorization=requires)
    token = entity.token()
    async with entity.listener() as listener:
        pair = await listener.join(token=token, place=place, query=[("user", "1")], headers={"X-Kept": "yes"}.items())
        signature = token.split("sig=")[1].split("&")[0]
        if not (place == "Authorization" and not requires):
            assert not leaks(pair.accept, signature), pair.accept
        assert pair.accept["connectHeaders"]["X-Kept"] == "yes" and "user=1" in pair.accept["address"]
        await pair.close()


@pytest.mark.parametrize("place", ["query", "header"])
@pytest.mark.parametrize("requires", [True, False])
async def test_r013_a_request_passes_no_relay_token_on(make_entity, place, requires):
    entity = await make_entity(requires_client_authorization=requires)
    token = entity.token()
    signature = token.split("sig=")[1].split("&")[0]
    async with entity.listener() as listener, await entity.http() as sender:
        if place == "query":
            await sender.send(suffix=f"?a=1&sb-hc-token={quote(token, safe='')}&b=2", token=None)
        else:
            await sender.send(suffix="?a=1&b=2", token=token)
        request = await listener.next_request()
        assert request.target == f"/{entity.name}?a=1&b=2" and not leaks(request.members, signature)
        await listener.respond(request)
        assert (await sender.answer()).status == 200


def passed(connect_headers):
    return next((value for name, value in connect_headers.items() if name.lower() == "authorization"), None)


@pytest.mark.parametrize("requires, other, authorization, kept, is_let_in", [
    # requires authorization, relay token in place 1 or 2, what stands in Authorization, whether it arrives, whether it is let in
    (True, None, "token", False, True),
    (True, "query", BEARER, True, True),
    (True, "header", BEARER, True, True),
    (True, "header", "token", True, True),
    (True, None, BEARER, False, False),
    (False, None, BEARER, True, True),
    (False, None, "token", True, True),
    (False, "header", BEARER, True, True),
    (False, "query", BEARER, True, True),
])
@pytest.mark.parametrize("http", [False, True])
async def test_r014_authorization_is_used_only_when_it_is_needed(make_entity, requires, other, authorization, kept, is_let_in,
        http):
    entity = await make_entity(requires_client_authorization=requires)
    token = entity.token()
    value = token if authorization == "token" else authorization
    headers = [("Authorization", value)] + ([("ServiceBusAuthorization", token)] if other == "header" else [])
    async with entity.listener() as listener:
        if http:
            suffix = "?" + entity.target(token=token).split("?")[1] if other == "query" else ""
            async with await entity.http() as sender:
                await sender.send(suffix=suffix, token=None, headers=headers)
                if not is_let_in:
                    assert (await sender.answer()).status == 401
                    return
                request = await listener.next_request()
                assert request.header("Authorization") == (value if kept else None)
                await listener.respond(request, 204)
                assert (await sender.answer()).status == 204
            return
        opening = entity.connect(token=token if other == "query" else None, place="query", headers=headers, raw=True)
        if not is_let_in:
            assert (await refusal(opening)).status == 401
            return
        opening = asyncio.ensure_future(opening)
        accept = await listener.next_accept()
        assert passed(accept["connectHeaders"]) == (value if kept else None)
        await listener.accept(accept)
        (await within(opening)).drop()


async def test_r014_a_listener_may_put_its_token_into_authorization(entity):
    async with entity.listener(place="Authorization"):
        assert entity.count() == 1


async def test_r015_the_query_wins_over_the_header(entity):
    good, bad = entity.token(), entity.token(sig="AAAA")
    async with entity.listener() as listener:
        error = await entity.refusal(token=bad, place="query", headers=[("ServiceBusAuthorization", good)], raw=True)
        assert error.status == 401
        pair = await listener.join(token=good, place="query", headers=[("ServiceBusAuthorization", bad)])
        await pair.close()


async def test_r016_an_anonymous_entity_frees_its_senders_only(anonymous):
    error = await refusal(anonymous.listener(token=None).open())
    assert error.status == 401
    error = await refusal(anonymous.listener(token="send").open())
    assert error.status == 403
    async with anonymous.listener() as listener:
        for token in (None, "nonsense", anonymous.token(expiry=1), anonymous.token(sig="AAAA"), anonymous.token("listen")):
            for place in ("query", "header"):
                pair = await listener.join(token=token, place=place)
                await pair.close()
        async with await anonymous.http() as sender:
            for token in (None, "nonsense", anonymous.token(expiry=1)):
                await sender.send(token=token)
                await listener.respond(await listener.next_request())
                assert (await sender.answer()).status == 200


async def test_r017_renewal_takes_the_same_tokens(entity):
    async with entity.listener() as listener:
        for token in (entity.token("listen"), entity.root_token(), entity.token("listen", order=("skn", "se", "sig", "sr")),
                      entity.token("listen", scheme="sharedaccesssignature")):
            await listener.renew(token)
            await (await listener.join()).close()
