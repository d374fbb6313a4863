import json
import os
import uuid
from pathlib import Path

import pytest
import requests

from clients.rest import Management
from clients.servers import OwnServer
from contract.server import MissingServer, Settings, resolve_localhost_names


@pytest.fixture(scope="session")
def settings():
    message = None
    try:
        settings = Settings.from_environment()
    except MissingServer as error:
        message = str(error)
    if message:
        pytest.fail(message, pytrace=False)
    resolve_localhost_names()
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
