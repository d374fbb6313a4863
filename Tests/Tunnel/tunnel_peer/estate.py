"""The server, and what is made on it for a test: hybrid connections with their endpoints, and apps with their bindings."""

import json
import uuid
from dataclasses import dataclass, field

from clients.rest import Management
from clients.servers import OwnServer
from clients.waiting import wait_until
from relay_peer.estate import Entity, Relay, make_rule

from .programs import causeway, succeeded

RULES = {"listen": ("defaultListener", "Listen"), "send": ("defaultSender", "Send")}


class Server(OwnServer):
    """`causeway serve` with a plaintext relay address beside the other one."""

    GROUP, PLAN = "tunnel-tests", "tunnel-plan"

    def __init__(self, folder, *arguments, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, "--relay-plaintext-address=127.0.0.1:0", *arguments, **environment)
        self.management = self.relay = self.namespace = None
        self.run_name, self.names = uuid.uuid4().hex[:6], 0

    def start(self):
        super().start()
        self.management = Management(self.settings())
        self.relay = Relay(self.management, self.runtime(), self.ca_file)
        if self.namespace is None:
            self.management.put(self.management.group(self.GROUP), {"location": "westus"})
            self.management.put(self.plan, {"location": "westus", "sku": {"name": "P1"}})
            self.namespace = self.relay.namespace(self.GROUP, self.unique("tunnel"))
        return self

    @property
    def ca_file(self):
        return str(self.data / "tls" / "ca.pem")

    @property
    def plan(self):
        return self.management.plan(self.GROUP, self.PLAN)

    def unique(self, prefix):
        self.names += 1
        return f"{prefix}-{self.run_name}-{self.names}"

    def causeway(self, *arguments, **options):
        """A command of its administrator; the environment says where the server is."""
        return causeway(*arguments, CAUSEWAY_DATA_DIRECTORY=str(self.data), **options)

    def json(self, *arguments, **options):
        return json.loads(succeeded(self.causeway(*arguments, "--output", "json", **options)).stdout)

    def hybrid_connection(self, endpoint=None, name=None, metadata=None):
        """Makes one whose endpoint is `host:port`; the gateway knows it when this returns."""
        name = name or self.unique("hc")
        path = f"{self.namespace.path}/hybridConnections/{name.replace('/', '~')}"
        metadata = metadata or (endpoint and endpoint_metadata(endpoint))
        self.management.put(path, {"properties": {"userMetadata": metadata} if metadata else {}})
        rules = {key: make_rule(self.management, path, rule, [right]) for key, (rule, right) in RULES.items()}
        return HybridConnection(self, name, path, rules)

    def site(self, name=None):
        name = name or self.unique("app")
        self.management.put(
            self.management.site(self.GROUP, name), {"location": "westus", "properties": {"serverFarmId": self.plan}})
        return Site(self, name)


def endpoint_metadata(endpoint):
    return json.dumps([{"key": "endpoint", "value": endpoint}])


@dataclass
class HybridConnection:
    server: Server = field(repr=False)
    name: str
    path: str
    rules: dict = field(repr=False)

    @property
    def namespace(self):
        return self.server.namespace.name

    @property
    def host_name(self):
        return self.server.namespace.host_name

    @property
    def entity(self):
        """As listeners and senders of the relay tests see it."""
        return Entity(self.server.namespace, self.name, self.path, self.rules, self.server.relay.tls)

    def string(self, rule="listen", plaintext=False, key=None):
        """The gateway connection string of one of its rules."""
        relay, rule = self.server.relay, self.rules[rule]
        port = (relay.plain if plaintext else relay.tls).port
        return (f"Endpoint=sb://{self.host_name}:{port}/;SharedAccessKeyName={rule.name};"
                f"SharedAccessKey={key or rule.primary};EntityPath={self.name}")

    @property
    def address(self):
        """What commands take to name it."""
        return ["-g", self.server.GROUP, "--namespace", self.namespace, "--hybrid-connection", self.name]

    @property
    def names(self):
        """What the manager's commands take to name it."""
        return ["--namespace", self.namespace, "--name", self.name]

    def update(self, *arguments):
        """`causeway hybrid-connection update`."""
        succeeded(self.server.causeway(
            "hybrid-connection", "update", "-g", self.server.GROUP, "--namespace", self.namespace, "--name", self.name,
            *arguments))

    def rotate(self, *arguments):
        """`causeway keys rotate`."""
        return self.server.json("keys", "rotate", *self.address, *arguments)

    def events(self):
        """`causeway hybrid-connection events`, as operation, status and message."""
        found = self.server.json(
            "hybrid-connection", "events", "-g", self.server.GROUP, "--namespace", self.namespace, "--name", self.name)
        return [(event["operationName"].split("/")[-1], event.get("status"), event["message"]) for event in found]

    def listener_count(self):
        return self.server.management.get(self.path)["properties"]["listenerCount"]

    def wait_listeners(self, count, limit=10.0):
        wait_until(lambda: self.listener_count() == count, f"{self.name} has {count} listeners", limit)

    def delete(self):
        self.server.management.delete(self.path)


@dataclass
class Site:
    server: Server = field(repr=False)
    name: str

    @property
    def options(self):
        return ["--site", self.name, "-g", self.server.GROUP]

    def path(self, connection):
        site = self.server.management.site(self.server.GROUP, self.name)
        return f"{site}/hybridConnectionNamespaces/{connection.namespace}/relays/{connection.name.replace('/', '~')}"

    def bind(self, connection, endpoint):
        """The app reaches the hybrid connection under this `host:port`."""
        host, _, port = endpoint.rpartition(":")
        self.server.management.put(self.path(connection), {"properties": {
            "relayArmUri": connection.path, "hostname": host, "port": int(port),
            "sendKeyName": connection.rules["send"].name}})
        return self

    def unbind(self, connection):
        self.server.management.delete(self.path(connection))

    def causeway(self, command, *arguments, **options):
        """A command with this app."""
        return self.server.causeway(command, *self.options, *arguments, **options)
