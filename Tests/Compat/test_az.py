"""The Azure CLI as it is published: the commands of docs/azure-tools.md, in the order in which people use them."""

import json

import pytest

GROUP = ["-g", "factory"]
NAMESPACE = [*GROUP, "--namespace-name", "factory-relay"]
ENDPOINT = json.dumps([{"key": "endpoint", "value": "db.corp.example:5432"}])


@pytest.fixture(scope="module", autouse=True)
def estate(az):
    az("group create", "-n", "factory", "-l", "local")
    az("relay namespace create", *GROUP, "-n", "factory-relay", "-l", "local")
    az("relay hyco create", *NAMESPACE, "-n", "orders-db", "--user-metadata", ENDPOINT)
    az("appservice plan create", *GROUP, "-n", "factory-plan", "--sku", "B1", "-l", "local")


def test_groups(az):
    assert az("group exists", "-n", "factory") is True and az("group exists", "-n", "nobody") is False
    assert az("group show", "-n", "factory")["location"] == "local"
    assert az("group update", "-n", "factory", "--tags", "line=3")["tags"] == {"line": "3"}
    assert "factory" in [group["name"] for group in az("group list")]
    names = {resource["name"] for resource in az("resource list", *GROUP)}
    assert {"factory-relay", "factory-plan"} <= names
    code, told = az.fails("group show", "-n", "nobody")
    assert code == 3 and "ResourceGroupNotFound" in told


def test_namespaces(az):
    assert az("relay namespace show", *GROUP, "-n", "factory-relay")["provisioningState"] == "Succeeded"
    assert [each["name"] for each in az("relay namespace list", *GROUP)] == ["factory-relay"]
    assert az("relay namespace update", *GROUP, "-n", "factory-relay", "--tags", "a=b")["tags"] == {"a": "b"}
    assert az("relay namespace exists", "-n", "factory-relay")["nameAvailable"] is False
    assert az("relay namespace exists", "-n", "factory-other")["nameAvailable"] is True


@pytest.mark.parametrize("level, names", [
    ("namespace", []), ("hyco", ["--hybrid-connection-name", "orders-db"]), ("wcfrelay", ["--relay-name", "billing"]),
])
def test_rules_and_keys(az, level, names):
    if level == "wcfrelay":
        az("relay wcfrelay create", *NAMESPACE, "-n", "billing", "--relay-type", "NetTcp")
        assert [each["name"] for each in az("relay wcfrelay list", *NAMESPACE)] == ["billing"]
    rule = f"relay {level} authorization-rule"
    where = [*NAMESPACE, *names]
    assert sorted(az(f"{rule} create", *where, "-n", "shop", "--rights", "Send", "Listen")["rights"]) == ["Listen", "Send"]
    keys = az(f"{rule} keys list", *where, "-n", "shop")
    assert az(f"{rule} update", *where, "-n", "shop", "--rights", "Send")["rights"] == ["Send"]
    assert az(f"{rule} show", *where, "-n", "shop")["rights"] == ["Send"]
    assert az(f"{rule} keys list", *where, "-n", "shop") == keys
    renewed = az(f"{rule} keys renew", *where, "-n", "shop", "--key", "PrimaryKey")
    assert renewed["primaryKey"] != keys["primaryKey"] and renewed["secondaryKey"] == keys["secondaryKey"]
    assert "shop" in [each["name"] for each in az(f"{rule} list", *where)]
    az(f"{rule} delete", *where, "-n", "shop")
    assert az.fails(f"{rule} show", *where, "-n", "shop")[0] == 3
    if level == "wcfrelay":
        az("relay wcfrelay delete", *NAMESPACE, "-n", "billing")


def test_hybrid_connections(az):
    assert az("relay hyco show", *NAMESPACE, "-n", "orders-db")["userMetadata"] == ENDPOINT
    assert [each["name"] for each in az("relay hyco list", *NAMESPACE)] == ["orders-db"]
    other = ENDPOINT.replace("5432", "5433")
    assert az("relay hyco update", *NAMESPACE, "-n", "orders-db", "--user-metadata", other)["userMetadata"] == other
    az("relay hyco update", *NAMESPACE, "-n", "orders-db", "--user-metadata", ENDPOINT)


def test_plans(az):
    assert az("appservice plan show", *GROUP, "-n", "factory-plan")["sku"]["name"] == "B1"
    assert "factory-plan" in [each["name"] for each in az("appservice plan list", *GROUP)]
    assert az("appservice plan update", *GROUP, "-n", "factory-plan", "--sku", "S1")["sku"]["tier"] == "Standard"


def test_an_app_uses_a_hybrid_connection(az):
    assert "NODE|22-lts" in [each["config"] for each in az("webapp list-runtimes", "--os-type", "linux")]
    made = az("webapp create", *GROUP, "-n", "factory-shop", "-p", "factory-plan", "--runtime", "NODE:22-lts")
    assert made["state"] == "Running"
    shown = az("webapp show", *GROUP, "-n", "factory-shop")
    assert shown["siteConfig"]["linuxFxVersion"] == "NODE|22-lts"
    assert {each["publishMethod"] for each in az("webapp deployment list-publishing-profiles", *GROUP, "-n", "factory-shop")} == {"MSDeploy", "FTP"}
    assert [each["name"] for each in az("webapp list", *GROUP)] == ["factory-shop"]
    az("webapp config appsettings set", *GROUP, "-n", "factory-shop", "--settings", "GREETING=hello")
    settings = az("webapp config appsettings list", *GROUP, "-n", "factory-shop")
    assert {each["name"]: each["value"] for each in settings}["GREETING"] == "hello"
    for command in ("webapp", "functionapp"):
        bound = az(f"{command} hybrid-connection add", *GROUP, "-n", "factory-shop", "--namespace", "factory-relay",
                   "--hybrid-connection", "orders-db")
        assert (bound["hostname"], bound["port"]) == ("db.corp.example", 5432)
        (listed,) = az(f"{command} hybrid-connection list", *GROUP, "-n", "factory-shop")
        assert listed["name"].endswith("orders-db") or listed["relayName"] == "orders-db"
        az(f"{command} hybrid-connection remove", *GROUP, "-n", "factory-shop", "--namespace", "factory-relay",
           "--hybrid-connection", "orders-db")
        assert az(f"{command} hybrid-connection list", *GROUP, "-n", "factory-shop") == []
    az("webapp delete", *GROUP, "-n", "factory-shop", "--keep-empty-plan")
    assert az("webapp list", *GROUP) == []


def test_metrics(az):
    namespace = az("relay namespace show", *GROUP, "-n", "factory-relay")["id"]
    names = {each["name"]["value"] for each in az("monitor metrics list-definitions", "--resource", namespace)}
    assert {"ActiveListeners", "BytesTransferred", "SenderConnections-Success"} <= names
    answer = az("monitor metrics list", "--resource", namespace, "--metrics", "ActiveListeners", "BytesTransferred",
                "--aggregation", "Total", "Maximum", "--interval", "5m", "--offset", "1h", "--filter", "EntityName eq '*'")
    assert [each["name"]["value"] for each in answer["value"]] == ["ActiveListeners", "BytesTransferred"]
    plain = az("monitor metrics list", "--resource", namespace, "--metric", "ActiveListeners")
    assert plain["value"][0]["timeseries"][0]["data"]


def test_what_stands_beside_resources(az):
    az("lock create", *GROUP, "-n", "keep", "--lock-type", "CanNotDelete")
    code, told = az.fails("relay namespace delete", *GROUP, "-n", "factory-relay")
    assert code == 1 and "ScopeLocked" in told
    assert [each["name"] for each in az("lock list", *GROUP)] == ["keep"]
    az("lock delete", *GROUP, "-n", "keep")
    group = f"/subscriptions/{az.subscription}/resourceGroups/factory"
    assert az("tag create", "--resource-id", group, "--tags", "a=1")["properties"]["tags"] == {"a": "1"}
    assert "Azure Relay Owner" in [role["roleName"] for role in az("role definition list")]
    assert az("role assignment list", "--all") != []
    assert az("monitor activity-log list", *GROUP) != []
    url = f"{az.bootstrap['managementEndpoint']}{group}?api-version=2022-09-01"
    assert az("rest", "--method", "get", "--url", url)["name"] == "factory"


def test_everything_goes(az):
    az("relay hyco delete", *NAMESPACE, "-n", "orders-db")
    az("relay namespace delete", *GROUP, "-n", "factory-relay")
    az("appservice plan delete", *GROUP, "-n", "factory-plan", "--yes")
    az("group delete", "-n", "factory", "--yes")
    assert az("group exists", "-n", "factory") is False
