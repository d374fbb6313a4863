import pytest

from clients.waiting import wait_until
from contract.server import resolve_localhost_names
from tunnel_peer.connector import Connector, Single
from tunnel_peer.endpoints import Endpoint, echo
from tunnel_peer.estate import Server
from tunnel_peer.manager import Manager
from tunnel_peer.servers import OpenFolder
from tunnel_peer.sockets import free_port
from tunnel_peer.tunnel import MODES, Tunnel


@pytest.fixture(scope="session", autouse=True)
def names_are_loopback():
    resolve_localhost_names()


class Maker:
    """Makes programs and endpoints that end with the test, the module or the session that it belongs to."""

    def __init__(self, folder):
        self.folder, self.made = folder, []

    def _folder(self, kind):
        return self.folder / f"{kind}-{len(self.made) + 1}"

    def _keep(self, made):
        self.made.append(made)
        return made

    def server(self, *arguments, **environment):
        return self._keep(Server(self._folder("server"), *arguments, **environment))

    def manager(self, server, *arguments, **options):
        return self._keep(Manager(self._folder("manager"), server, *arguments, **options))

    def connector(self, server, *arguments, **options):
        return self._keep(Connector(self._folder("connector"), server, *arguments, **options))

    def single(self, connection, *arguments, **options):
        return self._keep(Single(self._folder("connector"), connection, *arguments, **options))

    def endpoint(self, *arguments, **options):
        return self._keep(Endpoint(*arguments, **options))

    def end(self):
        errors = []
        for made in reversed(self.made):
            try:
                made.end()
            except Exception as error:
                errors.append(error)
        assert not errors, errors


def made(folder):
    maker = Maker(folder)
    yield maker
    maker.end()


@pytest.fixture
def make(tmp_path_factory):
    """Servers, managers, connectors and endpoints that end with the test."""
    yield from made(tmp_path_factory.mktemp("t"))


@pytest.fixture(scope="module")
def make_for_module(tmp_path_factory):
    yield from made(tmp_path_factory.mktemp("m"))


@pytest.fixture(scope="session")
def make_for_all(tmp_path_factory):
    yield from made(tmp_path_factory.mktemp("s"))


@pytest.fixture(scope="session")
def server(make_for_all):
    """The server that most tests share."""
    return make_for_all.server().start()


@pytest.fixture(scope="session")
def manager(make_for_all, server):
    """A manager that most tests share: each adds hybrid connections of its own."""
    return make_for_all.manager(server).start()


@pytest.fixture
def own_manager(make, server):
    """A manager of the test alone, whose state and hybrid connections nobody else touches."""
    return make.manager(server).start()


@pytest.fixture
def echoing(make):
    """An endpoint that sends back what it gets."""
    return make.endpoint()


@pytest.fixture
def open_folder():
    """Makes folders that other users can reach; they are removed with the test."""
    made = []

    def make(owner=None):
        made.append(OpenFolder(owner))
        return made[-1]

    yield make
    for folder in made:
        folder.remove()


@pytest.fixture(scope="module", params=MODES, ids=[name.replace(" ", "-") for name in MODES])
def every_tunnel(request, make_for_module, server):
    return Tunnel(make_for_module, server, *MODES[request.param])


@pytest.fixture
def tunnel(every_tunnel):
    """A tunnel in each of the ways, to an endpoint whose handler the test may replace."""
    endpoint = every_tunnel.endpoint
    wait_until(lambda: not endpoint.connections, "the connections of the test before have ended")
    endpoint.serve_with(echo)
    yield every_tunnel
    every_tunnel.endpoint.check()


@pytest.fixture
def site(server):
    return server.site()


@pytest.fixture
def bind(server, manager, site):
    """Binds the app to an endpoint under a name that nobody else has; gives the hybrid connection and `name:port`."""
    def make_binding(endpoint, name=None, port=None):
        connection = server.hybrid_connection(endpoint.address)
        manager.add(connection)
        place = f"{name or server.unique('db')}.corp.example:{port or free_port()}"
        site.bind(connection, place)
        return connection, place

    return make_binding


@pytest.fixture
def connect(make, server, site):
    """Starts a connector for the app."""
    def start(*arguments, **options):
        return make.connector(server, *site.options, *arguments, **options).start()

    return start
