"""Tokens of other issuers at a running server: as bearers, for federated credentials, and while the issuer has trouble."""

import json
import uuid

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential, WorkloadIdentityCredential
from azure.mgmt.resource.subscriptions import SubscriptionClient
from cryptography.hazmat.primitives.asymmetric import rsa

from clients.directory import OWNER, RELAY_SENDER, give_role
from clients.issuer import EC, Issuer
from clients.rest import Management, error_of
from clients.servers import run
from clients.waiting import wait_until

EXCHANGE = "api://AzureADTokenExchange"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CREDENTIALS = "/providers/Causeway.Relay/servicePrincipals/{}/federatedCredentials/{}"


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def make_server(own_server, tmp_path):
    """Starts a server that believes these issuers."""

    def make(*issuers, owner=None, roles=(OWNER,)):
        config = tmp_path / "causeway.yaml"
        config.write_text(json.dumps({"external-issuers": [
            {"issuer": issuer.url, "audiences": ["causeway", "https://relay.azure.net"]} for issuer in issuers]}))
        server = own_server(f"--config={config}")
        server.start()
        if owner:
            server.stop()
            for role in roles:
                give_role(server.data, owner, role)
            server.start()
        return server

    return make


def object_id(issuer, subject="repo:acme/shop"):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer.url}#sub={subject}"))


def ask(management, token):
    return management.call("GET", management.subscription + "/resourcegroups", token=token)


# MARK: as bearers


def test_a_foreign_token_has_the_rights_of_its_object_id(issuer, make_server):
    server = make_server(issuer, owner=object_id(issuer))
    management = Management(server.settings())
    assert ask(management, issuer.token()).status_code == 200
    other = management.call("PUT", management.group("other"), {"location": "local"}, token=issuer.token("somebody"))
    assert other.status_code == 403 and object_id(issuer, "somebody") in other.text
    assert management.call("PUT", management.group("shop"), {"location": "local"}, token=issuer.token()).status_code == 201
    entra = issuer.token("x", oid=str(uuid.uuid4()), idtyp="app", groups=[str(uuid.uuid4())])
    assert management.call("PUT", management.group("other"), {"location": "local"}, token=entra).status_code == 403
    log = management.get(management.subscription + "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
                         "&$filter=eventTimestamp ge '2020-01-01T00:00:00Z'")
    assert "repo:acme/shop" in json.dumps(log)


def test_hostile_tokens_are_refused_and_nothing_else_is_fetched(issuer, make_server):
    elsewhere = Issuer()
    server = make_server(issuer, owner=object_id(issuer))
    management = Management(server.settings())
    assert ask(management, issuer.token()).status_code == 200
    asked = len(issuer.asked)
    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = issuer.published("mine", "RS256", other_key)
    for token in [
        issuer.token(key=other_key), issuer.token(audience="elsewhere"), issuer.token(iss=elsewhere.url), elsewhere.token(),
        issuer.token(exp=1), issuer.token(headers={"crit": ["b64"], "b64": True}),
        *(issuer.token(key=other_key, headers={"kid": "mine", name: value}) for name, value in (
            ("jku", elsewhere.url + "/keys"), ("x5u", elsewhere.url + "/keys"), ("jwk", jwk))),
    ]:
        answer = ask(management, token)
        assert answer.status_code == 401 and token not in answer.text, answer.text
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert elsewhere.asked == []
    assert len(issuer.asked) == asked, "a key was asked for again within half a minute"
    elsewhere.close()


def test_the_gateway_takes_foreign_tokens(issuer, make_server):
    server = make_server(issuer, owner=object_id(issuer), roles=(RELAY_SENDER,))
    management = Management(server.settings())
    management.put(management.group("relays"), {"location": "local"})
    namespace = management.namespace("relays", "foreign-relay")
    management.put(namespace, {"location": "local"})
    connection = namespace + "/hybridConnections/orders"
    management.put(connection, {"properties": {"requiresClientAuthorization": True}})
    host = f"foreign-relay.{server.runtime()['relayDomain']}:{server.runtime()['relayAddress'].rsplit(':', 1)[1]}"

    def send(token):
        return management.session.get(f"https://{host}/orders", headers={"ServiceBusAuthorization": "Bearer " + token}, timeout=30)

    token = issuer.token(audience="https://relay.azure.net")
    wait_until(lambda: send(token).status_code == 404, "the sender is let in, and nobody listens")
    assert send(issuer.token("somebody", audience="https://relay.azure.net")).status_code == 403
    assert send(issuer.token(audience="elsewhere")).status_code == 401
    issuer.rotate("two")
    new = issuer.token(audience="https://relay.azure.net")
    wait_until(lambda: send(new).status_code == 404, "the gateway refuses until the new key is there, and does not wait", limit=60)
    assert send(token).status_code == 401


# MARK: trouble


def test_keys_rotate_and_known_ones_outlive_the_issuer(issuer, make_server):
    server = make_server(issuer, owner=object_id(issuer))
    management = Management(server.settings())
    old = issuer.token()
    wait_until(lambda: ask(management, old).status_code == 200, "the keys are there")
    issuer.close()
    assert ask(management, issuer.token(jti="another")).status_code == 200
    issuer.open()
    issuer.rotate("two", algorithm=EC)
    new = issuer.token()
    wait_until(lambda: ask(management, new).status_code == 200, "the new key is fetched", limit=60)
    assert ask(management, old).status_code == 401


def test_an_issuer_that_is_down_at_the_start_is_found_later(issuer, make_server):
    issuer.close()
    server = make_server(issuer)
    management = Management(server.settings())
    answer = ask(management, issuer.token())
    assert answer.status_code == 401 and "are not known yet (the last fetch failed" in error_of(answer)[1]
    assert "Keys of an external issuer could not be had" in server.log() and issuer.url in server.log()
    issuer.open()
    wait_until(lambda: ask(management, issuer.token()).status_code != 401, "the keys are there", limit=60)


@pytest.mark.parametrize("path, answer, told", [
    ("/realm/.well-known/openid-configuration", (302, {"Location": "http://127.0.0.1:1/x"}, b""), "answered 302"),
    ("/realm/keys", (307, {"Location": "/realm/other"}, b""), "answered 307"),
    ("/realm/keys", (200, {}, b" " * 600_000), "more than 512 KiB"),
    ("/realm/keys", (200, {}, b"<html>"), "no JSON object"),
    ("/realm/keys", (200, {}, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}'), "no RSA key"),
    ("/realm/.well-known/openid-configuration", (200, {}, b'{"issuer": "https://elsewhere.example"}'), "of the issuer"),
])
def test_documents_that_are_not_what_they_should_be(issuer, make_server, path, answer, told):
    issuer.answers[path] = answer
    management = Management(make_server(issuer).settings())
    answer = ask(management, issuer.token())
    assert answer.status_code == 401 and told in error_of(answer)[1]


@pytest.mark.parametrize("setting, told", [
    ([{"issuer": "http://issuer.example"}], "must be an https URL"), ([{"issuer": "https://a.example", "jwks": "x"}], "unknown key 'jwks'"),
    ([{"issuer": "https://a.example"}, {"issuer": "https://a.example"}], "twice"), ("https://a.example", "must be a list"),
    ([{"issuer": "https://a.example", "tenant": "main"}], "must be a GUID"), ([{"issuer": "https://a.example", "audiences": {}}], "audiences"),
])
def test_a_setting_that_cannot_be_used_ends_with_2(tmp_path, setting, told):
    result = run("serve", f"--data-directory={tmp_path / 'data'}", f"--external-issuers={json.dumps(setting)}")
    assert result.returncode in (2, 64) and told in result.stderr, result.stderr


# MARK: federated credentials


@pytest.fixture
def robot(issuer, make_server):
    """A server, and a service principal that signs in with tokens of the issuer."""
    server = make_server(issuer)
    management = Management(server.settings())
    principal = management.put("/providers/Causeway.Relay/servicePrincipals/robot", {"properties": {}})
    fields = {"issuer": issuer.url, "subject": "repo:acme/shop"}
    made = management.put(CREDENTIALS.format("robot", "main-branch"), {"properties": fields})
    assert made["properties"]["audiences"] == [EXCHANGE]
    role = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    management.put(
        f"{management.subscription}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
        {"properties": {"roleDefinitionId": role, "principalId": principal["properties"]["objectId"]}})
    return server


def test_the_published_clients_sign_in_with_a_token_of_another_issuer(issuer, robot, tmp_path, monkeypatch):
    settings = robot.settings()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    file = tmp_path / "token"
    file.write_text(issuer.token(audience=EXCHANGE))
    common = {"tenant_id": settings.tenant_id, "client_id": "robot", "authority": settings.endpoint, "disable_instance_discovery": True}
    for credential in (
        ClientAssertionCredential(func=lambda: issuer.token(audience=EXCHANGE), **common),
        WorkloadIdentityCredential(token_file_path=str(file), **common),
    ):
        client = SubscriptionClient(credential, base_url=settings.endpoint, credential_scopes=[settings.endpoint + "/.default"])
        assert [each.subscription_id for each in client.subscriptions.list()] == [settings.subscription_id]
    wrong = ClientAssertionCredential(func=lambda: issuer.token("somebody", audience=EXCHANGE), **common)
    with pytest.raises(ClientAuthenticationError, match="no enabled client|No enabled client"):
        wrong.get_token(settings.endpoint + "/.default")


def test_assertions_that_do_not_fit_are_refused(issuer, robot):
    management = Management(robot.settings())

    def sign_in(assertion, client_id="robot", assertion_type=TYPE):
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_assertion": assertion,
                "client_assertion_type": assertion_type, "scope": management.settings.endpoint + "/.default"}
        return management.session.post(f"{management.settings.endpoint}/{management.settings.tenant_id}/oauth2/v2.0/token", data=form)

    good = issuer.token(audience=EXCHANGE)
    assert sign_in(good).status_code == 200
    assert sign_in(good, client_id="nobody").status_code == 401
    assert sign_in(good, assertion_type="saml").status_code == 400
    for assertion in (issuer.token(), issuer.token("repo:acme/shop:x", EXCHANGE), issuer.token(audience=EXCHANGE, exp=1), "a.b.c",
                      issuer.token(audience=EXCHANGE, iss="https://elsewhere.example"), management.token):
        answer = sign_in(assertion)
        assert answer.status_code == 401 and answer.json()["error"] == "invalid_client" and assertion not in answer.text
    assert ask(management, good).status_code == 401, "an assertion is no bearer token"
    management.delete(CREDENTIALS.format("robot", "main-branch"))
    assert sign_in(good).status_code == 401


def test_federated_credentials_are_kept_as_resources(issuer, robot):
    management = Management(robot.settings())
    path = CREDENTIALS.format("robot", "main-branch")
    found = management.get(path)
    assert found["id"] == path and found["properties"]["subject"] == "repo:acme/shop"
    assert [each["name"] for each in management.get(path.rsplit("/", 1)[0])["value"]] == ["main-branch"]
    assert management.call("PUT", path, {"properties": {**found["properties"], "description": "main"}}).status_code == 200
    bad = [{}, {"issuer": issuer.url}, {"issuer": "issuer", "subject": "x"}, {"issuer": issuer.url, "subject": "x" * 601},
           {"issuer": issuer.url, "subject": "x", "audiences": [""]}, {"issuer": issuer.url, "subject": "x", "audiences": "y"}]
    for properties in bad:
        assert management.call("PUT", path, {"properties": properties}).status_code == 400, properties
    assert management.call("PUT", CREDENTIALS.format("robot", "a"), {"properties": found["properties"]}).status_code == 400
    assert management.call("PUT", CREDENTIALS.format("robot", "twin"), {"properties": found["properties"]}).status_code == 409
    assert management.call("GET", CREDENTIALS.format("nobody", "main-branch")).status_code == 404
    management.delete("/providers/Causeway.Relay/servicePrincipals/robot")
    assert management.call("GET", path).status_code == 404
