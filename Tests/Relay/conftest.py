import asyncio
import os
import uuid

import pytest

from clients.rest import Management
from clients.servers import OwnServer
from contract.server import resolve_localhost_names
from relay_peer.estate import Relay


@pytest.fixture(scope="session", autouse=True)
def names_are_loopback():
    resolve_localhost_names()


class RelayServer(OwnServer):
    """A server with a plaintext relay address, and what is made on it."""

    GROUP = "relay-tests"

    def __init__(self, folder, *arguments, **environment):
        super().__init__(folder, "--relay-plaintext-address=127.0.0.1:0", *arguments, **environment)
        self.management = self.relay = None
        self.run_name, self.names = uuid.uuid4().hex[:6], 0

    def start(self):
        super().start()
        settings = self.settings()
        self.management = Management(settings)
        self.relay = Relay(self.management, self.runtime(), settings.ca_file)
        self.management.put(self.management.group(self.GROUP), {"location": "westus"})
        return self

    def unique(self, prefix):
        self.names += 1
        return f"{prefix}-{self.run_name}-{self.names}"

    def namespace(self, name=None):
        return self.relay.namespace(self.GROUP, name or self.unique("relay"))


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Makes servers that end with the run; the same arguments give the same server."""
    started = {}

    def server(*arguments):
        if arguments not in started:
            started[arguments] = RelayServer(tmp_path_factory.mktemp("server"), *arguments)
            started[arguments].start()
        return started[arguments]

    yield server
    for server in started.values():
        server.end()


@pytest.fixture
def own_server(tmp_path):
    """Makes servers that end with the test."""
    made = []

    def make(*arguments, **environment):
        folder = tmp_path / f"server-{len(made) + 1}"
        folder.mkdir()
        made.append(RelayServer(folder, *arguments, **environment))
        return made[-1]

    yield make
    for server in made:
        server.end()


@pytest.fixture(scope="session")
def server(servers):
    """The server that most tests share, with default limits and deadlines."""
    return servers()


@pytest.fixture(scope="session")
def impatient_server(servers):
    """A server whose deadlines are seconds, not minutes."""
    return servers("--accept-timeout=2", "--response-deadline=2", "--ping-interval=1", "--listener-token-grace=1")


@pytest.fixture(scope="session")
def namespace(server):
    return server.namespace()


@pytest.fixture(scope="session")
def impatient_namespace(impatient_server):
    return impatient_server.namespace()


def entity_maker(namespace, unique):
    async def make(name=None, **options):
        return await (await asyncio.to_thread(namespace.entity, name or unique("hyco"), **options)).ready()

    return make


@pytest.fixture
def make_entity(namespace, server):
    """`await make_entity(...)` gives a hybrid connection that the gateway knows; see `Namespace.entity`."""
    return entity_maker(namespace, server.unique)


@pytest.fixture
def make_impatient_entity(impatient_namespace, impatient_server):
    return entity_maker(impatient_namespace, impatient_server.unique)


@pytest.fixture
async def entity(make_entity):
    return await make_entity()


@pytest.fixture
async def anonymous(make_entity):
    """A hybrid connection whose senders need no token."""
    return await make_entity(requires_client_authorization=False)


@pytest.fixture
async def impatient(make_impatient_entity):
    """A hybrid connection of the impatient server."""
    return await make_impatient_entity()


@pytest.fixture(scope="session")
def transfer_bytes():
    """How much the transfer test moves each way."""
    return int(os.environ.get("CAUSEWAY_TRANSFER_BYTES", 100_000_000))
