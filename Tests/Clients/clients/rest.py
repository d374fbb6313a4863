"""A REST client as plain as a script's: a token, a method, a path, a body."""

import re
import threading

import requests

RELAY, WEB, RESOURCES = "2026-01-01", "2025-05-01", "2025-04-01"
AUTHORIZATION, INSIGHTS, LOCKS = "2022-04-01", "2015-04-01", "2020-05-01"


class Management:
    """Calls one server as its administrator. May be used by several threads; each has its own connections."""

    def __init__(self, settings):
        self.settings = settings
        self.threads = threading.local()
        self.token = self.sign_in()

    @property
    def session(self):
        if not hasattr(self.threads, "session"):
            session = requests.Session()
            session.trust_env = False
            session.verify = self.settings.ca_file
            self.threads.session = session
        return self.threads.session

    @property
    def subscription(self):
        return f"/subscriptions/{self.settings.subscription_id}"

    def group(self, name):
        return f"{self.subscription}/resourceGroups/{name}"

    def namespace(self, group, name):
        return f"{self.group(group)}/providers/Microsoft.Relay/namespaces/{name}"

    def plan(self, group, name):
        return f"{self.group(group)}/providers/Microsoft.Web/serverfarms/{name}"

    def site(self, group, name):
        return f"{self.group(group)}/providers/Microsoft.Web/sites/{name}"

    def sign_in(self, **changed):
        form = {
            "grant_type": "client_credentials", "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret, "scope": self.settings.endpoint + "/.default", **changed,
        }
        answer = self.session.post(f"{self.settings.endpoint}/{self.settings.tenant_id}/oauth2/v2.0/token", data=form, timeout=30)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def call(self, method, path, body=None, version=None, token=None, headers=None, **keywords):
        """A call as it is; `token=""` sends none."""
        token = self.token if token is None else token
        sent = {"Authorization": "Bearer " + token} if token else {}
        sent.update(headers or {})
        if body is not None:
            keywords["json"] = body
        return self.session.request(
            method, self.settings.endpoint + path, headers=sent, timeout=60, allow_redirects=False,
            params={"api-version": version or version_for(path)} if "?" not in path else None, **keywords
        )

    def ask(self, method, path, body=None, expect=(200, 201), **keywords):
        """A call that must succeed; the JSON of its answer, or None."""
        answer = self.call(method, path, body, **keywords)
        assert answer.status_code in expect, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def get(self, path, **keywords):
        return self.ask("GET", path, **keywords)

    def put(self, path, body, **keywords):
        return self.ask("PUT", path, body, **keywords)

    def delete(self, path, **keywords):
        return self.ask("DELETE", path, expect=(200, 202, 204), **keywords)

    def keys(self, rule_path):
        return self.ask("POST", rule_path + "/listKeys")


def version_for(path):
    for provider, version in (
        ("/providers/causeway.relay/", RELAY), ("/providers/microsoft.authorization/locks", LOCKS),
        ("/providers/microsoft.authorization/", AUTHORIZATION), ("/providers/microsoft.resources/", RESOURCES),
        ("/providers/microsoft.insights/", INSIGHTS),
        ("/providers/microsoft.web", WEB), ("/providers/microsoft.relay", RELAY),
    ):
        if provider in path.lower():
            return version
    return RESOURCES


def error_of(answer):
    """Code and message of a refusal, after checking that it has Azure's shape."""
    assert answer.headers.get("Content-Type", "").split(";")[0] == "application/json", (answer.status_code, answer.text[:300])
    assert answer.headers.get("x-ms-request-id"), answer.headers
    return error_in(answer.json())


def error_in(body):
    error = body["error"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "target", "details", "additionalInfo"}, body
    assert error["code"] and error["message"], body
    return error["code"], error["message"]


LEAKS = re.compile(r"sqlite|\bselect\b.*\bfrom\b|\binsert into\b|grdb|\.swift\b|stack trace|0x[0-9a-f]{8}|/home/|/var/|/usr/",
    re.IGNORECASE)


def refused(answer, statuses=(400,), codes=None):
    """Checks a refusal: its status, Azure's shape, the request id, and that it tells nothing of the inside."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:400])
    code, message = error_of(answer)
    assert codes is None or code in codes, (code, message)
    assert not LEAKS.search(answer.text), answer.text
    assert all(ord(character) >= 0x20 for character in message), repr(message)
    return code, message
