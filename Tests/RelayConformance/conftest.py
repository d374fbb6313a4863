import resource
import signal

import pytest

from peers.loop import Loop
from peers.rendezvous import Door, Estate, Meeting, doors
from peers.servers import Server

TEST_SECONDS_MAX = 100
# Thousands of sockets at once, here and in the servers, which inherit it.
FILES_MAX = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX))
# With several loops the two ends of a pair are mostly on different ones, and what joins them is another part.
on_one_and_several_loops = pytest.mark.parametrize("server", [1, 3], indirect=True, scope="session",
                                                   ids=lambda n: f"loops={n}")


@pytest.fixture(autouse=True)
def deadline():
    """No test waits for ever, whatever it waits for."""

    def late(*_):
        raise TimeoutError(f"The test took more than {TEST_SECONDS_MAX} s.")

    previous = signal.signal(signal.SIGALRM, late)
    signal.alarm(TEST_SECONDS_MAX)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def loop():
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """The servers of all tests that neither stop one nor set it up differently: by their number of event loops."""
    found = {}

    def with_loops(count):
        if count not in found:
            found[count] = Server(tmp_path_factory.mktemp(f"loops-{count}"), relay_threads=count).start()
        return found[count]

    yield with_loops
    logs = [server.log() for server in found.values() if not server.is_running]
    for server in found.values():
        server.kill()
    assert not logs, f"a server ended on its own: {logs}"


@pytest.fixture(scope="session")
def server(request, servers):
    """A server with one event loop, unless a test says otherwise."""
    return servers(getattr(request, "param", 1))


@pytest.fixture
def own_server(tmp_path):
    """Makes servers that end with the test."""
    servers = []

    def make(**options):
        server = Server(tmp_path / f"server-{len(servers) + 1}", **options)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def estate(server):
    return Estate(server)


@pytest.fixture(scope="session")
def ports(server):
    """The relay's doors by name: `plain` and `TLS`."""
    return doors(server)


@pytest.fixture(params=["plain", "TLS"])
def door(request, ports) -> Door:
    return ports[request.param]


@pytest.fixture(scope="module")
def entity(estate):
    """A hybrid connection for one file of tests."""
    return estate.entity()


@pytest.fixture
def meeting(loop, ports, entity):
    return Meeting(loop, ports["plain"], entity)


@pytest.fixture(scope="session")
def healthy(server, estate, ports):
    """Asks the server for its health, and the relay for a hybrid connection that nobody listens to.

    A test calls it after it did its worst; both answers must come on new connections within some seconds.
    """
    deserted = estate.entity("deserted")

    def check(door="plain", limit=3.0):
        assert server.is_running, server.log()
        loop = Loop()
        try:
            operations = Door("operations", server.address("operations"), None, "localhost")
            peer = operations.peer(loop)
            peer.send(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = peer.answer(limit=limit)
            assert answer and (answer.status, answer.body) == (200, b"ready\n"), answer
            call = Meeting(loop, ports[door], deserted).dial()
            answer = call.peer.answer(limit=limit)
            assert answer and answer.status == 404 and "no listeners connected" in answer.reason, answer
        finally:
            loop.close()

    return check
