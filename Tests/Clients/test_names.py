"""Names, versions, filters, pages, routes and headers that are wrong: refused alike, and nothing changes."""

import base64
import json
import random
from urllib.parse import quote

import pytest

from clients.principals import Principal
from clients.rest import LEAKS, Management, error_in, error_of, refused

SITE = {"location": "westus", "properties": {"serverFarmId": "{plan}"}}


# MARK: names


BAD_NAMES = [
    "..", ".", "%2e%2e", "%2e", ".%2e", "%2E%2E%2Forders", "..%2Forders", "orders%2F..", "orders%2F.%2Fa", "orders%2F",
    "%2Forders", "a%2F%2Fb", "orders~", "~orders",
    "orders%00", "%00", "orders%00x", "orders%0d%0aX-A:%20b", "orders%0a", "orders%09", "orders%7f", "orders%08", "orders%1b[31m",
    "orders%c2%85",
    "orders%20", "%20orders", "or%20ders", "orders+x", "orders;a=b", "orders,b", "orders'", 'orders"', "orders%22",
    "orders%27%20or%20%271%27=%271", "orders%27--",
    "x%27%3bdrop%20table%20hybrid_connection%3b--", "orders%25", "%25", "ord%25", "%25rders", "%5f%5f%5f%5f%5f%5f", "orders*",
    "*", "orders%3f", "orders%23", "orders%3a",
    "orders%5c", "..%5corders", "orders%3c%3e", "orders%26", "orders%7c", "orders%60", "orders$x", "orders!", "orders@x",
    "orders=x", "orders^", "%7borders%7d", "[orders]",
    "%d0%berders", "%ef%bd%8frders", "orders%e2%80%8b", "%e2%80%aeorders", "%ef%bb%bforders", "o%cc%88rders", "%c3%b6rders",
    "%f0%9f%98%80", "%c4%b0rders", "or%ef%bc%8fders",
    "-orders", "orders-", ".orders", "orders.", "_orders", "orders_", "%e2%84%aa", "%25252e%25252e", "%252e%252e", "%252F",
    "o" * 261, "%25" * 100, "__proto__", "-",
]


def collection_of(kind):
    """Where a kind of resource lives, a good body, and whether its names may have a slash."""
    return {
        "hybrid connection": ("{namespace}/hybridConnections/", {}), "WCF relay": ("{namespace}/wcfRelays/",
            {"properties": {"relayType": "Http"}}),
        "rule": ("{entity}/authorizationRules/", {"properties": {"rights": ["Send"]}}),
        "namespace": ("{group}/providers/Microsoft.Relay/namespaces/", {"location": "westus"}),
        "site": ("{group}/providers/Microsoft.Web/sites/", SITE),
        "binding": ("{site}/hybridConnectionNamespaces/{namespaceName}/relays/", {"properties": {"hostname": "a", "port": 1}}),
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
    ("namespace", ["short", "x" * 51, "1orders", "ord_ers", "orders.x", "or--", "a%2Fb%2Fc%2Fd"]),
    ("rule", ["x" * 51, "a~b", "a%2Fb"]),
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
        assert answer.status in (400, 404) or json.loads(answer.body)["name"].lower() in known, (name, answer.status,
            answer.body[:200])
        assert answer.status < 500
    management.delete(path + "a_c")
    left = [entry["name"] for entry in management.get(path.rstrip("/"))["value"]]
    assert sorted(left) == sorted([*created[1:], "orders"])
    for name in created[1:]:
        management.delete(path + name)


# MARK: queries


@pytest.mark.parametrize("version", [
    "", "yesterday", "2026", "2026-01", "2026-1-1", "20260101", "2026-13-01", "2026-00-10", "2026-02-30", "2025-02-29",
    "2026-01-01-", "2026-01-01-previews",
    "2026-01-01preview", "2026-01-01-preview-preview", "2026-01-01T00:00:00Z", " 2026-01-01", "2026-01-01 ", "+2026-01-01",
    "2026/01/01", "01-01-2026", "-2026-01-01",
    "2012-12-31", "0000-00-00", "9999-12-31", "2999-01-01", "12026-01-01", "2026-01-01'", "2026-01-01' or '1'='1",
    "2026-01-01\u0000", "２０２６-01-01", "2026\u201001\u201001",
    "2026-01-01\r\nX-A: b", "x" * 3000, "latest", "v1", "*", "%",
])
def test_an_unusable_version_is_400_everywhere(management, estate, unchanged, version):
    code = "InvalidApiVersionParameter" if version else "MissingApiVersionParameter"
    for path in ("{subscription}", "{group}", "{namespace}", "{entity}", "{site}", "{plan}", "{binding}", "{lock}"):
        for method in ("GET", "PUT") if path != "{subscription}" else ("GET",):
            answer = management.call(method, estate.path(path) + "?api-version=" + quote(version, safe=""),
                {} if method == "PUT" else None)
            refused(answer, codes={code})
    refused(management.call("DELETE", estate.path("{entity}") + "?api-version=" + quote(version, safe="")), codes={code})
    refused(management.call("POST", estate.path("{rule}/regenerateKeys") + "?x=y", {"keyType": "PrimaryKey"}),
        codes={"MissingApiVersionParameter"})


@pytest.mark.parametrize("version", ["2013-01-01", "2014-04-01", "2017-04-01", "2018-01-01-preview", "2024-02-29",
    "2026-07-01-preview", "2026-01-01-PREVIEW", "2027-01-01"])
def test_other_dates_are_served(management, estate, version):
    for path in ("{subscription}", "{group}", "{namespace}", "{entity}", "{site}", "{plan}", "{binding}"):
        management.get(estate.path(path) + "?API-Version=" + version)


def test_the_version_is_looked_at_after_token_and_route_and_before_the_right(management, estate):
    path = estate.path("{namespace}") + "?api-version=never"
    assert management.call("GET", path, token="").status_code == 401
    assert management.call("GET", estate.path("{namespace}/there/is/nothing") + "?api-version=never").status_code == 404
    assert management.call("POST", path).status_code == 405
    assert management.call("GET", path).status_code == 400


LISTS = [("{subscription}/resources", "2025-04-01"), ("{group}/resources", "2025-04-01"),
    ("{subscription}/resourceGroups", "2025-04-01")]


@pytest.mark.parametrize("text", [
    "' or '1'='1", "name eq 'x' or 1=1", "name eq 'x'; drop table site", "1 eq 1", "name eq", "eq 'x'", "name eq 'x",
    "name eq \"x\"", "name eq x'", "(name eq 'x'", "name eq 'x')",
    "name like '%'", "unknown eq 'x'", "name eq 'x' and", "and", "()", "not", "name", "substringof('x')",
    "substringof(name, 'a', 'b')", "sleep(10)", "name eq 'x' union select 1",
    "(" * 5000 + "name eq 'x'" + ")" * 5000, "not " * 3000 + "name eq 'x'", "name eq 'x' /* */", "name eq 'x' --", "\u0000",
])
def test_a_filter_that_is_none_is_400(management, estate, unchanged, text):
    for path, version in LISTS:
        answer = management.call("GET", f"{estate.path(path)}?api-version={version}&$filter={quote(text[:2500], safe='')}")
        refused(answer, codes={"InvalidFilter"})


@pytest.mark.parametrize("text", ["name eq '%'", "name eq '_'", "name eq 'x'' or ''1''=''1'", "name eq '*'", "name eq 'est%'",
    "name eq ''", "substringof('%', name)", "startswith(name, '_')"])
def test_a_filter_finds_only_what_it_names(management, estate, text):
    answer = management.call("GET", f"{estate.path('{group}/resources')}?api-version=2025-04-01&$filter={quote(text, safe='')}")
    assert answer.status_code == 200 and answer.json()["value"] == [], answer.text[:300]


@pytest.mark.parametrize("path, text", [
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01",
        "eventTimestamp ge '2020-01-01' or 1=1"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01",
        "eventTimestamp ge 'x'' or ''1''=''1'"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01", "claims eq 'a'"),
    ("{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01",
        "eventTimestamp ge '9999999-01-01'"),
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
    token = base64.urlsafe_b64encode(value.encode()).rstrip(b"=").decode()
    answer = management.call("GET", f"{estate.path('{namespace}/hybridConnections')}?api-version=2026-01-01&$skipToken={token}")
    names = [entry["name"] for entry in answer.json().get("value", [])]
    assert answer.status_code in (200, 400) and set(names) <= {"orders"}


# MARK: routes, identifiers, rate


@pytest.mark.parametrize("path", [
    "/", "/favicon.ico", "/.env", "/admin", "/subscriptions/", "/subscriptions//resourceGroups", "/api/v1",
    "{subscription}/resourceGroup", "{namespace}/things", "{namespace}/hybridConnections/orders/x",
    "{namespace}/hybridConnections/orders/authorizationRules/defaultSender/listKeys/more", "/providers", "//",
    "/%2e%2e/%2e%2e/etc/passwd", "/openapi/../../etc/passwd",
    "/openapi/%2e%2e%2fPackage.swift", "/metadata/instance", "{site}/hybridConnectionRelays/orders", "/" + "a/" * 1000,
    "/" + "%41" * 1000,
])
def test_an_unknown_route_is_refused_in_the_same_shape(plain, estate, unchanged, path):
    answer = plain.ask("GET", estate.path(path) + "?api-version=2025-04-01")
    if path in ("/providers", "/subscriptions/"):
        return
    assert answer.status in (400, 404), (answer.status, answer.body[:200])
    error_in(json.loads(answer.body))


@pytest.mark.parametrize("method, path, allowed", [
    ("POST", "{namespace}", {"GET", "PUT", "PATCH", "DELETE"}), ("PATCH", "{entity}", {"GET", "PUT", "DELETE"}),
    ("PUT", "{namespace}/hybridConnections", {"GET"}),
    ("GET", "{rule}/listKeys", {"POST"}), ("DELETE", "{network}", {"GET", "PUT"}),
    ("POST", "{group}", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
    ("OPTIONS", "{entity}", {"GET", "PUT", "DELETE"}), ("TRACE", "{entity}", {"GET", "PUT", "DELETE"}),
    ("PUT", "/subscriptions", {"GET"}),
])
def test_a_verb_that_a_route_lacks_is_405_with_those_that_it_has(management, estate, unchanged, method, path, allowed):
    answer = management.call(method, estate.path(path))
    refused(answer, statuses=(405,), codes={"MethodNotAllowed"})
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed


@pytest.mark.parametrize("value, is_echoed", [
    ("6d0f2a51-5f53-4f0e-b2a6-0f6b0c7d8e9f", True), ("my-request.1", True), ("x" * 500, False), ("a b", False), ("é", False),
    ("<script>", None), ("", False),
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
    quiet = Principal(first, "quiet")
    answers = [first.call("GET", first.subscription) for _ in range(40)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:20] == [200] * 20 and 429 in statuses, statuses
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert error_of(limited)[0] == "TooManyRequests" and int(limited.headers["Retry-After"]) >= 1
    remaining = [int(answer.headers["x-ms-ratelimit-remaining-subscription-reads"]) for answer in answers[:20]]
    assert remaining == sorted(remaining, reverse=True) and remaining[0] < 30
    assert quiet.call("GET", first.group("any")).status_code == 403, "the quiet caller waits for the loud one"
    assert first.call("GET", first.subscription, token="").status_code == 401


def test_writes_that_are_done_tell_clients_that_would_wait(management, unique):
    """Clients made with Azure's SDK for Go wait 10 s after each write unless the answer has this."""
    path, name = f"{management.subscription}/resourceGroups/{unique('done')}", "x-go-azure-sdk-skip-polling-delay"
    plan = f"{path}/providers/Microsoft.Web/serverfarms/plan"
    calls = [("PUT", path, {"location": "westus"}), ("PUT", plan, {"location": "westus"}), ("PATCH", plan, {"tags": {"a": "b"}}),
        ("DELETE", plan, None)]
    assert [management.call(*call).headers.get(name) for call in calls] == ["true"] * 4
    assert [management.call(method, plan).headers.get(name) for method in ("GET", "POST")] == [None, None]
    deleted = management.call("DELETE", path)
    assert deleted.headers.get(name) == (None if deleted.status_code == 202 else "true")
