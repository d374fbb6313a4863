"""Listeners, senders and joined pairs of one hybrid connection."""

import json
import uuid
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from .answers import AnswerReader
from .frames import TEXT, Breach, binary, text
from .management import CAUSEWAY, Management
from .peer import Peer
from .shared_access import token
from .websocket import Echo, WebSocket, accept_value, new_key, upgrade


@dataclass(frozen=True)
class Door:
    """One of the relay's ports: a context for TLS, or None."""

    name: str
    address: tuple
    tls: object
    domain: str

    def authority(self, namespace):
        return f"{namespace}.{self.domain}:{self.address[1]}"

    def peer(self, loop, namespace="any", **options):
        return Peer(loop, self.address, self.tls, f"{namespace}.{self.domain}", **options)


def doors(server):
    domain = server.runtime["relayDomain"]
    plain = Door("plain", server.address("relayPlaintext"), None, domain)
    return {"plain": plain, "TLS": Door("TLS", server.address("relay"), server.trust, domain)}


class Estate:
    """A namespace with a rule for everything, and its hybrid connections."""

    def __init__(self, server):
        self.server, self.management = server, Management(server)
        self.namespace = f"conformance-{uuid.uuid4().hex[:8]}"
        self.path = f"{self.management.group('conformance')}/providers/Microsoft.Relay/namespaces/{self.namespace}"
        self.management.call("PUT", self.path, {"location": "local"})
        rule = f"{self.path}/authorizationRules/both"
        self.management.call("PUT", rule, {"properties": {"rights": ["Listen", "Send"]}})
        self.key = self.management.call("POST", rule + "/listKeys")["primaryKey"]
        self.count = 0

    def entity(self, name=None, is_open=False):
        self.count += 1
        name = name or f"entity{self.count}"
        path = f"{self.path}/hybridConnections/{name.replace('/', '~')}"
        self.management.call("PUT", path, {"properties": {"requiresClientAuthorization": not is_open}})
        return Entity(self, name, path)


@dataclass
class Entity:
    estate: Estate
    name: str
    path: str

    @property
    def namespace(self):
        return self.estate.namespace

    def token(self, lifetime=3600, name=None):
        return token(f"http://{self.namespace}.relay.localhost/{name or self.name}", "both", self.estate.key, lifetime)

    @property
    def listener_count(self):
        return self.estate.management.call("GET", self.path)["properties"].get("listenerCount", 0)

    @property
    def live(self):
        """What is open at it: listeners, joined connections, requests."""
        return self.estate.management.call("GET", self.path + "/providers/Causeway.Relay/connections", None,
                                           CAUSEWAY)["value"]

    def delete(self):
        self.estate.management.call("DELETE", self.path)


class Meeting:
    """Brings peers to one hybrid connection through one door."""

    def __init__(self, loop, door, entity):
        self.loop, self.door, self.entity = loop, door, entity
        self.host = door.authority(entity.namespace)
        self.control = None

    # MARK: requests

    def peer(self, **options):
        return self.door.peer(self.loop, self.entity.namespace, **options)

    def credentials(self):
        return [("ServiceBusAuthorization", self.entity.token())]

    def target(self, action, suffix="", **query):
        pairs = "".join(f"&{name.replace('_', '-')}={quote(value, safe='')}" for name, value in query.items())
        return f"/$hc/{self.entity.name}{suffix}?sb-hc-action={action}{pairs}"

    def request(self, suffix="", method="GET", headers=""):
        """The head of an ordinary request, as bytes."""
        line = f"{method} /{self.entity.name}{suffix} HTTP/1.1\r\nHost: {self.host}\r\n"
        return f"{line}{headers}\r\n".encode("latin-1")

    def credential_lines(self):
        return "".join(f"{name}: {value}\r\n" for name, value in self.credentials())

    # MARK: listeners

    def listen(self, **options):
        """Opens a control channel and returns it when it is registered; the first one is that of `pair`."""
        peer = self.peer(**options)
        identity = str(uuid.uuid4())
        websocket = self.switched(peer, self.target("listen", sb_hc_id=identity), self.credentials())
        control = Control(self, websocket, identity)
        self.control = self.control or control
        return control

    def switched(self, peer, target, headers=()):
        """Opens a WebSocket that the server must agree to."""
        key = new_key()
        peer.send(upgrade(target, self.host, headers, key))
        return self.joined(peer, key)

    @staticmethod
    def joined(peer, key, **options):
        answer = peer.answer()
        check_switch(answer, key)
        return WebSocket(peer, **options)

    @staticmethod
    def when_joined(peer, key, then, when_late=None, **options):
        """Goes on with the WebSocket as soon as the server has switched; for many at once. `when_late` is called instead when
        the sender is gone."""
        reader = AnswerReader()

        def take(data):
            peer.received += data
            answer = reader.read(peer.received, False)
            if answer is not None:
                if when_late and answer.status == 403 and "address of the rendezvous" in answer.reason:
                    return when_late()
                check_switch(answer, key)
                then(WebSocket(peer, **options))

        peer.taker = take

    # MARK: senders

    def dial(self, suffix="", headers=(), identity=None, query="", **options):
        """Asks for a connection; the answer stays to be read."""
        return Call(self, self.peer(**options), suffix, list(headers), identity or str(uuid.uuid4()), query)

    def pair(self, is_echo=False, sender=None, listener=None, websocket=None):
        """A joined pair. The options are those of the two peers and of both WebSockets."""
        control = self.control or self.listen()
        call = self.dial(**(sender or {}))
        accept = control.accept(call.identity)
        return self.join(call, accept, is_echo, listener, websocket)

    def join(self, call, accept, is_echo=False, listener=None, websocket=None):
        """Opens the rendezvous of an accept message and joins it with its call."""
        peer, key = self.answer_accept(accept, **(listener or {}))
        far = self.joined(peer, key, **(websocket or {}))
        near = self.joined(call.peer, call.key, **(websocket or {}))
        if is_echo:
            Echo(far)
        return Pair(near, far)

    def answer_accept(self, accept, addition="", headers=(), **options):
        """Asks for the rendezvous address of an accept message, and gives the peer and its key."""
        url = urlsplit(accept["address"])
        assert url.scheme == ("wss" if self.door.tls else "ws"), accept["address"]
        assert url.port == self.door.address[1], accept["address"]
        peer, key = self.peer(**options), new_key()
        peer.send(upgrade(f"{url.path}?{url.query}{addition}", url.netloc, headers, key))
        return peer, key


class Call:
    """A sender whose handshake is not answered yet."""

    def __init__(self, meeting, peer, suffix, headers, identity, query):
        self.peer, self.identity, self.key = peer, identity, new_key()
        target = f"{meeting.target('connect', suffix, sb_hc_id=identity)}{query}"
        peer.send(upgrade(target, meeting.host, headers + meeting.credentials(), self.key))


@dataclass
class Pair:
    """Two WebSockets that the gateway has joined."""

    sender: WebSocket
    listener: WebSocket

    def turned(self):
        """The same with the roles exchanged."""
        return Pair(self.listener, self.sender)

    def drop(self):
        self.sender.peer.reset()
        self.listener.peer.reset()


class Control:
    """A control channel: sorts the messages of the gateway, and holds each against the protocol."""

    def __init__(self, meeting, websocket, identity):
        self.meeting, self.websocket, self.identity = meeting, websocket, identity
        self.accepts, self.requests, self.taken = {}, [], 0
        self.when_accept, self.when_request = None, None
        self.due = None
        websocket.when_frame(self._frame)

    def accept(self, identity, limit=10.0):
        """The accept message for a sender's id."""
        self.websocket.wait(lambda: identity in self.accepts or self.websocket.is_over, f"the accept of {identity}",
                            limit)
        assert identity in self.accepts, f"the control channel ended; {self.websocket}"
        return self.accepts.pop(identity)

    def request(self, limit=10.0):
        """The next request with its body, in the order of arrival."""
        self.websocket.wait(lambda: self.requests and not self.due or self.websocket.is_over, "a request", limit)
        assert self.requests, f"the control channel ended; {self.websocket}"
        return self.requests.pop(0)

    def respond(self, request, status=200, body=None, description=None, headers=None, **members):
        """Answers a request on the control channel."""
        message = {"requestId": request["id"], "statusCode": status, "body": body is not None, **members}
        if description is not None:
            message["statusDescription"] = description
        if headers is not None:
            message["responseHeaders"] = headers
        self.websocket.send(text(json.dumps({"response": message})))
        if body is not None:
            self.websocket.send(binary(body))

    def _frame(self, frame):
        websocket = self.websocket
        while self.taken < len(websocket.messages):
            opcode, payload = websocket.messages[self.taken]
            self.taken += 1
            self._message(opcode, payload)

    def _message(self, opcode, payload):
        if opcode != TEXT:
            if self.due is None:
                raise Breach("a body that no request announced")
            request, self.due = self.due, None
            request["received"] = payload
            if self.when_request:
                self.when_request(request)
            return
        if self.due is not None:
            raise Breach("a message stands between a request and its body")
        if len(payload) >= 65_536:
            raise Breach(f"a control message of {len(payload)} bytes")
        unit = json.loads(payload.decode(), object_pairs_hook=single)
        if len(unit) != 1 or set(unit) - {"accept", "request"}:
            raise Breach(f"a control message with the members {sorted(unit)}")
        if "accept" in unit:
            accept = unit["accept"]
            self.accepts[accept["id"][:36]] = accept
            if self.when_accept:
                self.when_accept(accept)
        else:
            self.requests.append(unit["request"])
            self.due = unit["request"] if unit["request"].get("body") else None
            if self.when_request and not self.due:
                self.when_request(unit["request"])


def single(pairs):
    """An object whose names are all different."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Breach(f"a JSON object with a name twice: {names}")
    return dict(pairs)


def check_switch(answer, key):
    """A 101 that every published client takes."""
    assert answer is not None, "the connection ended instead of an answer"
    assert answer.status == 101, (answer.status, answer.reason, answer.body[:300])
    assert answer.header("Connection") == "Upgrade" and answer.header("Upgrade").lower() == "websocket", answer.headers
    assert answer.header("Sec-WebSocket-Accept") == accept_value(key), answer.headers
    kept = {"content-length", "content-type", "transfer-encoding"} & {name.lower() for name, _ in answer.headers}
    assert not kept, answer.headers
