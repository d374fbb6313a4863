"""Bodies, names, numbers, versions and filters that are wrong: each refused in Azure's shape, and nothing changes."""

import json
import random
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from clients.estate import Estate, difference, picture
from clients.raw import RawConnection
from clients.rest import Management, error_in, error_of

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def estate(management, group, unique):
    estate = Estate(management, group, unique).build()
    yield estate
    estate.take_down()


@pytest.fixture
def unchanged(estate, healthy, data_directory):
    """Nothing in the store but its log is another after the test than before it, and the server is healthy."""
    before = picture(data_directory)
    yield
    healthy()
    assert difference(before, picture(data_directory)) == []


LEAKS = re.compile(r"sqlite|\bselect\b.*\bfrom\b|\binsert into\b|grdb|\.swift\b|stack trace|0x[0-9a-f]{8}|/home/|/var/|/usr/", re.IGNORECASE)


def refused(answer, statuses=(400,), codes=None):
    """Checks a refusal: its status, Azure's shape, the request id, and that it tells nothing of the inside."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:400])
    code, message = error_of(answer)
    assert codes is None or code in codes, (code, message)
    assert not LEAKS.search(answer.text), answer.text
    assert all(ord(character) >= 0x20 for character in message), repr(message)
    return code, message


# MARK: bodies that are no JSON document


NOT_JSON = {
    "empty": b"", "blank": b"  \r\n", "text": b"hello", "NaN": b"NaN", "NaN inside": b'{"properties":{"userMetadata":NaN}}', "infinity": b"Infinity",
    "truncated object": b'{"properties":', "truncated string": b'{"properties":{"userMetadata":"a', "truncated escape": b'{"a":"\\',
    "truncated word": b'{"properties":tru', "unclosed": b"{", "only a close": b"}", "mismatched": b'{"a":[}', "single quotes": b"{'properties':{}}",
    "name without quotes": b"{properties:{}}", "comment": b'{"properties":{}} // x', "comment inside": b'{/* x */"properties":{}}',
    "comma at the end": b'{"properties":{},}', "comma in an array": b'{"a":[1,]}', "two commas": b'{"a":1,,"b":2}', "no colon": b'{"a" 1}',
    "trailing text": b'{"properties":{}}x', "two documents": b"{}{}", "trailing NUL": b"{}\x00", "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16 little": '{"properties":{}}'.encode("utf-16-le"), "UTF-16 big": '{"properties":{}}'.encode("utf-16-be"),
    "UTF-16 with mark": '{"properties":{}}'.encode("utf-16"), "UTF-32": '{"properties":{}}'.encode("utf-32"),
    "invalid UTF-8": b'{"properties":{"userMetadata":"\xff\xfe"}}', "overlong UTF-8": b'{"properties":{"userMetadata":"\xc0\xaf"}}',
    "surrogate in UTF-8": b'{"properties":{"userMetadata":"\xed\xa0\x80"}}', "truncated UTF-8": b'{"properties":{"userMetadata":"\xe2\x82"}}',
    "lone high surrogate": b'{"properties":{"userMetadata":"\\ud800"}}', "lone low surrogate": b'{"properties":{"userMetadata":"\\udc00"}}',
    "two high surrogates": b'{"properties":{"userMetadata":"\\ud800\\ud800"}}', "surrogate in a name": b'{"\\ud800":1}',
    "bad escape": b'{"properties":{"userMetadata":"\\x41"}}', "short escape": b'{"properties":{"userMetadata":"\\u12"}}',
    "control character": b'{"properties":{"userMetadata":"a\x01b"}}', "line break in a string": b'{"properties":{"userMetadata":"a\nb"}}',
    "same name twice": b'{"properties":{"userMetadata":"a","userMetadata":"b"}}', "same object twice": b'{"properties":{},"properties":{}}',
    "same name by escape": b'{"properties":{},"\\u0070roperties":{}}', "same name in other case": b'{"properties":{},"Properties":{}}',
    "leading zero": b'{"a":01}', "plus": b'{"a":+1}', "no digit before the point": b'{"a":.5}', "no digit after the point": b'{"a":1.}',
    "hex": b'{"a":0x10}', "minus alone": b'{"a":-}', "empty exponent": b'{"a":1e}', "form": b"properties=a", "XML": b"<properties/>",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "100,000 arrays": b"[" * 100_000, "100,000 objects": b'{"a":' * 100_000,
    "100,000 arrays, closed": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "130 levels": b'{"a":' * 130 + b"1" + b"}" * 130,
    "200 levels below a known name": b'{"properties":' * 200 + b"{}" + b"}" * 200,
}
TARGETS = [("PUT", "{entity}"), ("PATCH", "{namespace}"), ("POST", "{rule}/regenerateKeys"), ("PUT", "{binding}"), ("PUT", "{group}"), ("PUT", "{plan}")]


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
TAGS = ([], "a", 1, True, {"a": 1}, {"a": {}}, {"a": ["b"]}, {"a": "x" * 257}, {"x" * 513: "a"}, {f"t{i}": "a" for i in range(51)})
PLAN = {"location": "westus", "sku": {"name": "S1"}}
SITE = {"location": "westus", "properties": {"serverFarmId": "{plan}"}}
MASKS = ("", "x", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/x", "203.0.113.256", "203.0.113", "203.0.113.0/24/1", " 203.0.113.0", "0x7f.1", "010.0.0.1", 1, None)
WRONG_FIELDS = [
    *values("PUT", "{group}", "location", 1, [], {}, True, "", "w" * 60, "wést", "west;us"), *values("PUT", "{group}", "tags", *TAGS, base=NEW),
    *values("PUT", "{group}-new", "tags", {"a": 1}, base=NEW), *values("PUT", "{group}-new", "properties", [], 1, base={}),
    *values("PUT", "{namespace}", "location", 1, [], {}, None, ""), *values("PUT", "{namespace}", "tags", *TAGS, base=NEW),
    *values("PUT", "{namespace}", "sku", [], "Standard", 1, {"name": "Basic"}, {"name": 1}, {"name": "Standard", "tier": "Premium"}, base=NEW),
    *values("PUT", "{namespace}", "properties", [], "a", 1, True, base=NEW),
    *values("PUT", "{namespace}", "properties.publicNetworkAccess", "Perhaps", 1, [], base=NEW),
    *values("PUT", "{namespace}", "properties.minimumTlsVersion", "1.0", "1.4", 1.2, base=NEW),
    *values("PUT", "{namespace}", "properties.provisioningState", "Failed", base=NEW),
    *values("PATCH", "{namespace}", "tags", *TAGS), *values("PATCH", "{namespace}", "properties", [], 1),
    *values("PUT", "{entity}", "properties", [], "a", 1, True),
    *values("PUT", "{entity}", "properties.requiresClientAuthorization", "true", 1, [], {}, False),
    *values("PUT", "{entity}", "properties.userMetadata", 1, [], {}, True, "x" * 1025, "\U0001f600" * 513),
    *values("PUT", "{namespace}/hybridConnections/new", "properties.requiresClientAuthorization", "false", 0),
    *values("PUT", "{rule}", "properties.rights", "Send", 1, {}, [], None, ["send it"], ["Manage"], ["Manage", "Send"], ["Send", "Send"], [1], [None], [["Send"]], ["Admin"]),
    *values("PUT", "{rule}", "properties", [], None, {}),
    *values("POST", "{rule}/regenerateKeys", "keyType", "Primary", "primary key", "", 1, None, [], "TertiaryKey"),
    *values("POST", "{rule}/regenerateKeys", "key", "x", "AAAA", "=" * 44, "A" * 43, "A" * 44, "A" * 42 + "==", "é" * 44, 1, [], "A" * 100_000,
            base={"keyType": "PrimaryKey"}),
    *values("PUT", "{relay}", "properties.relayType", "Udp", 1, [], "Http"), *values("PUT", "{relay}", "properties.requiresTransportSecurity", "no", False),
    *values("PUT", "{namespace}/wcfRelays/orders", "properties.relayType", "Udp", 1),
    *values("PUT", "{network}", "properties.defaultAction", "Maybe", 1, []), *values("PUT", "{network}", "properties.ipRules", "a", {}, [1], [{}], [[]]),
    *(case for mask in MASKS for case in values("PUT", "{network}", "properties.ipRules", [{"ipMask": mask}])),
    *values("PUT", "{network}", "properties.ipRules", [{"ipMask": "10.0.0.1", "action": "Deny"}], [{"ipMask": f"10.0.{i // 250}.{i % 250}"} for i in range(129)]),
    *values("PUT", "{endpoint}", "properties.privateLinkServiceConnectionState.status", "Perhaps", 1),
    *values("PUT", "{endpoint}", "properties.privateEndpoint", "a", []), *values("POST", "{subscription}/providers/Microsoft.Relay/checkNameAvailability", "name", 1, [], {}, None),
    *values("PUT", "{plan}", "sku", [], 1, "S1", {"name": "Z9"}, {"name": ""}, {"name": 1}, base=NEW), *values("PUT", "{plan}", "sku.capacity", -1, 1.5, "x", 2**63, [], base=PLAN),
    *values("PUT", "{plan}", "properties.perSiteScaling", "yes", 1, base=PLAN), *values("PUT", "{plan}", "tags", *TAGS[:6], base=PLAN),
    *values("PUT", "{site}", "properties.serverFarmId", 1, [], "not an id", "/subscriptions", "{group}", base=SITE),
    *values("PUT", "{site}", "properties.enabled", "yes", 1, base=SITE), *values("PUT", "{site}", "properties.siteConfig", [], "a", base=SITE),
    *values("PUT", "{site}-new", "properties.serverFarmId", None, "", 1, base=SITE),
    *values("PUT", "{binding}", "properties.hostname", 1, [], {}, "a b", "a/b", "http://a", "a\r\nb", "a\u0000b", "x" * 300, "-a-", "a..b", "a:80"),
    *values("PUT", "{binding}", "properties.sendKeyName", 1, [], "a b", "x" * 51, "../a"), *values("PUT", "{binding}", "properties.sendKeyValue", 1, [], {}),
    *values("PUT", "{binding}", "properties.relayArmUri", 1, [], "x" * 3000), *values("PUT", "{binding}", "properties", [], 1, "a"),
    *values("PATCH", "{binding}", "properties.hostname", 1, "a b"), *values("PATCH", "{binding}", "properties", [], "a"),
    *values("PUT", "{legacy}", "properties.port", "x", -1, 65536, 1.5), *values("PUT", "{legacy}", "properties.hostname", 1, []),
    *values("PUT", "{tags}", "properties.tags", *TAGS), *values("PATCH", "{tags}", "operation", "Explode", 1, None, base={"properties": {"tags": {"a": "b"}}}),
    *values("PUT", "{lock}", "properties.level", "Never", 1, None, []), *values("PUT", "{lock}", "properties", {}, []),
    *values("PUT", "{entity}/providers/Causeway.Relay/settings/default", "properties.responseDeadlineSeconds", -1, 1.5, "x", 2**63, 10**9, []),
    *values("POST", "{entity}/providers/Causeway.Relay/rotateSendKey", "authorizationRuleName", 1, [], {}),
    *values("PUT", "{namespace}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-1111-1111-111111111111", "properties", {}, [], {"roleDefinitionId": 1}),
]


@pytest.mark.parametrize("method, path, body", WRONG_FIELDS)
def test_a_field_of_the_wrong_type_or_value_is_400(management, estate, unchanged, method, path, body):
    body = json.loads(estate.path(json.dumps(body)))
    refused(management.call(method, estate.path(path), body))


@pytest.mark.parametrize("method, path, body, status, code", [
    ("PUT", "{namespace}-new", {}, 400, "LocationRequired"), ("PUT", "{group}-new", {}, 400, "LocationRequired"),
    ("PUT", "{namespace}", {"location": "eastus"}, 409, "InvalidResourceLocation"), ("PUT", "{group}", {"location": "eastus"}, 409, "InvalidResourceLocation"),
    ("DELETE", "{namespace}/authorizationRules/RootManageSharedAccessKey", None, 400, "BadRequest"), ("DELETE", "{relay}", None, 409, "ScopeLocked"),
    ("DELETE", "{namespace}", None, 409, "ScopeLocked"), ("DELETE", "{group}", None, 409, "ScopeLocked"), ("DELETE", "{plan}", None, 409, "Conflict"),
    ("PUT", "{namespace}/wcfRelays/orders", {"properties": {"relayType": "NetTcp"}}, 409, "Conflict"),
    ("PUT", "{namespace}/hybridConnections/Billing", {}, 409, "Conflict"),
    ("PUT", "{group}-not/providers/Microsoft.Relay/namespaces/somewhere", {"location": "westus"}, 404, "ResourceGroupNotFound"),
    ("PUT", "{namespace}-not/hybridConnections/a", {}, 404, "ParentResourceNotFound"),
    ("PUT", "{namespace}/hybridConnections/not/authorizationRules/a", {"properties": {"rights": ["Send"]}}, 404, "ParentResourceNotFound"),
    ("GET", "{namespace}/hybridConnections/not", None, 404, "ResourceNotFound"), ("GET", "{namespace}-not/hybridConnections", None, 404, "ResourceNotFound"),
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
    "0", "-1", "65536", "65537", "2147483648", "4294967376", "9223372036854775807", "9223372036854775808", "18446744073709551696", "1e300",
    "-1e300", "14.33", "1433.5", "true", "false", '""', '"abc"', '"1433 "', '" 1433"', '"+1433"', '"-1433"', '"0x599"', '"1433.0"', '"1e3"', '"1_433"',
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
    ("{entity}", True, 413), ("{entity}", False, 401), ("/{tenant}/oauth2/v2.0/token", False, 413), ("/there/is/no/such/path", True, 404),
], ids=["with a token", "without a token", "sign-in", "unknown path"])
def test_a_body_of_64_mib_is_refused_early_and_costs_no_memory(
        settings, management, estate, unchanged, server_process, path, has_token, wanted, is_chunked):
    target = estate.path(path).replace("{tenant}", settings.tenant_id)
    before, peak = resident_mib(server_process), 0.0
    token = f"Authorization: Bearer {management.token}\r\n" if has_token else ""
    length = "Transfer-Encoding: chunked\r\n" if is_chunked else f"Content-Length: {64 * MIB}\r\n"
    method = "POST" if "oauth2" in path else "PUT"
    with RawConnection(settings) as connection:
        connection.send(f"{method} {target}?api-version=2026-01-01 HTTP/1.1\r\nHost: {connection.host}\r\n{token}{length}\r\n".encode())
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


# MARK: names


class PlainClient:
    """Sends targets exactly as they are, without a client that tidies them up, on one connection as long as it lasts."""

    def __init__(self, management):
        self.management, self.connection = management, None

    def ask(self, method, target, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        self.connection = self.connection or RawConnection(self.management.settings)
        head = (f"{method} {target} HTTP/1.1\r\nHost: {self.connection.host}\r\nAuthorization: Bearer {self.management.token}\r\n"
                f"Content-Length: {len(content)}\r\n\r\n")
        self.connection.send(head.encode("latin-1") + content)
        answer = self.connection.read_answer()
        if answer is None or answer.header("connection") == "close":
            self.close()
        return answer

    def close(self):
        if self.connection:
            self.connection.socket.close()
        self.connection = None


@pytest.fixture
def plain(management):
    client = PlainClient(management)
    yield client
    client.close()


BAD_NAMES = [
    "..", ".", "%2e%2e", "%2e", ".%2e", "%2E%2E%2Forders", "..%2Forders", "orders%2F..", "orders%2F.%2Fa", "orders%2F", "%2Forders", "a%2F%2Fb", "orders~", "~orders",
    "orders%00", "%00", "orders%00x", "orders%0d%0aX-A:%20b", "orders%0a", "orders%09", "orders%7f", "orders%08", "orders%1b[31m", "orders%c2%85",
    "orders%20", "%20orders", "or%20ders", "orders+x", "orders;a=b", "orders,b", "orders'", 'orders"', "orders%22", "orders%27%20or%20%271%27=%271", "orders%27--",
    "x%27%3bdrop%20table%20hybrid_connection%3b--", "orders%25", "%25", "ord%25", "%25rders", "%5f%5f%5f%5f%5f%5f", "orders*", "*", "orders%3f", "orders%23", "orders%3a",
    "orders%5c", "..%5corders", "orders%3c%3e", "orders%26", "orders%7c", "orders%60", "orders$x", "orders!", "orders@x", "orders=x", "orders^", "%7borders%7d", "[orders]",
    "%d0%berders", "%ef%bd%8frders", "orders%e2%80%8b", "%e2%80%aeorders", "%ef%bb%bforders", "o%cc%88rders", "%c3%b6rders", "%f0%9f%98%80", "%c4%b0rders", "or%ef%bc%8fders",
    "-orders", "orders-", ".orders", "orders.", "_orders", "orders_", "%e2%84%aa", "%25252e%25252e", "%252e%252e", "%252F", "o" * 261, "%25" * 100, "__proto__", "-",
]


def collection_of(kind):
    """Where a kind of resource lives, a good body, and whether its names may have a slash."""
    return {
        "hybrid connection": ("{namespace}/hybridConnections/", {}), "WCF relay": ("{namespace}/wcfRelays/", {"properties": {"relayType": "Http"}}),
        "rule": ("{entity}/authorizationRules/", {"properties": {"rights": ["Send"]}}),
        "namespace": ("{group}/providers/Microsoft.Relay/namespaces/", {"location": "westus"}),
        "site": ("{group}/providers/Microsoft.Web/sites/", SITE), "binding": ("{site}/hybridConnectionNamespaces/{namespaceName}/relays/", {"properties": {"hostname": "a", "port": 1}}),
    }[kind]


@pytest.mark.parametrize("kind", ["hybrid connection", "WCF relay", "rule", "namespace", "site", "binding"])
def test_odd_names_are_refused_and_never_found(plain, management, estate, unchanged, kind):
    path, body = collection_of(kind)
    path, body, wrong = estate.path(path), json.loads(estate.path(json.dumps(body))), []
    for name in BAD_NAMES:
        target = f"{path}{name}?api-version=2025-05-01"
        for method, statuses in (("PUT", (400, 404)), ("GET", (400, 404)), ("DELETE", (400, 404, 204))):
            answer = plain.ask(method, target, body if method == "PUT" else None)
            if answer is None or answer.status not in statuses:
                wrong.append(f"{method} {name[:60]} answered {answer and answer.status} {answer and answer.body[:120]}")
            elif answer.body:
                error_in(json.loads(answer.body))
                if LEAKS.search(answer.body.decode()):
                    wrong.append(f"{method} {name[:60]} told {answer.body[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind, names", [
    ("namespace", ["short", "x" * 51, "1orders", "ord_ers", "orders.x", "or--", "a%2Fb%2Fc%2Fd"]), ("rule", ["x" * 51, "a~b", "a%2Fb"]),
    ("site", ["x", "x" * 61, "a_b", "a.b"]),
])
def test_each_kind_has_its_own_rule_for_names(plain, management, estate, unchanged, kind, names):
    path, body = collection_of(kind)
    for name in names:
        answer = plain.ask("PUT", f"{estate.path(path)}{name}?api-version=2025-05-01", json.loads(estate.path(json.dumps(body))))
        assert answer.status == 400, (name, answer.status, answer.body[:200])


@pytest.mark.parametrize("name", ["a" * 91, "ends.", "bl%20ank", "a%2Fb", "a%25b", "%d0%b0bc", "a%00", "..", "a;b", "a%27b"])
def test_odd_resource_group_names_are_refused(plain, management, estate, unchanged, name):
    target = f"{management.subscription}/resourcegroups/{name}?api-version=2025-04-01"
    assert plain.ask("PUT", target, {"location": "westus"}).status in (400, 404)
    assert plain.ask("GET", target).status in (400, 404)


def test_a_name_finds_itself_alone(management, estate, plain):
    """Letter case and the two spellings of a slash do not matter; everything else does."""
    path = estate.path("{namespace}/hybridConnections/")
    created = ["a_c", "abc", "a-c", "a.c", "axc", "area~line", "Area.line"]
    for name in created:
        management.put(path + name, {"properties": {"userMetadata": name}})
    for name in created:
        assert management.get(path + name)["properties"]["userMetadata"] == name
    assert management.get(path + "AREA%2fLINE")["name"] == "area~line"
    assert management.get(path.upper().replace("SUBSCRIPTIONS", "Subscriptions") + "A_C")["name"] == "a_c"
    generator = random.Random(20260101)
    known = {name.lower() for name in created} | {"orders"}
    alphabet = "abcxo_-.~%25%5f%2F%20'\"*?[]rders0é"
    for _ in range(200):
        name = "".join(generator.choices(alphabet, k=generator.randint(1, 8)))
        target = f"{path}{quote(name, safe='%._-~*')}?api-version=2026-01-01"
        answer = plain.ask("GET", target)
        assert answer.status in (400, 404) or json.loads(answer.body)["name"].lower() in known, (name, answer.status, answer.body[:200])
        assert answer.status < 500
    management.delete(path + "a_c")
    left = [entry["name"] for entry in management.get(path.rstrip("/"))["value"]]
    assert sorted(left) == sorted([*created[1:], "orders"])
    for name in created[1:]:
        management.delete(path + name)


# MARK: queries


@pytest.mark.parametrize("version", [
    "", "yesterday", "2026", "2026-01", "2026-1-1", "20260101", "2026-13-01", "2026-00-10", "2026-02-30", "2025-02-29", "2026-01-01-", "2026-01-01-previews",
    "2026-01-01preview", "2026-01-01-preview-preview", "2026-01-01T00:00:00Z", " 2026-01-01", "2026-01-01 ", "+2026-01-01", "2026/01/01", "01-01-2026", "-2026-01-01",
    "2012-12-31", "0000-00-00", "9999-12-31", "2999-01-01", "12026-01-01", "2026-01-01'", "2026-01-01' or '1'='1", "2026-01-01\u0000", "２０２６-01-01", "2026\u201001\u201001",
    "2026-01-01\r\nX-A: b", "x" * 3000, "latest", "v1", "*", "%",
])
def test_an_unusable_version_is_400_everywhere(management, estate, unchanged, version):
    code = "InvalidApiVersionParameter" if version else "MissingApiVersionParameter"
    for path in ("{subscription}", "{group}", "{namespace}", "{entity}", "{site}", "{plan}", "{binding}", "{lock}"):
        for method in ("GET", "PUT") if path != "{subscription}" else ("GET",):
            answer = management.call(method, estate.path(path) + "?api-version=" + quote(version, safe=""), {} if method == "PUT" else None)
            refused(answer, codes={code})
    refused(management.call("DELETE", estate.path("{entity}") + "?api-version=" + quote(version, safe="")), codes={code})
    refused(management.call("POST", estate.path("{rule}/regenerateKeys") + "?x=y", {"keyType": "PrimaryKey"}), codes={"MissingApiVersionParameter"})


@pytest.mark.parametrize("version", ["2013-01-01", "2014-04-01", "2017-04-01", "2018-01-01-preview", "2024-02-29", "2026-07-01-preview", "2026-01-01-PREVIEW", "2027-01-01"])
def test_other_dates_are_served(management, estate, version):
    for path in ("{subscription}", "{group}", "{namespace}", "{entity}", "{site}", "{plan}", "{binding}"):
        management.get(estate.path(path) + "?API-Version=" + version)


def test_the_version_is_looked_at_after_token_and_route_and_before_the_right(management, estate):
    path = estate.path("{namespace}") + "?api-version=never"
    assert management.call("GET", path, token="").status_code == 401
    assert management.call("GET", estate.path("{namespace}/there/is/nothing") + "?api-version=never").status_code == 404
    assert management.call("POST", path).status_code == 405
    assert management.call("GET", path).status_code == 400


LISTS = [("{subscription}/resources", "2025-04-01"), ("{group}/resources", "2025-04-01"), ("{subscription}/resourceGroups", "2025-04-01")]


@pytest.mark.parametrize("text", [
    "' or '1'='1", "name eq 'x' or 1=1", "name eq 'x'; drop table site", "1 eq 1", "name eq", "eq 'x'", "name eq 'x", "name eq \"x\"", "name eq x'", "(name eq 'x'", "name eq 'x')",
    "name like '%'", "unknown eq 'x'", "name eq 'x' and", "and", "()", "not", "name", "substringof('x')", "substringof(name, 'a', 'b')", "sleep(10)", "name eq 'x' union select 1",
    "(" * 5000 + "name eq 'x'" + ")" * 5000, "not " * 3000 + "name eq 'x'", "name eq 'x' /* */", "name eq 'x' --", "\u0000",
])
def test_a_filter_that_is_none_is_400(management, estate, unchanged, text):
    for path, version in LISTS:
        answer = management.call("GET", f"{estate.path(path)}?api-version={version}&$filter={quote(text[:2500], safe='')}")
        refused(answer, codes={"InvalidFilter"})


@pytest.mark.parametrize("text", ["name eq '%'", "name eq '_'", "name eq 'x'' or ''1''=''1'", "name eq '*'", "name eq 'est%'", "name eq ''", "substringof('%', name)", "startswith(name, '_')"])
def test_a_filter_finds_only_what_it_names(management, estate, text):
    answer = management.call("GET", f"{estate.path('{group}/resources')}?api-version=2025-04-01&$filter={quote(text, safe='')}")
    assert answer.status_code == 200 and answer.json()["value"] == [], answer.text[:300]


@pytest.mark.parametrize("path, text", [
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01", "eventTimestamp ge '2020-01-01' or 1=1"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01", "eventTimestamp ge 'x'' or ''1''=''1'"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01", "caller eq 'a'"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01", "eventTimestamp ge '9999999-01-01'"),
    ("{group}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01", "principalId eq 'x' or 1=1"),
    ("{group}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01", "roleName like '%'"),
])
def test_other_filters_are_as_strict(management, estate, unchanged, path, text):
    refused(management.call("GET", f"{estate.path(path)}&$filter={quote(text, safe='')}"), codes={"InvalidFilter"})


@pytest.mark.parametrize("name, value", [
    *(("$top", value) for value in ("0", "-1", "abc", "1.5", "", "1 or 1", "9223372036854775808", "1001", "+5", "0x5", "٣")),
    *(("$skipToken", value) for value in ("%%%", "a", "é", "//8", "x" * 3001)),
])
def test_a_page_that_cannot_be_is_400(management, estate, unchanged, name, value):
    for path in ("{namespace}/hybridConnections", "{group}/providers/Microsoft.Web/sites", "{group}/resources"):
        refused(management.call("GET", f"{estate.path(path)}?api-version=2025-04-01&{name}={quote(value, safe='')}"))


@pytest.mark.parametrize("value", ["' or '1'='1", "%", "zzzz", "x' union select name from server_key --"])
def test_a_skip_token_with_sql_is_only_a_name(management, estate, unchanged, value):
    import base64
    token = base64.urlsafe_b64encode(value.encode()).rstrip(b"=").decode()
    answer = management.call("GET", f"{estate.path('{namespace}/hybridConnections')}?api-version=2026-01-01&$skipToken={token}")
    names = [entry["name"] for entry in answer.json().get("value", [])]
    assert answer.status_code in (200, 400) and set(names) <= {"orders"}


# MARK: routes, identifiers, rate


@pytest.mark.parametrize("path", [
    "/", "/favicon.ico", "/.env", "/admin", "/subscriptions/", "/subscriptions//resourceGroups", "/api/v1", "{subscription}/resourceGroup", "{namespace}/things", "{namespace}/hybridConnections/orders/x",
    "{namespace}/hybridConnections/orders/authorizationRules/defaultSender/listKeys/more", "/providers", "//", "/%2e%2e/%2e%2e/etc/passwd", "/openapi/../../etc/passwd",
    "/openapi/%2e%2e%2fPackage.swift", "/metadata/instance", "{site}/hybridConnectionRelays/orders", "/" + "a/" * 1000, "/" + "%41" * 1000,
])
def test_an_unknown_route_is_refused_in_the_same_shape(plain, estate, unchanged, path):
    answer = plain.ask("GET", estate.path(path) + "?api-version=2025-04-01")
    if path in ("/providers", "/subscriptions/"):
        return
    assert answer.status in (400, 404), (answer.status, answer.body[:200])
    error_in(json.loads(answer.body))


@pytest.mark.parametrize("method, path, allowed", [
    ("POST", "{namespace}", {"GET", "PUT", "PATCH", "DELETE"}), ("PATCH", "{entity}", {"GET", "PUT", "DELETE"}), ("PUT", "{namespace}/hybridConnections", {"GET"}),
    ("GET", "{rule}/listKeys", {"POST"}), ("DELETE", "{network}", {"GET", "PUT"}), ("POST", "{group}", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
    ("OPTIONS", "{entity}", {"GET", "PUT", "DELETE"}), ("TRACE", "{entity}", {"GET", "PUT", "DELETE"}), ("PUT", "/subscriptions", {"GET"}),
])
def test_a_verb_that_a_route_lacks_is_405_with_those_that_it_has(management, estate, unchanged, method, path, allowed):
    answer = management.call(method, estate.path(path))
    refused(answer, statuses=(405,), codes={"MethodNotAllowed"})
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed


@pytest.mark.parametrize("value, is_echoed", [
    ("6d0f2a51-5f53-4f0e-b2a6-0f6b0c7d8e9f", True), ("my-request.1", True), ("x" * 500, False), ("a b", False), ("é", False), ("<script>", None), ("", False),
])
def test_a_client_request_id_is_echoed_only_when_it_is_plain(management, estate, value, is_echoed):
    headers = {"x-ms-client-request-id": value.encode("utf-8").decode("latin-1"), "x-ms-return-client-request-id": "true"}
    for path, status in (("{entity}", 200), ("{entity}-not", 404)):
        answer = management.call("GET", estate.path(path), headers=headers)
        assert answer.status_code == status and answer.headers["x-ms-request-id"] != value
        if is_echoed is not None:
            assert answer.headers.get("x-ms-client-request-id") == (value if is_echoed else None)


def test_every_answer_has_its_own_request_id_and_the_fixed_headers(management, estate):
    seen = set()
    for path in ("{entity}", "{entity}-not", "/there/is/nothing", "{entity}?api-version=x", "{entity}", "{entity}"):
        headers = management.call("GET", estate.path(path)).headers
        seen.add(headers["x-ms-request-id"])
        assert headers["Cache-Control"] == "no-cache" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "x-ms-correlation-request-id" in headers and "Date" in headers
    assert len(seen) == 6


def test_a_caller_over_its_rate_gets_429_and_others_do_not(own_server):
    server = own_server("--rate-limit=30,1", CAUSEWAY_BOOTSTRAP_CLIENT_ID="admin").start()
    first = Management(server.settings())
    path = "/providers/Causeway.Relay/servicePrincipals/quiet"
    first.put(path, {"properties": {"displayName": "quiet"}})
    secret = first.ask("POST", path + "/addSecret")["clientSecret"]
    second = first.sign_in(client_id="quiet", client_secret=secret)
    answers = [first.call("GET", first.subscription) for _ in range(40)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:20] == [200] * 20 and 429 in statuses, statuses
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert error_of(limited)[0] == "TooManyRequests" and int(limited.headers["Retry-After"]) >= 1
    remaining = [int(answer.headers["x-ms-ratelimit-remaining-subscription-reads"]) for answer in answers[:20]]
    assert remaining == sorted(remaining, reverse=True) and remaining[0] < 30
    assert first.call("GET", first.subscription, token=second).status_code == 403, "the quiet caller waits for the loud one"
    assert first.call("GET", first.subscription, token="").status_code == 401
