"""The running server: where it is, how to sign in, and a record of everything that it answered."""

import json
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import requests

from .documents import OPERATIONS

ENDPOINT, CA_FILE, BOOTSTRAP_FILE = "CAUSEWAY_MANAGEMENT_ENDPOINT", "CAUSEWAY_CA_FILE", "CAUSEWAY_BOOTSTRAP_FILE"
OPERATIONS_ENDPOINT = "CAUSEWAY_OPERATIONS_ENDPOINT"


class MissingServer(Exception):
    """The environment does not say where the server is."""


@dataclass(frozen=True)
class Settings:
    endpoint: str
    ca_file: str
    operations_endpoint: str
    tenant_id: str
    subscription_id: str
    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def from_environment(cls):
        missing = [name for name in (ENDPOINT, CA_FILE, BOOTSTRAP_FILE) if not os.environ.get(name)]
        if missing:
            raise MissingServer(
                f"These tests need a running server: set {', '.join(missing)}. "
                f"{BOOTSTRAP_FILE} is the bootstrap.json in the data directory of `causeway serve`, "
                f"{ENDPOINT} and {CA_FILE} are the management endpoint and the CA certificate that it names."
            )
        path = Path(os.environ[BOOTSTRAP_FILE])
        try:
            bootstrap = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MissingServer(f"{BOOTSTRAP_FILE} names {path}, which cannot be read: {error}") from error
        absent = [key for key in ("tenantId", "subscriptionId", "clientId", "clientSecret") if key not in bootstrap]
        if absent:
            raise MissingServer(f"{path} lacks {', '.join(absent)}.")
        return cls(
            endpoint=os.environ[ENDPOINT].rstrip("/"), ca_file=os.environ[CA_FILE],
            operations_endpoint=cls.operations(path.parent / "runtime.json"), tenant_id=bootstrap["tenantId"],
            subscription_id=bootstrap["subscriptionId"], client_id=bootstrap["clientId"], client_secret=bootstrap["clientSecret"],
        )

    @staticmethod
    def operations(runtime):
        if os.environ.get(OPERATIONS_ENDPOINT):
            return os.environ[OPERATIONS_ENDPOINT].rstrip("/")
        try:
            return "http://" + json.loads(runtime.read_text(encoding="utf-8"))["operationsAddress"]
        except (OSError, ValueError, KeyError) as error:
            raise MissingServer(f"Set {OPERATIONS_ENDPOINT}, or keep {runtime} with its operationsAddress: {error!r}") from error


def resolve_localhost_names():
    """Makes names below `localhost` loopback, as they are for Causeway's own clients."""
    original = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **keywords):
        name = host.decode() if isinstance(host, bytes) else host
        return original("localhost" if name and name.lower().endswith(".localhost") else host, *arguments, **keywords)

    socket.getaddrinfo = getaddrinfo


@dataclass
class Exchange:
    """One call and its answer."""

    operation: str
    method: str
    url: str
    api_version: str | None
    status: int
    headers: dict
    text: str
    sent: object = None

    @property
    def json(self):
        return json.loads(self.text)

    def __str__(self):
        return f"{self.method} {urlsplit(self.url).path} ({self.api_version or 'no api-version'}) answered {self.status}"


class Unexpected(AssertionError):
    """An answer with another status than the one that was asked for."""

    def __init__(self, exchange, message):
        super().__init__(message)
        self.exchange = exchange


class Server:
    def __init__(self, settings):
        self.settings = settings
        self.transcript = []
        self.token = None
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = settings.ca_file

    def sign_in(self):
        """Gets a token with the client's secret, for the first audience of the metadata document."""
        audience = self.call("getMetadataEndpoints", query={"api-version": "2022-09-01"}).json["authentication"]["audiences"][0]
        form = {
            "grant_type": "client_credentials", "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret, "scope": audience + "/.default",
        }
        self.token = self.call("createToken", {"tenant": self.settings.tenant_id}, form).json["access_token"]
        return audience

    def call(self, operation_id, path=None, body=None, query=None, version=None, headers=None, expect=(200,)):
        """Calls an operation of the documents, with its own api-version unless another one is given."""
        operation = OPERATIONS[operation_id]
        target = operation.path
        for name, value in (path or {}).items():
            target = target.replace("{" + name + "}", value if name == "scope" else quote(value, safe="~@:()"))
        assert "{" not in target, f"{operation_id}: no value for a parameter in {target}"
        query = dict(query or {})
        if operation.api_version:
            query["api-version"] = version or operation.api_version
        base = self.settings.operations_endpoint if operation.is_on_operations_address else self.settings.endpoint
        return self.send(operation, base + target, body, query, headers, expect)

    def follow(self, operation_id, url, expect=(200,)):
        """Calls an operation by an absolute URL that the server made."""
        return self.send(OPERATIONS[operation_id], url, None, {}, None, expect)

    def send(self, operation, url, body, query, headers, expect):
        headers = dict(headers or {})
        if self.token and not operation.is_public:
            headers["Authorization"] = "Bearer " + self.token
        content = {}
        if body is not None:
            is_form = "application/x-www-form-urlencoded" in (operation.body or {}).get("content", {})
            content = {"data": body} if is_form else {"json": body}
        answer = self.session.request(
            operation.method, url, params=query, headers=headers, timeout=30, allow_redirects=False, **content
        )
        version = query.get("api-version") or (parse_qs(urlsplit(url).query).get("api-version") or [None])[0]
        answer.encoding = "utf-8"
        exchange = Exchange(operation.id, operation.method, url, version, answer.status_code, answer.headers, answer.text, body)
        self.transcript.append(exchange)
        if exchange.status not in expect:
            wanted = " or ".join(map(str, expect))
            raise Unexpected(exchange, f"{operation.id}: {exchange}, not {wanted}: {exchange.text[:500]}")
        return exchange

    def finish(self, operation_id, started, limit=60):
        """Follows the `Location` of a 202 until the work is done."""
        deadline = time.monotonic() + limit
        exchange = started
        while exchange.status == 202:
            if time.monotonic() > deadline:
                raise Unexpected(started, f"{started} is not done after {limit} s")
            time.sleep(min(int(exchange.headers.get("Retry-After", 1)), 5))
            exchange = self.follow(operation_id, exchange.headers["Location"], expect=(200, 202))
        return exchange

    def raw(self, method, target, token=None, **keywords):
        """A call beside the documents, for refusals. It is not recorded."""
        headers = {"Authorization": "Bearer " + (self.token if token is None else token)} if token != "" else {}
        return self.session.request(
            method, self.settings.endpoint + target, headers=headers, timeout=30, allow_redirects=False, **keywords
        )
