"""Where a relay is, and what was made on it for a test: namespaces, hybrid connections, rules and their keys."""

import ssl
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import httpx

from . import sas
from .connection import Connection
from .listener import Listener
from .sockets import LibrarySocket, RawSocket, Refused
from .waiting import eventually


@dataclass(frozen=True)
class Endpoint:
    """An address of the relay; `tls` is None where it speaks plain."""

    address: tuple
    tls: ssl.SSLContext | None = None

    @property
    def port(self):
        return self.address[1]


def endpoint(text, tls=None):
    host, _, port = text.rpartition(":")
    return Endpoint((host, int(port)), tls)


class Relay:
    """One server: its two relay addresses and its management API."""

    def __init__(self, management, runtime, ca_file):
        self.management, self.domain = management, runtime["relayDomain"]
        self.tls = endpoint(runtime["relayAddress"], ssl.create_default_context(cafile=ca_file))
        plain = runtime.get("relayPlaintextAddress")
        self.plain = endpoint(plain) if plain else None

    def namespace(self, group, name):
        path = self.management.namespace(group, name)
        self.management.put(path, {"location": "westus"})
        return Namespace(self, name, path)


@dataclass(frozen=True)
class Namespace:
    relay: Relay = field(repr=False)
    name: str
    path: str

    ROOT_RULE = "RootManageSharedAccessKey"

    @property
    def host_name(self):
        return f"{self.name}.{self.relay.domain}"

    def rule(self, name, *rights):
        return make_rule(self.relay.management, self.path, name, rights)

    def keys(self, name=ROOT_RULE):
        return Rule.read(self.relay.management, self.path, name)

    def entity(self, name, *, rules=("listen", "send"), requires_client_authorization=True, metadata=None):
        """Makes a hybrid connection, with a rule for each right that is named."""
        management = self.relay.management
        path = f"{self.path}/hybridConnections/{name.replace('/', '~')}"
        properties = {"requiresClientAuthorization": requires_client_authorization}
        management.put(path, {"properties": properties | ({"userMetadata": metadata} if metadata else {})})
        keys = {right: make_rule(management, path, right, [right.capitalize()]) for right in rules}
        return Entity(self, name, path, keys, self.relay.plain or self.relay.tls)


@dataclass
class Rule:
    name: str
    primary: str
    secondary: str
    path: str

    @classmethod
    def read(cls, management, parent, name):
        path = f"{parent}/authorizationRules/{name}"
        keys = management.keys(path)
        return cls(name, keys["primaryKey"], keys["secondaryKey"], path)


def make_rule(management, parent, name, rights):
    management.put(f"{parent}/authorizationRules/{name}", {"properties": {"rights": list(rights)}})
    return Rule.read(management, parent, name)


@dataclass(frozen=True)
class Entity:
    """A hybrid connection as its listeners and senders see it."""

    namespace: Namespace
    name: str
    path: str
    rules: dict = field(repr=False)
    endpoint: Endpoint
    # Another host name than the namespace's, for the Host header.
    alias: str | None = None

    # MARK: addresses

    @property
    def host_name(self):
        return self.alias or self.namespace.host_name

    @property
    def host(self):
        return f"{self.host_name}:{self.endpoint.port}"

    @property
    def url_path(self):
        return quote(self.name)

    def over_tls(self):
        return replace(self, endpoint=self.namespace.relay.tls)

    def at(self, alias):
        return replace(self, alias=alias)

    def named(self, name):
        """The same peer, asking for another name."""
        return replace(self, name=name)

    def target(self, action=None, *, suffix="", query=(), token=None, id=None, entity=None):
        """A target below `$hc`, with our parameters after the user's."""
        parameters = [f"{name}={value}" if value is not None else name for name, value in query]
        if action:
            parameters.append("sb-hc-action=" + action)
        if id:
            parameters.append("sb-hc-id=" + quote(id, safe=""))
        if token:
            parameters.append("sb-hc-token=" + quote(token, safe=""))
        return f"/$hc/{entity or self.url_path}{suffix}" + ("?" + "&".join(parameters) if parameters else "")

    # MARK: tokens

    @property
    def audience(self):
        return f"http://{self.host_name}/{self.name}"

    def token(self, rule="send", uri=None, **changed):
        """A token of one of the entity's rules."""
        rule = self.rules[rule] if isinstance(rule, str) else rule
        return sas.mint(uri or self.audience, rule.name, rule.primary, **changed)

    def root_token(self, **changed):
        rule = self.namespace.keys()
        return sas.mint(f"http://{self.namespace.host_name}/", rule.name, rule.primary, **changed)

    # MARK: peers

    def listener(self, **options):
        """`async with entity.listener() as listener`; see `Listener.open`."""
        return Listener(self, **options)

    async def socket(self, target, headers=(), raw=False, **options):
        kind = RawSocket if raw else LibrarySocket
        return await kind.open(self.endpoint, self.host, target, headers, **options)

    async def connect(self, *, token="send", place="header", raw=False, headers=(), id=None, suffix="", query=(),
                      action="connect", **options):
        """A sender. `token` is the name of a rule, a token, or None; `place` says where it stands: `query` or a header's name."""
        token = self.token(token) if token in self.rules else token
        in_query = token if place == "query" else None
        name = "ServiceBusAuthorization" if place == "header" else place
        sent = [*headers] if token is None or in_query else [(name, token), *headers]
        target = self.target(action, suffix=suffix, query=query, token=in_query, id=id)
        return await self.socket(target, sent, raw, **options)

    async def refusal(self, **options):
        """The refusal that a sender gets."""
        return await refusal(self.connect(**options))

    async def http(self, **options):
        return HTTPSender(self, await Connection.open(self.endpoint, self.host_name, **options))

    def httpx(self, token="send", **options):
        """A client of the `httpx` library whose base is the entity."""
        headers = {"ServiceBusAuthorization": self.token(token)} if token else {}
        scheme = "https" if self.endpoint.tls else "http"
        return httpx.AsyncClient(
            base_url=f"{scheme}://{self.host}/{self.url_path}", headers=headers, verify=self.endpoint.tls or False,
            trust_env=False,
            timeout=30, **options,
        )

    # MARK: state

    async def is_known(self):
        """Whether the gateway has heard of the entity: a sender's 404 then speaks of listeners."""
        error = await refusal(self.connect(token=self.root_token(), raw=True))
        return "no listeners" in error.reason

    async def ready(self):
        """Waits until the gateway has heard of the entity, and gives it back."""
        await eventually(self.is_known, f"the gateway knows {self.name}", limit=5)
        return self

    def count(self):
        """The listener count that the management API shows."""
        return self.namespace.relay.management.get(self.path)["properties"]["listenerCount"]

    def delete(self):
        self.namespace.relay.management.delete(self.path)


class HTTPSender:
    """Requests on one connection, one after the other unless `send` is used."""

    def __init__(self, entity, connection):
        self.entity, self.connection = entity, connection

    async def send(self, method="GET", suffix="", headers=(), body=b"", token="send", target=None, host=None):
        """Sends a request and does not wait for its answer. `token` is as in `connect`."""
        entity = self.entity
        token = entity.token(token) if token in entity.rules else token
        sent = ([("ServiceBusAuthorization", token)] if token else []) + list(headers)
        await self.connection.request(method, target or f"/{entity.url_path}{suffix}", sent, body, host or entity.host)

    async def answer(self, method="GET"):
        return await self.connection.read_answer(method)

    async def ask(self, method="GET", suffix="", **options):
        await self.send(method, suffix, **options)
        return await self.answer(method)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.connection.drop()


async def refusal(opening):
    """The `Refused` with which an opening ends."""
    try:
        opened = await opening
    except Refused as error:
        return error
    opened.drop()
    raise AssertionError("101 where a refusal was due")
