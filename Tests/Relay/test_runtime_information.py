"""Runtime information as the published managers ask for it: statements R112 to R116."""

import json
import re
import xml.etree.ElementTree as XML

import pytest

from relay_peer.waiting import eventually

ATOM, CONNECT = "{http://www.w3.org/2005/Atom}", "{http://schemas.microsoft.com/netservices/2010/10/servicebus/connect}"
ORDER = ["Path", "CreatedAt", "UpdatedAt", "RequiresClientAuthorization", "UserMetadata", "ListenerCount"]


async def ask(entity, token=None, name=None, query="?api-version=2016-07", headers=(("X-PROCESS-AT", "ServiceBus"),)):
    async with await entity.http() as sender:
        sent = [*headers, ("Authorization", token or entity.token("listen"))]
        return await sender.ask(target=f"/{name or entity.name}{query}", token=None, headers=sent)


def description(answer):
    assert answer.status == 200 and answer.header("Content-Type") == "application/atom+xml;type=entry;charset=utf-8", answer
    entry = XML.fromstring(answer.body)
    assert entry.tag == ATOM + "entry"
    content = entry.find(ATOM + "content")
    assert content.get("type") == "application/xml" and content[0].tag == CONNECT + "HybridConnectionDescription"
    return {child.tag.removeprefix(CONNECT): child.text or "" for child in content[0]}


async def test_r112_only_the_header_makes_it_ours(entity):
    async with entity.listener() as listener:
        assert description(await ask(entity))["ListenerCount"] == "1"
        async with await entity.http() as sender:
            await sender.send(suffix="?api-version=2016-07")
            request = await listener.next_request()
            assert request.target == f"/{entity.name}?api-version=2016-07"
            await listener.respond(request, 200, b"relayed")
            assert (await sender.answer()).body == b"relayed"


async def test_r113_the_elements_are_in_the_order_that_dotnet_reads(make_entity):
    metadata = json.dumps([{"key": "endpoint", "value": "SQL01.corp.example:1433"}, {"key": "note", "value": "<&>\"'ä]]>"}])
    entity = await make_entity(metadata=metadata)
    answer = await ask(entity)
    found = description(answer)
    names = [name for name in found if name in ORDER]
    assert names == [name for name in ORDER if name in found] and set(ORDER[1:]) <= set(found)
    for name in ("CreatedAt", "UpdatedAt"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", found[name]), found
    assert found["RequiresClientAuthorization"] == "true" and found["ListenerCount"] == "0" and found["UserMetadata"] == metadata


async def test_r113_an_entity_that_needs_no_authorization_says_so(anonymous):
    assert description(await ask(anonymous))["RequiresClientAuthorization"] == "false"


async def test_r114_what_is_not_there(entity):
    answer = await ask(entity, entity.root_token(), name="nobody-made-this")
    if answer.status == 200:
        assert "type=feed" in answer.header("Content-Type")
        return
    assert answer.status == 404 and re.search(r"<Error><Code>404</Code><Detail>[^<]+TrackingId:[^<]+</Detail></Error>",
        answer.text)


@pytest.mark.parametrize("make", [
    lambda entity: None, lambda entity: "x", lambda entity: entity.token(sig="AAAA"), lambda entity: entity.token(seconds=-1),
], ids=["none", "word", "signature", "expired"])
async def test_r114_a_bad_token_is_401_and_never_403(entity, make):
    """403 reads "quota exceeded" there."""
    token = make(entity)
    async with await entity.http() as sender:
        headers = [("X-PROCESS-AT", "ServiceBus")] + ([("Authorization", token)] if token else [])
        answer = await sender.ask(target=f"/{entity.name}?api-version=2016-07", token=None, headers=headers)
    assert answer.status == 401 and "TrackingId" in answer.text


async def test_r114_a_right_elsewhere_is_401(make_entity):
    one, other = await make_entity(), await make_entity()
    assert (await ask(one, other.token("listen"))).status == 401


@pytest.mark.parametrize("rule", ["listen", "send"])
async def test_r115_any_one_right_suffices_and_the_metadata_is_there(make_entity, rule):
    metadata = json.dumps([{"key": "endpoint", "value": "sql01.corp.example:1433"}])
    entity = await make_entity(metadata=metadata)
    found = description(await ask(entity, entity.token(rule)))
    pairs = {pair["key"]: pair["value"] for pair in json.loads(found["UserMetadata"])}
    assert pairs["endpoint"] == "sql01.corp.example:1433"


async def test_r115_a_change_of_the_metadata_is_seen_within_a_second(entity):
    metadata = json.dumps([{"key": "endpoint", "value": "sql02.corp.example:1434"}])
    body = {"properties": {"requiresClientAuthorization": True, "userMetadata": metadata}}
    entity.namespace.relay.management.put(entity.path, body)

    async def is_there():
        return description(await ask(entity))["UserMetadata"] == metadata

    await eventually(is_there, "the new metadata is shown", limit=1)


async def test_r116_the_count_follows_the_listeners(entity):
    async def count():
        return int(description(await ask(entity))["ListenerCount"])

    listeners = []
    for number in range(1, 4):
        listeners.append(await entity.listener().open())
        assert await count() == number
    for number in (2, 1, 0):
        await listeners.pop().channel.close()
        assert await count() == number


async def test_r116_no_other_method_is_answered_here(entity):
    async with await entity.http() as sender:
        answer = await sender.ask("DELETE", target=f"/{entity.name}?api-version=2016-07", token=None,
                                  headers=[("X-PROCESS-AT", "ServiceBus"), ("Authorization", entity.root_token())])
    assert answer.status in (400, 404, 405), answer
    await eventually(lambda: entity.count() == 0, "the entity is still there")
