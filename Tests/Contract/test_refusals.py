"""Refusals that come before any resource is looked at, and their order."""

import pytest

GROUPS = "/subscriptions/{subscription}/resourceGroups"
NAMESPACES = GROUPS + "/nowhere/providers/Microsoft.Relay/namespaces"


@pytest.fixture(scope="module")
def signed_in(server):
    if server.token is None:
        server.sign_in()
    return server


def ask(server, method, target, **keywords):
    return server.raw(method, target.replace("{subscription}", server.settings.subscription_id), **keywords)


def code(answer):
    body = answer.json()
    assert set(body) >= {"error"} and {"code", "message"} <= set(body["error"]) <= {"code", "message", "target", "details"}
    assert body["error"]["message"] and answer.headers.get("x-ms-request-id")
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    return body["error"]["code"]


@pytest.mark.parametrize("target", [GROUPS + "?api-version=2022-12-01", GROUPS, "/there/is/no/such/path"])
@pytest.mark.parametrize("token", ["", "not.a.token"])
def test_without_a_good_token_everything_is_401(signed_in, target, token):
    answer = ask(signed_in, "GET", target, token=token)
    assert answer.status_code == 401
    assert code(answer) in ("AuthenticationFailed", "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_an_unknown_path_is_404_before_the_version_is_looked_at(signed_in):
    answer = ask(signed_in, "GET", "/there/is/no/such/path")
    assert answer.status_code == 404 and code(answer)


def test_a_verb_that_a_path_lacks_is_405(signed_in):
    answer = ask(signed_in, "PATCH", NAMESPACES + "/factory-relay/hybridConnections/orders-db?api-version=2026-01-01", json={})
    assert answer.status_code == 405 and code(answer) == "MethodNotAllowed"


@pytest.mark.parametrize("version, wanted", [
    (None, "MissingApiVersionParameter"), ("yesterday", "InvalidApiVersionParameter"), ("2026-13-01", "InvalidApiVersionParameter"),
    ("2012-12-31", "InvalidApiVersionParameter"), ("2999-01-01", "InvalidApiVersionParameter"),
])
def test_a_version_must_be_a_date_that_can_be_meant(signed_in, version, wanted):
    answer = ask(signed_in, "GET", GROUPS + ("" if version is None else f"?api-version={version}"))
    assert (answer.status_code, code(answer)) == (400, wanted)


@pytest.mark.parametrize("version", ["2013-01-01", "2016-09-01", "2018-01-01-preview", "2022-12-01", "2026-07-01-preview"])
def test_any_other_version_is_served(signed_in, version):
    assert ask(signed_in, "GET", GROUPS + f"?api-version={version}").status_code == 200


def test_a_resource_in_a_group_that_is_not_there_is_404(signed_in):
    answer = ask(signed_in, "PUT", NAMESPACES + "/contract-nowhere?api-version=2026-01-01", json={"location": "westus"})
    assert (answer.status_code, code(answer)) == (404, "ResourceGroupNotFound")


def test_the_client_request_id_comes_back_when_asked_for(signed_in):
    target = GROUPS.replace("{subscription}", signed_in.settings.subscription_id) + "?api-version=2022-12-01"
    url, name, value = signed_in.settings.endpoint + target, "x-ms-client-request-id", "6d0f2a51-5f53-4f0e-b2a6-0f6b0c7d8e9f"
    headers = {"Authorization": "Bearer " + signed_in.token, name: value}
    assert name not in signed_in.session.get(url, headers=headers, timeout=30).headers
    headers["x-ms-return-client-request-id"] = "true"
    assert signed_in.session.get(url, headers=headers, timeout=30).headers[name] == value


def test_errors_of_the_web_provider_have_both_forms(estate, transcript):
    absent = [e.json for e in transcript if e.operation == "getSiteHybridConnection" and e.status == 404]
    assert absent
    for body in absent:
        assert body["Code"] == body["error"]["code"] and body["Message"] == body["error"]["message"]
