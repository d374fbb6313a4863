"""Shared access signatures: statements R18 to R28 and R30, and every way in which a token can be wrong.

Without a listener, a sender whose token is good is told so: 404, no listeners. So most rows need no listener.
"""

import asyncio
import base64
import re
from urllib.parse import quote, quote_plus, unquote

import pytest

from relay_peer import sas
from relay_peer.estate import make_rule, refusal
from relay_peer.waiting import within

NO_LISTENERS = "There are no listeners connected for the endpoint"
INVALID_SIGNATURE, INVALID_AUDIENCE = "token has an invalid signature", "InvalidAudience"


async def verdicts(entity, token):
    """Status and reason of a connect with the token in the query, one with it in a header, and a request."""
    errors = [await entity.refusal(token=token, place="query", raw=True), await entity.refusal(token=token, raw=True)]
    async with await entity.http() as sender:
        answer = await sender.ask(token=token)
    return [(error.status, error.reason) for error in errors] + [(answer.status, answer.reason)]


async def is_good(entity, token):
    found = await verdicts(entity, token)
    assert all(status == 404 and NO_LISTENERS in reason for status, reason in found), (token, found)


async def is_refused(entity, token, text=""):
    for status, reason in await verdicts(entity, token):
        assert status == 401 and text in reason, (token, status, reason)
        assert not token or len(token) < 8 or token not in reason
    error = await refusal(entity.listener(token=token).open())
    assert error.status == 401, (token, error)


# MARK: good tokens


@pytest.mark.parametrize("order", [("sr", "sig", "se", "skn"), ("sig", "se", "skn", "sr"), ("skn", "sr", "se", "sig")])
@pytest.mark.parametrize("scheme", ["SharedAccessSignature", "sharedaccesssignature", "SHAREDACCESSSIGNATURE"])
async def test_r018_fields_come_in_any_order_and_the_scheme_in_any_case(entity, order, scheme):
    await is_good(entity, entity.token(order=order, scheme=scheme))


async def test_r018_only_the_first_equals_sign_separates(entity):
    """A signature in base64 ends in `=`; some clients leave it bare."""
    await is_good(entity, entity.token(encode_signature=lambda text: text.replace("+", "%2B").replace("/", "%2F")))


@pytest.mark.parametrize("encode", [
    lambda uri: quote(uri, safe=""), sas.lower_case_escapes, quote_plus, lambda uri: quote(uri, safe="/"),
    lambda uri: quote(uri, safe=":/"),
    lambda uri: uri, lambda uri: "".join(f"%{ord(character):02x}" for character in uri),
], ids=["upper case", "lower case", "plus", "bare slash", "bare colon and slash", "not encoded", "everything encoded"])
async def test_r019_the_signature_covers_sr_exactly_as_it_stands(entity, encode):
    await is_good(entity, entity.token(encode=encode))


async def test_r019_a_signature_over_another_spelling_of_sr_is_refused(entity):
    rule, uri, expiry = entity.rules["send"], entity.audience, str(sas.in_seconds(3600))
    for signed, sent in ((quote(uri, safe=""), sas.lower_case_escapes(uri)), (uri, quote(uri, safe="")),
            (quote(uri, safe=""), uri)):
        token = entity.token(sr=sent, sig=quote(sas.signature(rule.primary, signed, expiry), safe=""), expiry=expiry)
        await is_refused(entity, token, INVALID_SIGNATURE)


async def test_r020_the_key_is_its_text_and_not_what_its_base64_means(entity):
    rule = entity.rules["send"]
    await is_good(entity, sas.mint(entity.audience, rule.name, rule.primary.encode()))
    await is_refused(entity, sas.mint(entity.audience, rule.name, base64.b64decode(rule.primary)), INVALID_SIGNATURE)


@pytest.mark.parametrize("encode_signature", [
    lambda text: quote(text, safe=""), lambda text: quote(text, safe="/"), sas.lower_case_escapes,
], ids=["Node", "Python", "lower case"])
async def test_r021_the_signature_is_decoded_before_it_is_compared(entity, encode_signature):
    for offset in range(8):
        # Other times give other signatures, until one has a `/` and one a `+`.
        await is_good(entity, entity.token(seconds=3600 + offset, encode_signature=encode_signature))


async def test_r021_the_rule_name_is_decoded(entity):
    rule = await asyncio.to_thread(make_rule, entity.namespace.relay.management, entity.path, "a-rule.with_marks", ["Send"])
    await known(entity, rule)
    for encode_rule in (lambda name: name, lambda name: quote(name, safe=""),
            lambda name: "".join(f"%{ord(c):02X}" for c in name)):
        await is_good(entity, entity.token(rule, encode_rule=encode_rule))


async def test_r022_both_keys_of_a_rule_are_good(entity):
    rule = entity.rules["send"]
    for key in (rule.primary, rule.secondary):
        await is_good(entity, sas.mint(entity.audience, rule.name, key))


AUDIENCES = [
    "http://{host}/{name}", "https://{host}/{name}", "sb://{host}/{name}", "wss://{host}/{name}", "http://{host}/{name}/",
    "http://{host}", "http://{host}/", "sb://{host}", "sb://{host}/", "http://{host}:443/{name}", "http://{host}:{port}/{name}",
    "wss://{host}/$hc/{name}", "HTTP://{HOST}/{NAME}", "https://{HOST}/{name}",
    "https://{host}/{name}?queryKey=queryValue&queryKey2=queryValue;", "https://{host}/{name}#fragment", "https://{host}?x=1",
]


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_r023_audiences_that_published_clients_sign(entity, audience):
    values = {"host": entity.host_name, "HOST": entity.host_name.upper(), "name": entity.name, "NAME": entity.name.upper(),
              "port": entity.endpoint.port}
    await is_good(entity, entity.token(uri=audience.format(**values)))
    await is_good(entity, entity.token(uri=audience.format(**values), encode=sas.lower_case_escapes))


async def test_r023_an_audience_below_the_entity_serves_what_is_below_it(entity):
    token = entity.token(uri=f"https://{entity.host_name}/{entity.name}/extraPath/extraPath2?queryKey=queryValue")
    for suffix in ("/extraPath/extraPath2", "/EXTRApath/extraPath2/more", "/extraPath/extraPath2/"):
        error = await entity.refusal(token=token, suffix=suffix, raw=True)
        assert error.status == 404 and NO_LISTENERS in error.reason, (suffix, error)
    for suffix in ("", "/extraPath", "/extraPath/extraPath22", "/extraPath/extraPath2x/y"):
        error = await entity.refusal(token=token, suffix=suffix, raw=True)
        assert error.status == 401 and INVALID_AUDIENCE in error.reason, (suffix, error)


async def test_r024_a_rule_is_looked_for_at_the_entity_and_then_at_the_namespace(entity):
    host = entity.host_name
    namespace_rule = entity.namespace.keys()
    for rule in (namespace_rule, entity.rules["send"]):
        for uri in (f"http://{host}/{entity.name}", f"sb://{host}", f"http://{host}/"):
            await is_good(entity, sas.mint(uri, rule.name, rule.primary))


async def test_r024_a_rule_of_the_same_name_at_the_entity_comes_first(entity, server):
    name = server.unique("rule")
    management = entity.namespace.relay.management
    outer = await asyncio.to_thread(entity.namespace.rule, name, "Send")
    inner = await asyncio.to_thread(make_rule, management, entity.path, name, ["Send"])
    await known(entity, inner)
    assert outer.primary != inner.primary
    await is_good(entity, entity.token(inner))


async def known(entity, rule):
    """Waits until the gateway has heard of a rule that grants Send."""
    async with asyncio.timeout(5):
        while (await entity.refusal(token=entity.token(rule), raw=True)).status != 404:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("rights, may_listen, may_send", [
    (["Listen"], True, False), (["Send"], False, True), (["Listen", "Send"], True, True),
    (["Manage", "Listen", "Send"], True, True),
])
@pytest.mark.parametrize("at_namespace", [False, True])
async def test_r025_rights(entity, server, rights, may_listen, may_send, at_namespace):
    parent = entity.namespace.path if at_namespace else entity.path
    rule = await asyncio.to_thread(make_rule, entity.namespace.relay.management, parent, server.unique("rule"), rights)
    token = entity.token(rule)

    async def listen():
        try:
            async with entity.listener(token=token):
                return 101, ""
        except Exception as error:
            return error.status, error.reason

    async with asyncio.timeout(5):
        while (await listen())[0] == 401:
            await asyncio.sleep(0.02)
    status, reason = await listen()
    assert status == (101 if may_listen else 403) and (may_listen or "Listen" in reason), (status, reason)
    for status, reason in await verdicts(entity, token):
        assert status == (404 if may_send else 403) and (may_send or "Send" in reason), (status, reason)
    async with await entity.http() as sender:
        answer = await sender.ask(target=f"/{entity.name}?api-version=2016-07", token=None,
                                  headers={"X-PROCESS-AT": "ServiceBus", "Authorization": token}.items())
    assert answer.status == 200, answer


async def test_r026_twelve_rules_at_each_level_and_keys_of_256_bits(make_entity):
    entity = await make_entity(rules=())
    management = entity.namespace.relay.management
    rules = [await asyncio.to_thread(make_rule, management, entity.path, f"rule-{number}", ["Send"]) for number in range(12)]
    refused = management.call("PUT", f"{entity.path}/authorizationRules/one-more", {"properties": {"rights": ["Send"]}})
    assert refused.status_code == 409
    for rule in rules:
        for key in (rule.primary, rule.secondary):
            assert len(key) == 44 and len(base64.b64decode(key)) == 32
    await known(entity, rules[-1])
    for rule in rules:
        await is_good(entity, entity.token(rule))


async def test_r026_a_key_that_was_brought_along_works_too(make_entity):
    entity = await make_entity()
    rule = entity.rules["send"]
    own = base64.b64encode(bytes(range(32))).decode()
    entity.namespace.relay.management.ask("POST", rule.path + "/regenerateKeys", {"keyType": "SecondaryKey", "key": own})
    rule.primary = own
    await known(entity, rule)
    await is_good(entity, entity.token())


async def test_r027_expiry(entity):
    for expiry in (sas.in_seconds(20), sas.in_seconds(48 * 3600), 4102444800, "4102444800.5", "4102444800.0"):
        await is_good(entity, entity.token(expiry=expiry))
    for expiry in (sas.in_seconds(-1), sas.in_seconds(-3600), "1.5", 0, 1):
        await is_refused(entity, entity.token(expiry=expiry))


async def test_r028_a_token_made_in_advance_serves_until_it_expires(entity):
    token = entity.token("listen", seconds=3600)
    for _ in range(2):
        async with entity.listener(token=token) as listener:
            await (await listener.join()).close()


async def test_r030_connection_strings_are_in_the_order_that_published_managers_want(entity):
    management, rule = entity.namespace.relay.management, entity.rules["listen"]
    text = management.keys(rule.path)["primaryConnectionString"]
    pattern = r"Endpoint=sb://[a-z0-9.:-]+/;SharedAccessKeyName=([^;]+);SharedAccessKey=([^;]+);EntityPath=([^;]+)"
    match = re.fullmatch(pattern, text)
    assert match and match.groups() == ("listen", rule.primary, entity.name), text
    host = text.removeprefix("Endpoint=sb://").partition("/")[0]
    assert host.partition(":")[0] == entity.host_name
    root = management.keys(entity.namespace.path + "/authorizationRules/RootManageSharedAccessKey")["primaryConnectionString"]
    assert re.fullmatch(pattern.replace(";EntityPath=([^;]+)", ""), root), root


# MARK: wrong tokens


def resigned(entity, **changed):
    """A token whose `sr` or `se` is unusual and whose signature is right for it."""
    rule = entity.rules["send"]
    resource, expiry = changed.get("sr", quote(entity.audience, safe="")), str(changed.get("se", sas.in_seconds(3600)))
    return entity.token(sr=resource, se=expiry, sig=quote(sas.signature(rule.primary, resource, expiry), safe=""))


def for_host(host):
    return lambda entity: entity.token(uri=host.format(host=entity.host_name, name=entity.name))


def half(signature):
    return base64.b64encode(base64.b64decode(signature)[:16]).decode()


WRONG = {
    "no token": (lambda entity: None, ""),
    "a word": (lambda entity: "x", ""),
    "the scheme alone": (lambda entity: "SharedAccessSignature", ""),
    "the scheme and a blank": (lambda entity: "SharedAccessSignature ", ""),
    "no scheme": (lambda entity: entity.token().partition(" ")[2], ""),
    "another scheme": (lambda entity: entity.token(scheme="Basic"), ""),
    "no sr": (lambda entity: entity.token(sr=None, order=("sig", "se", "skn")), ""),
    "no sig": (lambda entity: entity.token(order=("sr", "se", "skn")), ""),
    "no se": (lambda entity: entity.token(order=("sr", "sig", "skn")), ""),
    "no skn": (lambda entity: entity.token(order=("sr", "sig", "se")), ""),
    "sr twice": (lambda entity: entity.token(order=("sr", "sig", "se", "skn", "sr")), ""),
    "sig twice": (lambda entity: entity.token(order=("sr", "sig", "se", "skn", "sig")), ""),
    "se twice": (lambda entity: entity.token() + "&se=9999999999", ""),
    "skn twice": (lambda entity: entity.token() + "&skn=RootManageSharedAccessKey", ""),
    "empty sr": (lambda entity: resigned(entity, sr=""), ""),
    "empty sig": (lambda entity: entity.token(sig=""), ""),
    "empty skn": (lambda entity: entity.token(skn=""), ""),
    "the listen key under the send rule": (
        lambda entity: sas.mint(entity.audience, "send", entity.rules["listen"].primary), INVALID_SIGNATURE),
    "the namespace's key under the entity's rule": (
        lambda entity: sas.mint(entity.audience, "send", entity.namespace.keys().primary), INVALID_SIGNATURE),
    "a zero signature": (lambda entity: entity.token(sig=quote(base64.b64encode(bytes(32)).decode(), safe="")),
        INVALID_SIGNATURE),
    "a short signature": (lambda entity: entity.token(encode_signature=lambda text: quote(text[:20], safe="")), ""),
    "a long signature": (lambda entity: entity.token(encode_signature=lambda text: quote(text[:-1] + "AAAA", safe="")), ""),
    "the beginning of the signature": (
        lambda entity: entity.token(encode_signature=lambda text: quote(half(text))), ""),
    "a signature that is no base64": (lambda entity: entity.token(sig="***"), ""),
    "a later expiry than was signed": (lambda entity: entity.token(se=str(sas.in_seconds(7200))), INVALID_SIGNATURE),
    "another resource than was signed": (
        lambda entity: entity.token(sr=quote(f"http://{entity.host_name}/", safe="")), INVALID_SIGNATURE),
    "expired": (lambda entity: entity.token(seconds=-5), ""),
    "expired in 1970": (lambda entity: resigned(entity, se=0), ""),
    "negative se": (lambda entity: resigned(entity, se=-1), ""),
    "signed se": (lambda entity: resigned(entity, se="+4102444800"), ""),
    "hexadecimal se": (lambda entity: resigned(entity, se="0xF4865700"), ""),
    "exponent se": (lambda entity: resigned(entity, se="4e9"), ""),
    "se as a date": (lambda entity: resigned(entity, se="2099-01-01T00:00:00Z"), ""),
    "se with a letter": (lambda entity: resigned(entity, se="4102444800x"), ""),
    "an unknown rule": (lambda entity: sas.mint(entity.audience, "nobody", entity.rules["send"].primary), ""),
    "a rule out of SQL": (lambda entity: sas.mint(entity.audience, "' or '1'='1", entity.rules["send"].primary), ""),
    "another host": (for_host("http://other.example/{name}"), INVALID_AUDIENCE),
    "a host that ends in ours": (for_host("http://evil{host}/{name}"), INVALID_AUDIENCE),
    "a host that begins with ours": (for_host("http://{host}.evil.example/{name}"), INVALID_AUDIENCE),
    "our host as user name": (for_host("http://{host}@evil.example/{name}"), INVALID_AUDIENCE),
    "our host in the query": (for_host("http://evil.example/?http://{host}/{name}"), INVALID_AUDIENCE),
    "our host in the path": (for_host("http://evil.example/{host}/{name}"), INVALID_AUDIENCE),
    "no host": (for_host("/{name}"), ""),
    "another entity": (for_host("http://{host}/other"), INVALID_AUDIENCE),
    "a prefix that ends inside a segment": (lambda entity: entity.token(uri=entity.audience[:-1]), INVALID_AUDIENCE),
    "a longer last segment": (lambda entity: entity.token(uri=entity.audience + "x"), INVALID_AUDIENCE),
    "a path below the request": (lambda entity: entity.token(uri=entity.audience + "/below"), INVALID_AUDIENCE),
    "encoded twice": (lambda entity: entity.token(encode=lambda uri: quote(quote(uri, safe=""), safe="")), ""),
    "dot segments": (for_host("http://{host}/x/../{name}"), ""),
    "17 KiB": (lambda entity: entity.token() + "&x=" + "x" * 17_000, ""),
    "not ASCII": (lambda entity: entity.token(skn="send%C3%A9"), ""),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_a_wrong_token_is_refused_wherever_it_stands(entity, kind):
    """G4 of the threat model: R18 to R27 from the other side."""
    make, text = WRONG[kind]
    if kind == "17 KiB":
        # Beyond the limit of a target; the header is the place where it could be read.
        assert (await entity.refusal(token=make(entity), raw=True)).status in (401, 431)
        return
    await is_refused(entity, make(entity), text)


async def test_a_token_for_another_entity_or_namespace_opens_nothing(make_entity, server):
    one, other = await make_entity(), await make_entity()
    foreign_namespace = await asyncio.to_thread(server.namespace)
    foreign = await (await asyncio.to_thread(foreign_namespace.entity, one.name)).ready()
    for token in (other.token(), sas.mint(one.audience, "send", other.rules["send"].primary), foreign.token(),
            foreign.root_token(),
                  sas.mint(one.audience, "RootManageSharedAccessKey", foreign_namespace.keys().primary)):
        await is_refused(one, token)
    await is_good(one, one.token())


async def test_an_expiry_beyond_every_clock_does_no_harm(entity):
    for expiry in (2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64, "9" * 40, "4102444800." + "9" * 40):
        for status, _ in await verdicts(entity, entity.token(expiry=expiry)):
            assert status in (401, 404)
    await is_good(entity, entity.token())


async def test_a_refusal_names_the_entity_and_no_secret(entity):
    token = entity.token(sig=quote(base64.b64encode(bytes(32)).decode(), safe=""))
    error = await entity.refusal(token=token, raw=True)
    assert INVALID_SIGNATURE in error.reason and entity.name in error.reason
    assert entity.rules["send"].primary not in error.reason and "AAAA" not in unquote(error.reason)


# MARK: keys that change (C4 of the decisions)


@pytest.fixture
async def rotating(make_entity):
    return await make_entity()


def regenerate(entity, rule, key_type):
    keys = entity.namespace.relay.management.ask("POST", entity.rules[rule].path + "/regenerateKeys", {"keyType": key_type})
    return keys["primaryKey"], keys["secondaryKey"]


@pytest.mark.parametrize("key_type", ["PrimaryKey", "SecondaryKey"])
async def test_r022_a_regenerated_key_is_refused_within_a_second(rotating, key_type):
    rule = rotating.rules["send"]
    tokens = {"PrimaryKey": sas.mint(rotating.audience, "send", rule.primary),
              "SecondaryKey": sas.mint(rotating.audience, "send", rule.secondary)}
    for token in tokens.values():
        await is_good(rotating, token)
    keys = regenerate(rotating, "send", key_type)
    assert (keys[0] != rule.primary, keys[1] != rule.secondary) == (key_type == "PrimaryKey", key_type == "SecondaryKey")
    old = tokens.pop(key_type)
    async with asyncio.timeout(1):
        while (await rotating.refusal(token=old, raw=True)).status != 401:
            await asyncio.sleep(0.02)
    for token in tokens.values():
        await is_good(rotating, token)
    for key in keys:
        await is_good(rotating, sas.mint(rotating.audience, "send", key))


async def test_r022_a_regenerated_key_ends_its_control_channels_and_no_joined_connection(rotating):
    rule = rotating.rules["listen"]
    old = sas.mint(rotating.audience, "listen", rule.primary)
    async with rotating.listener(token=old) as first:
        pair = await first.join()
        async with rotating.listener(token=sas.mint(rotating.audience, "listen", rule.secondary)) as second:
            keys = regenerate(rotating, "listen", "PrimaryKey")
            end = await first.end(limit=1)
            assert end.code == 1008 and "TrackingId" in end.reason, end
            await (await second.join()).close()
            await pair.sender.send("still")
            assert await within(pair.listener.receive()) == "still"
            assert (await refusal(rotating.listener(token=old).open())).status == 401
            async with rotating.listener(token=sas.mint(rotating.audience, "listen", keys[0])):
                assert rotating.count() == 2
        await pair.close()


async def test_a_deleted_rule_ends_its_control_channels(rotating):
    async with rotating.listener() as listener:
        rotating.namespace.relay.management.delete(rotating.rules["listen"].path)
        end = await listener.end(limit=1)
        assert end.code == 1008, end
    assert (await refusal(rotating.listener().open())).status == 401


async def test_a_rule_that_loses_listen_ends_its_control_channels(rotating):
    async with rotating.listener() as listener:
        rotating.namespace.relay.management.put(rotating.rules["listen"].path, {"properties": {"rights": ["Send"]}})
        end = await listener.end(limit=1)
        assert end.code == 1008, end
    assert (await refusal(rotating.listener().open())).status == 403


async def test_keys_of_the_namespace_change_as_those_of_an_entity(make_entity, server):
    namespace = await asyncio.to_thread(server.namespace)
    entity = await (await asyncio.to_thread(namespace.entity, "orders")).ready()
    rule = await asyncio.to_thread(namespace.rule, "outer", "Listen", "Send")
    await known(entity, rule)
    token = entity.token(rule)
    async with entity.listener(token=token) as listener:
        namespace.relay.management.ask("POST", rule.path + "/regenerateKeys", {"keyType": "PrimaryKey"})
        assert (await listener.end(limit=1)).code == 1008
    await is_refused(entity, token, INVALID_SIGNATURE)


async def test_rotation_with_traffic_running_fails_no_connect(rotating):
    """Regenerate one key while the peers use the other, move them, regenerate the other."""
    key_of = {"PrimaryKey": rotating.rules["send"].primary, "SecondaryKey": rotating.rules["send"].secondary}
    in_use, done, connects = "PrimaryKey", asyncio.Event(), 0

    async def traffic():
        nonlocal connects
        while not done.is_set():
            socket = await rotating.connect(token=sas.mint(rotating.audience, "send", key_of[in_use]))
            await socket.send("x")
            assert await within(socket.receive()) == "x"
            await socket.close()
            connects += 1

    async with rotating.listener() as listener:
        listener.serve()
        running = asyncio.ensure_future(traffic())
        for spare in ("SecondaryKey", "PrimaryKey", "SecondaryKey"):
            keys = await asyncio.to_thread(regenerate, rotating, "send", spare)
            key_of[spare] = keys[0 if spare == "PrimaryKey" else 1]
            await known_key(rotating, key_of[spare])
            in_use, before = spare, connects
            async with asyncio.timeout(10):
                while connects < before + 5 and not running.done():
                    await asyncio.sleep(0.01)
        done.set()
        await within(running)
    assert connects >= 15


async def known_key(entity, key):
    async with asyncio.timeout(1):
        while True:
            try:
                socket = await entity.connect(token=sas.mint(entity.audience, "send", key))
            except Exception as error:
                assert getattr(error, "status", None) == 401, error
                await asyncio.sleep(0.02)
                continue
            await socket.close()
            return
