"""The scripts of the guide for Python, as they stand on its page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clients.rest import Management

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "python-sdk.md"
SCRIPTS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def run(own_server, tmp_path):
    """Runs a script beside a `causeway-data` of a server that nobody used before."""
    server = own_server()
    server.start()
    (tmp_path / "causeway-data").symlink_to(server.data)
    management = Management(server.settings())
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": management.settings.ca_file, "NO_PROXY": "localhost,127.0.0.1"}

    def script(text):
        done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, env=environment, capture_output=True,
            text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    script.management, script.folder = management, tmp_path
    return script


def test_the_page_has_two_scripts():
    assert len(SCRIPTS) == 2


def test_hybrid_connections_are_listed(run):
    management = run.management
    management.put(management.group("demo"), {"location": "local"})
    namespace = management.namespace("demo", "demo-relay")
    management.put(namespace, {"location": "local"})
    management.put(namespace + "/hybridConnections/db", {"properties": {}})
    assert run(SCRIPTS[0]) == "db 0\n"


def test_an_app_is_bound_from_nothing(run):
    assert run(SCRIPTS[1]) == "factory-shop reaches db.corp.example:5432 by factory-relay/orders-db\n"
    string = (run.folder / "manager.txt").read_text()
    assert "SharedAccessKeyName=defaultListener;" in string and string.endswith(";EntityPath=orders-db")
    assert run(SCRIPTS[1]), "a second run changes nothing and fails nowhere"
