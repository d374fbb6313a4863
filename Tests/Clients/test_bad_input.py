"""Bodies and values that are wrong: each refused in Azure's shape, and nothing changes."""

import json
import unicodedata
from pathlib import Path

import pytest

from clients.raw import RawConnection
from clients.rest import error_in, refused

MIB = 1024 * 1024


# MARK: bodies that are no JSON document


NOT_JSON = {
    "empty": b"", "blank": b"  \r\n", "text": b"hello", "NaN": b"NaN", "NaN inside": b'{"properties":{"userMetadata":NaN}}',
    "infinity": b"Infinity",
    "truncated object": b'{"properties":', "truncated string": b'{"properties":{"userMetadata":"a',
    "truncated escape": b'{"a":"\\',
    "truncated word": b'{"properties":tru', "unclosed": b"{", "only a close": b"}", "mismatched": b'{"a":[}',
    "single quotes": b"{'properties':{}}",
    "name without quotes": b"{properties:{}}", "comment": b'{"properties":{}} // x',
    "comment inside": b'{/* x */"properties":{}}',
    "comma at the end": b'{"properties":{},}', "comma in an array": b'{"a":[1,]}', "two commas": b'{"a":1,,"b":2}',
    "no colon": b'{"a" 1}',
    "trailing text": b'{"properties":{}}x', "two documents": b"{}{}", "trailing NUL": b"{}\x00",
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16 little": '{"properties":{}}'.encode("utf-16-le"), "UTF-16 big": '{"properties":{}}'.encode("utf-16-be"),
    "UTF-16 with mark": '{"properties":{}}'.encode("utf-16"), "UTF-32": '{"properties":{}}'.encode("utf-32"),
    "invalid UTF-8": b'{"properties":{"userMetadata":"\xff\xfe"}}',
    "overlong UTF-8": b'{"properties":{"userMetadata":"\xc0\xaf"}}',
    "surrogate in UTF-8": b'{"properties":{"userMetadata":"\xed\xa0\x80"}}',
    "truncated UTF-8": b'{"properties":{"userMetadata":"\xe2\x82"}}',
    "lone high surrogate": b'{"properties":{"userMetadata":"\\ud800"}}',
    "lone low surrogate": b'{"properties":{"userMetadata":"\\udc00"}}',
    "two high surrogates": b'{"properties":{"userMetadata":"\\ud800\\ud800"}}', "surrogate in a name": b'{"\\ud800":1}',
    "bad escape": b'{"properties":{"userMetadata":"\\x41"}}', "short escape": b'{"properties":{"userMetadata":"\\u12"}}',
    "control character": b'{"properties":{"userMetadata":"a\x01b"}}',
    "line break in a string": b'{"properties":{"userMetadata":"a\nb"}}',
    "same name twice": b'{"properties":{"userMetadata":"a","userMetadata":"b"}}',
    "same object twice": b'{"properties":{},"properties":{}}',
    "same name by escape": b'{"properties":{},"\\u0070roperties":{}}',
    "same name in other case": b'{"properties":{},"Properties":{}}',
    "leading zero": b'{"a":01}', "plus": b'{"a":+1}', "no digit before the point": b'{"a":.5}',
    "no digit after the point": b'{"a":1.}',
    "hex": b'{"a":0x10}', "minus alone": b'{"a":-}', "empty exponent": b'{"a":1e}', "form": b"properties=a",
    "XML": b"<properties/>",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "100,000 arrays": b"[" * 100_000, "100,000 objects": b'{"a":' * 100_000,
    "100,000 arrays, closed": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "130 levels": b'{"a":' * 130 + b"1" + b"}" * 130,
    "200 levels below a known name": b'{"properties":' * 200 + b"{}" + b"}" * 200,
}
TARGETS = [("PUT", "{entity}"), ("PATCH", "{namespace}"), ("POST", "{rule}/regenerateKeys"), ("PUT", "{binding}"),
    ("PUT", "{group}"), ("PUT", "{plan}")]


@pytest.mark.parametrize("name", NOT_JSON)
def test_a_body_that_is_no_json_document_is_400(management, estate, unchanged, name):
    for method, path in TARGETS:
        answer = management.call(method, estate.path(path), data=NOT_JSON[name], headers={"Content-Type": "application/json"})
        refused(answer, codes={"InvalidRequestContent"})


@pytest.mark.parametrize("text", ["null", "true", "1", '"text"', "[]", '[{"location":"westus"}]', "{}x"])
@pytest.mark.parametrize("method, path", TARGETS)
def test_a_document_that_is_no_object_is_400(management, estate, unchanged, method, path, text):
    refused(management.call(method, estate.path(path), data=text.encode()), codes={"InvalidRequestContent"})


def test_a_hundred_levels_are_read(management, estate):
    body = '{"properties":{"userMetadata":"kept"},"ignored":' + "[" * 100 + "]" * 100 + "}"
    assert management.call("PUT", estate.path("{entity}"), data=body.encode()).status_code == 200


def test_large_numbers_in_what_is_not_read_do_no_harm(management, estate):
    body = '{"properties":{"userMetadata":"kept"},"a":1e400,"b":-1e-400,"c":' + "9" * 5000 + ',"d":0.' + "1" * 5000 + "}"
    assert management.call("PUT", estate.path("{entity}"), data=body.encode()).status_code == 200


@pytest.mark.parametrize("path", [
    "{group}", "{namespace}", "{entity}", "{rule}", "{relay}", "{network}", "{endpoint}", "{plan}", "{site}", "{binding}",
    "{legacy}",
    "{lock}", "{tags}",
])
def test_a_put_of_what_was_read_changes_nothing(management, estate, unchanged, path):
    before = management.call("GET", estate.path(path))
    answer = management.call("PUT", estate.path(path), before.json())
    assert answer.status_code == 200, answer.text
    after = management.call("GET", estate.path(path))
    assert answer.json() == after.json() == before.json() and after.headers.get("ETag") == before.headers.get("ETag")


@pytest.mark.parametrize("text", [
    "\u0000", "a\u0000b", "\u2028", "\U0001f600", "\x7f", "a\tb\r\n", "\ufeff", "<script>\"'&</script>", "\u202eabc", "e\u0301",
    "\u00e9", "",
    "'; drop table hybrid_connection; --", "%00", "\\u0000", "\ufffd", "\U0010ffff",
])
def test_text_is_kept_as_it_is_or_refused(management, estate, text):
    """Byte for byte; not cut off, not normalised, not escaped twice."""
    cases = [
        ("{namespace}/hybridConnections/text", {"properties": {"userMetadata": text}}, ("properties", "userMetadata")),
        ("{namespace}", {"location": "westus", "tags": {"purpose": "estate", "text": text}}, ("tags", "text")),
        ("{lock}", {"properties": {"level": "CanNotDelete", "notes": text}}, ("properties", "notes")),
    ]
    # What was there before is the same text in the other normal form: another text all the same.
    before = unicodedata.normalize("NFD" if unicodedata.is_normalized("NFC", text) else "NFC", text)
    for path, body, place in cases:
        management.put(estate.path(path), {**body, place[0]: {**body[place[0]], place[1]: before.replace("\u0000", "")}})
        answer = management.call("PUT", estate.path(path), body)
        if answer.status_code == 400:
            assert "\u0000" in text, answer.text
            continue
        assert answer.status_code == 200, answer.text
        for shown in (answer.json(), management.get(estate.path(path))):
            assert (shown[place[0]].get(place[1]) or "") == text, path


# MARK: fields of the wrong type or value


def values(method, path, field, *wrong, base=None):
    """Bodies in each of which one field (a path with dots) has another wrong value."""
    for value in wrong:
        body = json.loads(json.dumps(base or {}))
        *parents, last = field.split(".")
        place = body
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        yield pytest.param(method, path, body, id=f"{method} {path} {field}={json.dumps(value)[:40]}")


NEW = {"location": "westus"}
TAGS = ([], "a", 1, True, {"a": 1}, {"a": {}}, {"a": ["b"]}, {"a": "x" * 257}, {"x" * 513: "a"},
    {f"t{i}": "a" for i in range(51)})
PLAN = {"location": "westus", "sku": {"name": "S1"}}
SITE = {"location": "westus", "properties": {"serverFarmId": "{plan}"}}
MASKS = ("", "x", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/x", "203.0.113.256", "203.0.113", "203.0.113.0/24/1",
    " 203.0.113.0", "0x7f.1", "010.0.0.1", 1, None)
WRONG_FIELDS = [
    *values("PUT", "{group}", "location", 1, [], {}, True, "", "w" * 60, "wést", "west;us"),
    *values("PUT", "{group}", "tags", *TAGS, base=NEW),
    *values("PUT", "{group}-new", "tags", {"a": 1}, base=NEW), *values("PUT", "{group}-new", "properties", [], 1, base={}),
    *values("PUT", "{namespace}", "location", 1, [], {}, None, ""), *values("PUT", "{namespace}", "tags", *TAGS, base=NEW),
    *values("PUT", "{namespace}", "sku", [], "Standard", 1, {"name": "Basic"}, {"name": 1},
        {"name": "Standard", "tier": "Premium"}, base=NEW),
    *values("PUT", "{namespace}", "properties", [], "a", 1, True, base=NEW),
    *values("PUT", "{namespace}", "properties.publicNetworkAccess", "Perhaps", 1, [], base=NEW),
    *values("PUT", "{namespace}", "properties.minimumTlsVersion", "1.0", "1.4", 1.2, base=NEW),
    *values("PUT", "{namespace}", "properties.provisioningState", "Failed", base=NEW),
    *values("PATCH", "{namespace}", "tags", *TAGS), *values("PATCH", "{namespace}", "properties", [], 1),
    *values("PUT", "{entity}", "properties", [], "a", 1, True),
    *values("PUT", "{entity}", "properties.requiresClientAuthorization", "true", 1, [], {}, False),
    *values("PUT", "{entity}", "properties.userMetadata", 1, [], {}, True, "x" * 1025, "\U0001f600" * 513),
    *values("PUT", "{namespace}/hybridConnections/new", "properties.requiresClientAuthorization", "false", 0),
    *values("PUT", "{rule}", "properties.rights", "Send", 1, {}, [], None, ["send it"], ["Manage"], ["Manage", "Send"],
        ["Send", "Send"], [1], [None], [["Send"]], ["Admin"]),
    *values("PUT", "{rule}", "properties", [], None, {}),
    *values("POST", "{rule}/regenerateKeys", "keyType", "Primary", "primary key", "", 1, None, [], "TertiaryKey"),
    *values("POST", "{rule}/regenerateKeys", "key", "x", "AAAA", "=" * 44, "A" * 43, "A" * 44, "A" * 42 + "==", "é" * 44, 1, [],
        "A" * 100_000, base={"keyType": "PrimaryKey"}),
    *values("PUT", "{relay}", "properties.relayType", "Udp", 1, [], "Http"),
    *values("PUT", "{relay}", "properties.requiresTransportSecurity", "no", False),
    *values("PUT", "{namespace}/wcfRelays/orders", "properties.relayType", "Udp", 1),
    *values("PUT", "{network}", "properties.defaultAction", "Maybe", 1, []),
    *values("PUT", "{network}", "properties.ipRules", "a", {}, [1], [{}], [[]]),
    *(case for mask in MASKS for case in values("PUT", "{network}", "properties.ipRules", [{"ipMask": mask}])),
    *values("PUT", "{network}", "properties.ipRules", [{"ipMask": "10.0.0.1", "action": "Deny"}],
        [{"ipMask": f"10.0.{i // 250}.{i % 250}"} for i in range(129)]),
    *values("PUT", "{endpoint}", "properties.privateLinkServiceConnectionState.status", "Perhaps", 1),
    *values("PUT", "{endpoint}", "properties.privateEndpoint", "a", []),
    *values("POST", "{subscription}/providers/Microsoft.Relay/checkNameAvailability", "name", 1, [], {}, None),
    *values("PUT", "{plan}", "sku", [], 1, "S1", {"name": "Z9"}, {"name": ""}, {"name": 1}, base=NEW),
    *values("PUT", "{plan}", "sku.capacity", -1, 1.5, "x", 2**63, [], base=PLAN),
    *values("PUT", "{plan}", "properties.perSiteScaling", "yes", 1, base=PLAN),
    *values("PUT", "{plan}", "tags", *TAGS[:6], base=PLAN),
    *values("PUT", "{site}", "properties.serverFarmId", 1, [], "not an id", "/subscriptions", "{group}", base=SITE),
    *values("PUT", "{site}", "properties.enabled", "yes", 1, base=SITE),
    *values("PUT", "{site}", "properties.siteConfig", [], "a", base=SITE),
    *values("PUT", "{site}-new", "properties.serverFarmId", None, "", 1, base=SITE),
    *values("PUT", "{binding}", "properties.hostname", 1, [], {}, "a b", "a/b", "http://a", "a\r\nb", "a\u0000b", "x" * 300,
        "-a-", "a..b", "a:80"),
    *values("PUT", "{binding}", "properties.sendKeyName", 1, [], "a b", "x" * 51, "../a"),
    *values("PUT", "{binding}", "properties.sendKeyValue", 1, [], {}),
    *values("PUT", "{binding}", "properties.relayArmUri", 1, [], "x" * 3000),
    *values("PUT", "{binding}", "properties", [], 1, "a"),
    *values("PATCH", "{binding}", "properties.hostname", 1, "a b"), *values("PATCH", "{binding}", "properties", [], "a"),
    *values("PUT", "{legacy}", "properties.port", "x", -1, 65536, 1.5), *values("PUT", "{legacy}", "properties.hostname", 1, []),
    *values("PUT", "{tags}", "properties.tags", *TAGS), *values("PATCH", "{tags}", "operation", "Explode", 1, None,
        base={"properties": {"tags": {"a": "b"}}}),
    *values("PUT", "{lock}", "properties.level", "Never", 1, None, []), *values("PUT", "{lock}", "properties", {}, []),
    *values("PUT", "{entity}/providers/Causeway.Relay/settings/default", "properties.responseDeadlineSeconds", -1, 1.5, "x",
        2**63, 10**9, []),
    *values("POST", "{entity}/providers/Causeway.Relay/rotateSendKey", "authorizationRuleName", 1, [], {}),
    *values("PUT", "{namespace}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-1111-1111-111111111111",
        "properties", {}, [], {"roleDefinitionId": 1}),
]


@pytest.mark.parametrize("method, path, body", WRONG_FIELDS)
def test_a_field_of_the_wrong_type_or_value_is_400(management, estate, unchanged, method, path, body):
    body = json.loads(estate.path(json.dumps(body)))
    refused(management.call(method, estate.path(path), body))


@pytest.mark.parametrize("method, path, body, status, code", [
    ("PUT", "{namespace}-new", {}, 400, "LocationRequired"), ("PUT", "{group}-new", {}, 400, "LocationRequired"),
    ("PUT", "{namespace}", {"location": "eastus"}, 409, "InvalidResourceLocation"),
    ("PUT", "{group}", {"location": "eastus"}, 409, "InvalidResourceLocation"),
    ("DELETE", "{namespace}/authorizationRules/RootManageSharedAccessKey", None, 400, "BadRequest"),
    ("DELETE", "{relay}", None, 409, "ScopeLocked"),
    ("DELETE", "{namespace}", None, 409, "ScopeLocked"), ("DELETE", "{group}", None, 409, "ScopeLocked"),
    ("DELETE", "{plan}", None, 409, "Conflict"),
    ("PUT", "{namespace}/wcfRelays/orders", {"properties": {"relayType": "NetTcp"}}, 409, "Conflict"),
    ("PUT", "{namespace}/hybridConnections/Billing", {}, 409, "Conflict"),
    ("PUT", "{group}-not/providers/Microsoft.Relay/namespaces/somewhere", {"location": "westus"}, 404, "ResourceGroupNotFound"),
    ("PUT", "{namespace}-not/hybridConnections/a", {}, 404, "ParentResourceNotFound"),
    ("PUT", "{namespace}/hybridConnections/not/authorizationRules/a", {"properties": {"rights": ["Send"]}}, 404,
        "ParentResourceNotFound"),
    ("GET", "{namespace}/hybridConnections/not", None, 404, "ResourceNotFound"),
    ("GET", "{namespace}-not/hybridConnections", None, 404, "ResourceNotFound"),
    ("POST", "{entity}/authorizationRules/not/listKeys", None, 404, "ResourceNotFound"),
    ("GET", "{site}/hybridConnectionNamespaces/{namespaceName}/relays/not", None, 404, "ResourceNotFound"),
    ("DELETE", "{site}/hybridConnectionNamespaces/{namespaceName}/relays/not", None, 404, "ResourceNotFound"),
    ("GET", "/subscriptions/11111111-1111-1111-1111-111111111111", None, 404, "SubscriptionNotFound"),
    ("GET", "/subscriptions/not-a-guid/resourceGroups", None, 404, "SubscriptionNotFound"),
    ("GET", "{group}/providers/Microsoft.Relay/clusters/a", None, 404, "InvalidResourceType"),
    ("GET", "{group}/providers/Microsoft.Nothing/things/a", None, 404, "InvalidResourceNamespace"),
    ("PUT", "{namespace}", {"location": "westus", "tags": {"purpose": "estate"}}, 412, "PreconditionFailed"),
    ("DELETE", "{entity}", None, 412, "PreconditionFailed"), ("PATCH", "{namespace}", {"tags": {}}, 412, "PreconditionFailed"),
])
def test_what_stands_against_a_request_has_its_own_code(management, estate, unchanged, method, path, body, status, code):
    headers = {"If-Match": '"another"'} if status == 412 else {}
    refused(management.call(method, estate.path(path), body, headers=headers), statuses=(status,), codes={code})


# MARK: ports


def binding_with_port(management, estate, text):
    body = json.dumps(estate.body_of_binding(port="PORT")).replace('"PORT"', text)
    return management.call("PUT", estate.path("{binding}"), data=body.encode(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("text", [
    "0", "-1", "65536", "65537", "2147483648", "4294967376", "9223372036854775807", "9223372036854775808", "18446744073709551696",
    "1e300",
    "-1e300", "14.33", "1433.5", "true", "false", '""', '"abc"', '"1433 "', '" 1433"', '"+1433"', '"-1433"', '"0x599"',
    '"1433.0"', '"1e3"', '"1_433"',
    '"\\u0661\\u0664\\u0663\\u0663"', '"65536"', '"0"', '"99999999999999999999"', "[1433]", "{}", '"1433;drop"', "9" * 400,
])
def test_a_port_out_of_range_is_400(management, estate, unchanged, text):
    refused(binding_with_port(management, estate, text))


@pytest.mark.parametrize("text, port", [("1", 1), ("65535", 65535), ('"1433"', 1433), ("80", 80)])
def test_a_port_in_range_is_answered_as_a_number(management, estate, text, port):
    answer = binding_with_port(management, estate, text)
    assert answer.status_code == 200 and answer.json()["properties"]["port"] == port
    assert binding_with_port(management, estate, "1433").status_code == 200


# MARK: large bodies


def resident_mib(process):
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


BLOCK = b" " * 65536


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with a length", "chunked"])
@pytest.mark.parametrize("path, has_token, wanted", [
    ("{entity}", True, 413), ("{entity}", False, 401), ("/{tenant}/oauth2/v2.0/token", False, 413),
    ("/there/is/no/such/path", True, 404),
], ids=["with a token", "without a token", "sign-in", "unknown path"])
def test_a_body_of_64_mib_is_refused_early_and_costs_no_memory(
        settings, management, estate, unchanged, server_process, path, has_token, wanted, is_chunked):
    target = estate.path(path).replace("{tenant}", settings.tenant_id)
    before, peak = resident_mib(server_process), 0.0
    token = f"Authorization: Bearer {management.token}\r\n" if has_token else ""
    length = "Transfer-Encoding: chunked\r\n" if is_chunked else f"Content-Length: {64 * MIB}\r\n"
    method = "POST" if "oauth2" in path else "PUT"
    with RawConnection(settings) as connection:
        line = f"{method} {target}?api-version=2026-01-01 HTTP/1.1\r\n"
        connection.send(f"{line}Host: {connection.host}\r\n{token}{length}\r\n".encode())
        block = b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK) if is_chunked else BLOCK
        if wanted == 413 and is_chunked:
            for _ in range(5 * MIB // len(BLOCK)):
                connection.send_all_that_is_taken(block)
        # What follows has not been sent yet: the refusal must not wait for it.
        answer = connection.read_answer()
        assert answer.status == wanted, answer.body[:300]
        if "oauth2" not in path or wanted != 413:
            error_in(json.loads(answer.body))
        for _ in range(59 * MIB // len(BLOCK)):
            connection.send_all_that_is_taken(block)
            peak = max(peak, resident_mib(server_process))
    assert peak - before < 30, f"resident memory went from {before:.0f} to {peak:.0f} MiB"


@pytest.mark.parametrize("size, wanted", [(4 * MIB, 200), (4 * MIB + 1, 413)])
def test_four_mib_are_the_limit(management, estate, unchanged, size, wanted):
    body = b'{"properties":{"userMetadata":"kept"}}'
    answer = management.call("PUT", estate.path("{entity}"), data=body + b" " * (size - len(body)))
    assert answer.status_code == wanted
    if wanted == 413:
        refused(answer, statuses=(413,), codes={"RequestEntityTooLarge"})
    else:
        management.put(estate.path("{entity}"), {"properties": {"userMetadata": "kept"}})
