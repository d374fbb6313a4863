import json
import os
import uuid
from pathlib import Path

import pytest
import requests

from clients.estate import Estate, difference, picture
from clients.raw import PlainClient
from clients.rest import Management
from clients.servers import OwnServer
from contract.server import MissingServer, Settings, resolve_localhost_names


@pytest.fixture(scope="session", autouse=True)
def names_are_loopback():
    resolve_localhost_names()


@pytest.fixture(scope="session")
def settings():
    message = None
    try:
        settings = Settings.from_environment()
    except MissingServer as error:
        message = str(error)
    if message:
        pytest.fail(message, pytrace=False)
    return settings


@pytest.fixture(scope="session")
def management(settings):
    return Management(settings)


@pytest.fixture(scope="session")
def data_directory(settings):
    """The data directory of the server that all tests share."""
    return Path(os.environ.get("CAUSEWAY_DATA_DIRECTORY") or Path(os.environ["CAUSEWAY_BOOTSTRAP_FILE"]).parent)


@pytest.fixture(scope="session")
def server_process(data_directory):
    """Its process ID."""
    return json.loads((data_directory / "runtime.json").read_text())["pid"]


@pytest.fixture(scope="session")
def healthy(settings):
    """Asks for the server's health; a test calls it after it did its worst."""
    session = requests.Session()
    session.trust_env = False

    def check():
        answer = session.get(settings.operations_endpoint + "/health/ready", timeout=10)
        assert (answer.status_code, answer.text) == (200, "ready\n")

    return check


@pytest.fixture(scope="session")
def unique():
    """Names that no other test uses."""
    run = uuid.uuid4().hex[:6]
    count = 0

    def name(prefix):
        nonlocal count
        count += 1
        return f"{prefix}-{run}-{count}"

    return name


@pytest.fixture(scope="module")
def group(management, unique):
    """A resource group for one file of tests; it goes with everything in it."""
    name = unique("clients")
    management.put(management.group(name), {"location": "westus"})
    yield name
    management.delete(management.group(name))


@pytest.fixture
def own_server(tmp_path):
    """Makes servers that end with the test."""
    servers = []

    def make(*arguments, folder=None, **environment):
        folder = folder or tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir(exist_ok=True)
        server = OwnServer(folder, *arguments, **environment)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.end()


@pytest.fixture(scope="module")
def estate(management, group, unique):
    """One of everything, to throw bad input at."""
    estate = Estate(management, group, unique).build()
    yield estate
    estate.take_down()


@pytest.fixture
def unchanged(estate, healthy, data_directory):
    """Nothing in the store but its log is another after the test than before it, and the server is healthy."""
    before = picture(data_directory)
    yield
    healthy()
    assert difference(before, picture(data_directory)) == []


@pytest.fixture
def plain(management):
    client = PlainClient(management)
    yield client
    client.close()


@pytest.fixture(scope="session")
def azure(settings):
    """The published clients, which find the authority's certificate as their documentation says."""
    from clients.sdk import all_clients

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        yield all_clients(settings)


@pytest.fixture(scope="module")
def namespace(azure, group, unique):
    """The name of a namespace, made by the client under test."""
    name = unique("sdk-relay")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus", "tags": {"a": "b"}}).result()
    return name
