"""People: passwords, refresh tokens, device codes and the page at which they are approved; managed identities."""

import re

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential, UsernamePasswordCredential
from azure.mgmt.resource.subscriptions import SubscriptionClient

from clients.directory import OWNER, add_user, give_role
from clients.rest import Management

ANN, PASSWORD = "ann@factory.example", "correct horse & <battery>"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A server with one user, who is an Owner."""
    from clients.servers import OwnServer

    server = OwnServer(tmp_path_factory.mktemp("people")).start()
    server.stop()
    tenant = server.bootstrap()["tenantId"]
    server.ann = add_user(server.data, tenant, ANN, PASSWORD)
    give_role(server.data, server.ann, OWNER)
    add_user(server.data, tenant, "bob@factory.example", PASSWORD)
    server.start()
    yield server
    server.end()


@pytest.fixture
def management(people):
    return Management(people.settings())


def post(management, path, **form):
    return management.session.post(management.settings.endpoint + path, data=form, timeout=30)


def token(management, tenant=None, **form):
    path = f"/{tenant or management.settings.tenant_id}/oauth2/v2.0/token"
    return post(management, path, client_id="az", scope=management.settings.endpoint + "//.default offline_access", **form)


def password(management, name=ANN, word=PASSWORD, **more):
    return token(management, grant_type="password", username=name, password=word, **more)


# MARK: passwords and refresh


@pytest.mark.parametrize("tenant", [None, "organizations", "adfs"])
def test_a_user_signs_in_and_refreshes(management, people, tenant):
    answer = password(management, tenant=tenant)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    found = answer.json()
    claims = jwt.decode(found["id_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["oid"], claims["preferred_username"]) == ("az", people.ann, ANN)
    for word in (found["access_token"], token(management, tenant=tenant, grant_type="refresh_token",
                                              refresh_token=found["refresh_token"]).json()["access_token"]):
        assert management.call("PUT", management.group("people"), {"location": "local"}, token=word).status_code in (200, 201)
    for word in (found["id_token"], found["refresh_token"]):
        assert management.call("GET", "/subscriptions", token=word).status_code == 401


def test_wrong_sign_ins_look_alike(management):
    answers = [password(management, "nobody@factory.example"), password(management, "bob@factory.example", "wrong")]
    for answer in answers:
        assert answer.status_code == 400 and answer.json()["error"] == "invalid_grant" and answer.json()["error_codes"] == [50126]
    assert len({answer.json()["error_description"] for answer in answers}) == 1


def test_guesses_are_slowed_down(management):
    codes = [password(management, "eve@factory.example", "wrong").json()["error_codes"][0] for _ in range(7)]
    assert codes == [50126] * 5 + [50053] * 2
    assert password(management).status_code == 200


def test_forms_that_lack_something_are_refused(management):
    for form in ({"grant_type": "password"}, {"grant_type": "password", "username": ANN}, {"grant_type": "refresh_token"},
                 {"grant_type": DEVICE}, {"grant_type": "password", "username": ANN, "password": PASSWORD, "client_id": "<x>"}):
        form = {"client_id": "az", **form}
        answer = post(management, f"/{management.settings.tenant_id}/oauth2/v2.0/token", **form)
        assert answer.status_code == 400 and answer.json()["error"] == "invalid_request", answer.text


def test_discovery_tells_the_truth(management):
    for tenant, base in (("organizations", f"/{management.settings.tenant_id}/oauth2/v2.0"), ("adfs", "/adfs/oauth2")):
        version = "" if tenant == "adfs" else "/v2.0"
        found = management.get(f"/{tenant}{version}/.well-known/openid-configuration", token="")
        assert found["token_endpoint"] == management.settings.endpoint + base + "/token"
        assert found["device_authorization_endpoint"] == management.settings.endpoint + base + "/devicecode"
        assert {"client_credentials", "password", "refresh_token", DEVICE} == set(found["grant_types_supported"])


# MARK: devices


def begin(management, path=None):
    answer = post(management, path or f"/{management.settings.tenant_id}/oauth2/v2.0/devicecode", client_id="az",
                  scope=management.settings.endpoint + "/.default")
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(management, codes, **more):
    return token(management, grant_type=DEVICE, device_code=codes["device_code"], **more)


def page(management, headers=None, **form):
    return management.session.post(management.settings.endpoint + "/devicelogin", data=form, headers=headers, timeout=30)


def test_a_device_is_approved_at_the_page(management, people):
    codes = begin(management)
    assert codes["verification_uri"] == management.settings.endpoint + "/devicelogin" and codes["user_code"] in codes["message"]
    assert poll(management, codes).json()["error"] == "authorization_pending"
    assert poll(management, codes).json()["error"] == "slow_down"
    first = management.session.get(codes["verification_uri"], timeout=30)
    assert first.headers["Content-Type"].startswith("text/html") and "Set-Cookie" not in first.headers
    policy = first.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "<script" not in first.text
    second = page(management, code=codes["user_code"].lower(), action="look")
    assert second.status_code == 200 and "<b>az</b>" in second.text and "<b>127.0.0.1</b>" in second.text
    assert re.findall(r'name="(\w+)"', second.text)[-5:] == ["code", "username", "password", "action", "action"]
    wrong = page(management, code=codes["user_code"], action="approve", username=ANN, password="wrong")
    assert wrong.status_code == 400 and "wrong" in wrong.text and ANN not in wrong.text
    done = page(management, code=codes["user_code"], action="approve", username=ANN, password=PASSWORD)
    assert done.status_code == 200 and "Signed in" in done.text and "battery" not in done.text
    found = poll(management, codes).json()
    assert jwt.decode(found["id_token"], options={"verify_signature": False})["oid"] == people.ann
    assert poll(management, codes).json()["error"] == "invalid_grant"


def test_a_device_is_declined(management):
    codes = begin(management, "/adfs/oauth2/devicecode")
    assert page(management, code=codes["user_code"], action="decline").status_code == 200
    assert poll(management, codes).json()["error"] == "authorization_declined"


def test_forms_of_other_sites_are_refused(management):
    codes = begin(management)
    form = {"code": codes["user_code"], "action": "approve", "username": ANN, "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert page(management, headers, **form).status_code == 403, headers
    assert poll(management, codes).json()["error"] == "authorization_pending"
    for headers in ({"Origin": management.settings.endpoint}, {"Sec-Fetch-Site": "same-origin"}):
        assert page(management, headers, code=codes["user_code"], action="look").status_code == 200


def test_what_comes_from_outside_is_escaped(management):
    answer = page(management, code="<script>alert(1)</script>", action="look")
    assert answer.status_code == 400 and "<script" not in answer.text
    refused = post(management, "/adfs/oauth2/devicecode", client_id="<script>")
    assert refused.status_code == 400


# MARK: published clients


def test_a_managed_identity(people, monkeypatch):
    settings = people.settings()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    for path in ("/metadata/identity/oauth2/token", "/msi/token"):
        monkeypatch.setenv("IDENTITY_ENDPOINT", settings.endpoint + path)
        monkeypatch.setenv("IDENTITY_HEADER", f"{settings.client_id}:{settings.client_secret}")
        client = SubscriptionClient(
            ManagedIdentityCredential(), base_url=settings.endpoint, credential_scopes=[settings.endpoint + "/.default"])
        assert [each.subscription_id for each in client.subscriptions.list()] == [settings.subscription_id]
        monkeypatch.setenv("IDENTITY_HEADER", f"{settings.client_id}:wrong")
        with pytest.raises(ClientAuthenticationError, match="unknown or the client secret is wrong"):
            ManagedIdentityCredential().get_token(settings.endpoint + "/.default")


@pytest.mark.parametrize("headers, status", [({}, 401), ({"X-IDENTITY-HEADER": "x"}, 401), ({"X-IDENTITY-HEADER": ":"}, 401),
                                             ({"Metadata": "true"}, 401)])
def test_a_managed_identity_needs_its_header(management, headers, status):
    answer = management.call("GET", "/metadata/identity/oauth2/token?resource=x", token="", headers=headers)
    assert answer.status_code == status and answer.json()["statusCode"] == status and answer.json()["message"]


def test_a_managed_identity_has_the_claims_that_clients_read(management):
    settings = management.settings
    secret = {"X-IDENTITY-HEADER": f"{settings.client_id}:{settings.client_secret}"}
    path = f"/msi/token?api-version=2019-08-01&resource={settings.endpoint}/"
    found = management.call("GET", path, token="", headers=secret).json()
    assert jwt.decode(found["access_token"], options={"verify_signature": False})["tid"] == settings.tenant_id
    assert found["expires_on"].isdigit() and found["token_type"] == "Bearer" and "refresh_token" not in found
    assert management.call("GET", path + "&client_id=other", token="", headers=secret).status_code == 400


def test_the_client_for_names_and_passwords(people, monkeypatch):
    settings = people.settings()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    credential = UsernamePasswordCredential(
        "az", ANN, PASSWORD, authority=settings.endpoint, tenant_id="adfs", disable_instance_discovery=True)
    client = SubscriptionClient(credential, base_url=settings.endpoint, credential_scopes=[settings.endpoint + "/.default"])
    assert [each.subscription_id for each in client.subscriptions.list()] == [settings.subscription_id]
