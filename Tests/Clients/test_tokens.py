"""Tokens: forged, altered, expired, for somebody else; and sign-ins that are refused."""

import socket
import uuid

import pytest

from clients.raw import RawConnection
from clients.rest import error_of
from clients.signing import Forger, base64url, compact, own_signing_key

CODES = {"AuthenticationFailed", "InvalidAuthenticationToken", "ExpiredAuthenticationToken"}


@pytest.fixture(scope="module")
def forger(management, data_directory):
    return Forger(management.sign_in(), own_signing_key(data_directory))


@pytest.fixture(scope="module")
def paths(management, group):
    """A resource that is there, and one that is not."""
    return management.group(group), management.group(group) + "-not"


def refusal(management, path, token=None, method="GET", headers=None):
    answer = management.call(method, path, token="" if token is None else token, headers=headers)
    assert answer.status_code == 401, (answer.status_code, answer.text[:300])
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "authorization_uri=" in answer.headers["WWW-Authenticate"]
    code, message = error_of(answer)
    assert code in CODES
    assert not token or len(token) < 8 or token not in answer.text, "the refusal repeats the token"
    return code, message


def forged(forger):
    """Name and maker of each token that must be refused."""
    now = forger.now()
    head, body, signature = forger.real.split(".")
    yield "none", lambda: forger.unsigned("none")
    for spelling in ("None", "NONE", "nOnE", "", "ES256 ", "es256", "none\u0000"):
        yield f"algorithm {spelling!r}", lambda spelling=spelling: forger.unsigned(spelling, signature)
    yield "no algorithm", lambda: f"{compact({k: v for k, v in forger.header.items() if k != 'alg'})}.{body}.{signature}"
    for name, secret in forger.public_forms():
        yield f"HS256 with the public key as {name}", lambda secret=secret: forger.with_hmac(secret)
    yield "HS512 with the public key", lambda: forger.with_hmac(next(forger.public_forms())[1], "HS512")
    for algorithm in ("RS256", "ES384", "PS256", "EdDSA"):
        yield algorithm, lambda algorithm=algorithm: forger.signed({"alg": algorithm})
    yield "another key", lambda: forger.signed(key=forger.other_key)
    yield "another key that the token brings", lambda: forger.signed({"jwk": forger.own_jwk()}, key=forger.other_key)
    yield "unknown kid", lambda: forger.signed({"kid": "unknown"})
    for kid in ("", "../../dev/null", "' or '1'='1", 1, None, ["a"]):
        yield f"kid {kid!r}", lambda kid=kid: forger.signed({"kid": kid})
    yield "no kid", lambda: f"{compact({k: v for k, v in forger.header.items() if k != 'kid'})}.{body}.{signature}"
    yield "critical extension", lambda: forger.signed({"crit": ["exp"]})
    yield "expired", lambda: forger.signed(iat=now - 7200, nbf=now - 7200, exp=now - 3600)
    yield "expired beyond the skew", lambda: forger.signed(iat=now - 7200, nbf=now - 7200, exp=now - 65)
    yield "not yet valid", lambda: forger.signed(nbf=now + 3600, exp=now + 7200)
    yield "expired in 1970", lambda: forger.signed(exp=0)
    yield "expired before 1970", lambda: forger.signed(exp=-1)
    for exp in (2**63 - 1, 2**63, 2**64, 1e300, str(now + 3600), None, True, [now + 3600]):
        yield f"exp {exp!r:.40}", lambda exp=exp: forger.signed(exp=exp)
    yield "nbf as text", lambda: forger.signed(nbf=str(now))
    for claim in ("exp", "aud", "iss", "oid", "tid"):
        yield f"without {claim}", lambda claim=claim: forger.signed(without=(claim,))
    for audience in ("https://relay.azure.net", "https://other.example", "", [forger.claims["aud"]], None,
            forger.claims["aud"] + ".evil",
                     "x" + forger.claims["aud"]):
        yield f"audience {audience!r}", lambda audience=audience: forger.signed(aud=audience)
    for issuer in ("https://other.example/" + forger.claims["tid"] + "/v2.0", forger.claims["iss"] + "/",
            forger.claims["iss"].upper(), "", None):
        yield f"issuer {issuer!r:.60}", lambda issuer=issuer: forger.signed(iss=issuer)
    yield "another tenant", lambda: forger.signed(tid=str(uuid.uuid4()))
    yield "unknown principal", lambda: forger.signed(oid=str(uuid.uuid4()))
    yield "a principal out of SQL", lambda: forger.signed(oid="' or '1'='1")
    yield "17 KiB, signed right", lambda: forger.signed(padding="x" * 13_000)
    yield "17 KiB of nothing", lambda: "x" * 17 * 1024
    yield "altered payload", lambda: forger.spliced(exp=forger.claims["exp"] + 3600)
    yield "altered principal", lambda: forger.spliced(oid=str(uuid.uuid4()))
    yield "DER signature", lambda: forger.der_signature()
    yield "empty signature", lambda: f"{head}.{body}."
    yield "zero signature", lambda: f"{head}.{body}.{base64url(bytes(64))}"
    yield "short signature", lambda: f"{head}.{body}.{signature[:-4]}"
    yield "long signature", lambda: f"{head}.{body}.{signature}AAAA"
    yield "padded signature", lambda: forger.real + "=="
    yield "blank inside", lambda: f"{head}.{body} .{signature}"
    yield "fourth part", lambda: forger.real + ".x"
    yield "two parts", lambda: f"{head}.{body}"
    yield "five parts", lambda: f"{head}.{body}.{signature}.{signature}.{signature}"
    yield "only dots", lambda: ".."
    yield "not JSON", lambda: f"{base64url(b'x')}.{base64url(b'y')}.{signature}"
    yield "arrays", lambda: f"{compact([])}.{compact([])}.{signature}"
    yield "deep header", lambda: f"{base64url(b'[' * 5000)}.{body}.{signature}"
    yield "unicode", lambda: "\u00e9\u00e9.\u00e9.\u00e9"


def test_the_real_token_is_good(management, forger, paths):
    assert management.call("GET", paths[0], token=forger.real).status_code == 200
    assert management.call("GET", paths[0], token=forger.signed(padding="x")).status_code == 200, "the key is not the server's"


def test_every_forged_token_is_401_for_whatever_it_asks(management, forger, paths):
    """One test for all, with all wrong acceptances in its message; the same answer whether the resource exists or not."""
    wrong = []
    for name, make in forged(forger):
        token = make().encode("utf-8").decode("latin-1")
        try:
            answers = [refusal(management, path, token) for path in paths]
            assert answers[0] == answers[1], answers
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
    assert management.call("GET", paths[0]).status_code == 200


def test_a_token_for_the_relay_does_not_open_the_management_api(management, paths):
    refusal(management, paths[0], management.sign_in(scope="https://relay.azure.net/.default"))


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_a_key_is_never_fetched_from_where_a_token_says(management, forger, paths, header):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/keys"
        refusal(management, paths[0], forger.signed({header: url}, key=forger.other_key))
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.parametrize("value", [
    "", "Bearer", "Bearer ", "Bearer  {token}", "Basic {token}", "{token}", "Bearer,{token}", "Bearer {token},{token}",
    "Token {token}",
    "Bearer {token} x", "Bearer\u00a0{token}",
])
def test_another_form_of_the_header_is_401(management, forger, paths, value):
    text = value.replace("{token}", forger.real).encode("utf-8").decode("latin-1")
    answer = management.call("GET", paths[0], token="", headers={"Authorization": text})
    assert answer.status_code == 401 and error_of(answer)[0] in CODES


def test_the_scheme_is_matched_without_regard_to_case(management, forger, paths):
    for scheme in ("bearer", "BEARER"):
        assert management.call("GET", paths[0], token="", headers={"Authorization": f"{scheme} {forger.real}"}).status_code == 200


def test_two_authorization_headers_are_refused(settings, management, forger, paths):
    good, bad = f"Authorization: Bearer {forger.real}\r\n", "Authorization: Bearer x.y.z\r\n"
    for headers in (good + bad, bad + good):
        with RawConnection(settings) as connection:
            connection.send(f"GET {paths[0]}?api-version=2025-04-01 HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
            assert connection.read_answer().status in (400, 401)


@pytest.mark.parametrize("name", ["access_token", "token", "bearer", "Authorization"])
def test_a_token_in_the_url_does_not_count(management, forger, paths, name):
    answer = management.call("GET", f"{paths[0]}?api-version=2025-04-01&{name}={forger.real}", token="")
    assert answer.status_code == 401 and forger.real not in answer.text


@pytest.mark.parametrize("method, path", [
    ("GET", "/subscriptions"), ("GET", "/there/is/no/such/path"), ("GET", "{group}"), ("PUT", "{group}"), ("DELETE", "{group}"),
    ("PATCH", "{group}"),
    ("POST", "{group}/providers/Microsoft.Relay/namespaces/nowhere-ns/authorizationRules/RootManageSharedAccessKey/listKeys"),
    ("GET", "{group}/providers/Microsoft.Nothing/things/a"), ("TRACE", "{group}"),
    ("GET", "/providers/Causeway.Relay/servicePrincipals"),
])
def test_without_a_token_the_answer_tells_nothing(management, paths, method, path):
    answers = [refusal(management, path.replace("{group}", group), method=method) for group in paths]
    assert answers[0] == answers[1]
    assert answers[0] == refusal(management, paths[0])


def test_what_may_be_asked_without_a_token_is_a_short_list(management):
    tenant = management.settings.tenant_id
    for path in ("/metadata/endpoints?api-version=2022-09-01", f"/{tenant}/v2.0/.well-known/openid-configuration",
                 f"/{tenant}/discovery/v2.0/keys", "/openapi", "/openapi/microsoft-relay.json"):
        assert management.call("GET", path, token="", version="").status_code == 200, path
    keys = management.call("GET", f"/{tenant}/discovery/v2.0/keys", token="", version="").json()["keys"]
    assert keys and all("d" not in key and key["alg"] == "ES256" for key in keys)


# MARK: sign-in


@pytest.mark.parametrize("changed, status, error", [
    ({"client_secret": "wrong"}, 401, "invalid_client"), ({"client_secret": ""}, 401, "invalid_client"),
    ({"client_id": "nobody"}, 401, "invalid_client"), ({"client_id": "' or '1'='1"}, 401, "invalid_client"),
    ({"client_id": "%"}, 401, "invalid_client"),
    ({"client_id": None}, 400, "invalid_request"), ({"client_secret": None}, 400, "invalid_request"),
    ({"grant_type": "implicit"}, 400, "unsupported_grant_type"), ({"grant_type": "password"}, 400, "invalid_request"), ({"grant_type": None}, 400, None),
    ({"scope": "https://graph.microsoft.com/.default"}, 400, None), ({"client_secret": "x" * 100_000}, 401, "invalid_client"),
])
def test_a_refused_sign_in_is_an_oauth_error(management, changed, status, error):
    settings = management.settings
    form = {
        "grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": settings.client_secret,
        "scope": settings.endpoint + "/.default", **changed,
    }
    form = {name: value for name, value in form.items() if value is not None}
    answer = management.session.post(f"{settings.endpoint}/{settings.tenant_id}/oauth2/v2.0/token", data=form, timeout=30)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] == error or error is None
    assert body["error_description"] and isinstance(body["error_codes"][0], int)
    assert "access_token" not in body and settings.client_secret not in answer.text


def test_an_unknown_and_a_known_client_get_the_same_refusal(management):
    settings, bodies = management.settings, []
    for client in (settings.client_id, "nobody-" + settings.client_id):
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": "wrong",
            "scope": settings.endpoint + "/.default"}
        body = management.session.post(f"{settings.endpoint}/{settings.tenant_id}/oauth2/v2.0/token", data=form,
            timeout=30).json()
        bodies.append({name: body[name] for name in ("error", "error_description", "error_codes")})
    assert bodies[0] == bodies[1]
