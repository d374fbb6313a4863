"""What az prints about one server makes the same on another one."""

import json

import pytest

from clients.rest import Management
from clients.servers import OwnServer, run


@pytest.fixture
def other(tmp_path):
    (tmp_path / "other").mkdir()
    server = OwnServer(tmp_path / "other").start()
    yield server
    server.end()


def test_what_az_prints_is_taken(az, other, tmp_path):
    place = ("-g", "leaving", "--namespace-name", "leaving-relay")
    az("group create", "-n", "leaving", "-l", "westeurope")
    az("relay namespace create", "-g", "leaving", "-n", "leaving-relay", "-l", "westeurope")
    metadata = '[{"key":"endpoint","value":"db.corp.example:5432"}]'
    az("relay hyco create", *place, "-n", "orders", "--user-metadata", metadata)
    rule = (*place, "--hybrid-connection-name", "orders")
    az("relay hyco authorization-rule create", *rule, "-n", "shop", "--rights", "Send", "Listen")
    az("appservice plan create", "-g", "leaving", "-n", "leaving-plan", "--sku", "B1", "-l", "westeurope")
    az("webapp create", "-g", "leaving", "-n", "leaving-app", "-p", "leaving-plan", "--runtime", "NODE:22-lts")
    az("webapp hybrid-connection add", "-g", "leaving", "-n", "leaving-app", "--namespace", "leaving-relay",
        "--hybrid-connection", "orders")
    keys = az("relay hyco authorization-rule keys list", *rule, "-n", "shop")
    printed = [az("relay namespace list", "-g", "leaving"), az("relay hyco list", *place),
        az("relay hyco authorization-rule list", *rule), keys, az("appservice plan list", "-g", "leaving"),
        az("webapp list", "-g", "leaving"), az("webapp hybrid-connection list", "-g", "leaving", "-n", "leaving-app"),
        az("group list"), az("resource list", "-g", "leaving")]
    file = tmp_path / "az.json"
    file.write_text("\n".join(json.dumps(document, indent=2) for document in printed))
    result = run("import-azure", file, "--output", "json", CAUSEWAY_DATA_DIRECTORY=str(other.data))
    assert result.returncode == 0, result.stdout
    new = Management(other.settings())
    found = new.keys(new.namespace("leaving", "leaving-relay") + "/hybridConnections/orders/authorizationRules/shop")
    assert [found[name] for name in ("primaryKey", "secondaryKey")] == [keys["primaryKey"], keys["secondaryKey"]]
    site = new.site("leaving", "leaving-app")
    binding = new.get(site + "/hybridConnectionNamespaces/leaving-relay/relays/orders")["properties"]
    assert (binding["hostname"], binding["port"], binding["causeway"]["sendKeyState"]) == ("db.corp.example", 5432, "Current")
    again = run("import-azure", file, "--output", "json", CAUSEWAY_DATA_DIRECTORY=str(other.data))
    report = json.loads(again.stdout)
    assert again.returncode == 0 and report["created"] == report["updated"] == 0, again.stdout
