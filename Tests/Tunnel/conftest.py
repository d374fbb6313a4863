import pytest

from contract.server import resolve_localhost_names
from tunnel_peer.connector import Connector, Single
from tunnel_peer.endpoints import Endpoint
from tunnel_peer.estate import Server
from tunnel_peer.manager import Manager


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
        for made in reversed(self.made):
            getattr(made, "end", made.close if hasattr(made, "close") else None)()


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
