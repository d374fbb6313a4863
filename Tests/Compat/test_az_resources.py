"""What the Azure CLI does with any resource: `az resource`, `rest`, `tag`, `lock`, `provider`, `account`, `monitor`."""

import json
import subprocess
import uuid

import pytest

from clients.servers import binary, clean_environment

GROUP = ["-g", "estate"]
HERE = [*GROUP, "--namespace", "Microsoft.Relay"]
VERSION = "?api-version=2021-11-01"
ENDPOINT = json.dumps([{"key": "endpoint", "value": "db.corp.example:5432"}])


@pytest.fixture(scope="module", autouse=True)
def estate(az):
    az("group create", "-n", "estate", "-l", "local")
    az("resource create", *GROUP, "-n", "estate-relay", "--resource-type", "Microsoft.Relay/namespaces", "-l", "local",
       "-p", "{}")
    az("resource create", *HERE, "--parent", "namespaces/estate-relay", "--resource-type", "hybridConnections", "-n",
       "orders-db", "-p", json.dumps({"userMetadata": ENDPOINT}))
    yield
    az("group delete", "-n", "estate", "--yes")


@pytest.fixture(scope="module")
def namespace(az):
    return f"/subscriptions/{az.subscription}/resourceGroups/estate/providers/Microsoft.Relay/namespaces/estate-relay"


# MARK: az resource


def test_resources_are_made_shown_and_deleted(az, namespace):
    whole = json.dumps({"location": "local", "sku": {"name": "Standard"}, "tags": {"line": "3"}, "properties": {}})
    made = az("resource create", "--id", f"{namespace}-2", "--is-full-object", "-p", whole)
    assert (made["tags"], made["properties"]["provisioningState"]) == ({"line": "3"}, "Succeeded")
    rule = az("resource create", *HERE, "--parent", "namespaces/estate-relay/hybridConnections/orders-db",
              "--resource-type", "authorizationRules", "-n", "shop", "-p", json.dumps({"rights": ["Send"]}))
    assert rule["properties"]["rights"] == ["Send"]
    by_name = az("resource show", *HERE, "--parent", "namespaces/estate-relay", "--resource-type", "hybridConnections",
                 "-n", "orders-db")
    by_id = az("resource show", "--ids", f"{namespace}/hybridConnections/orders-db", "--api-version", "2017-04-01")
    assert by_name["properties"]["userMetadata"] == by_id["properties"]["userMetadata"] == ENDPOINT
    az("resource delete", "--ids", f"{namespace}-2")
    code, told = az.fails("resource show", "--ids", f"{namespace}-2")
    assert code == 3 and "ResourceNotFound" in told


def test_resources_are_found(az, namespace):
    az("resource tag", "--ids", namespace, "--tags", "team=orders")
    for question in (["-n", "estate-relay"], ["--tag", "team=orders"], ["-g", "estate"],
                     ["--resource-type", "Microsoft.Relay/namespaces", "-l", "local"]):
        assert "estate-relay" in [each["name"] for each in az("resource list", *question)], question
    (listed,) = az("resource list", *GROUP)
    assert listed["createdTime"] and listed["provisioningState"] == "Succeeded"
    az("resource wait", "--ids", namespace, "--exists")
    az("resource wait", "--ids", namespace, "--created", "--interval", "1")


def test_resources_are_changed(az, namespace):
    assert az("resource tag", "--ids", namespace, "--tags", "a=1")["tags"] == {"a": "1"}
    assert az("resource tag", "--ids", namespace, "--tags", "b=2", "--is-incremental")["tags"] == {"a": "1", "b": "2"}
    assert az("resource update", "--ids", namespace, "--set", "tags.c=3")["tags"] == {"a": "1", "b": "2", "c": "3"}
    assert az("resource update", "--ids", namespace, "--remove", "tags.a")["tags"] == {"b": "2", "c": "3"}
    patch = json.dumps({"tags": {"d": "4"}})
    assert az("resource patch", "--ids", namespace, "--is-full-object", "-p", patch)["tags"] == {"d": "4"}
    connection = f"{namespace}/hybridConnections/orders-db"
    changed = az("resource update", "--ids", connection, "--set", "properties.userMetadata=plain")
    assert changed["properties"]["userMetadata"] == "plain"


def test_actions(az, namespace):
    """`az` 2.91 prints `{}` for an action that is answered at once, so the keys are looked at with another command."""
    rule = f"{namespace}/authorizationRules/RootManageSharedAccessKey"
    keys = ["relay namespace authorization-rule keys list", *GROUP, "--namespace-name", "estate-relay", "-n",
            "RootManageSharedAccessKey"]
    before = az(*keys)
    az("resource invoke-action", "--action", "listKeys", "--ids", rule)
    assert az(*keys) == before
    az("resource invoke-action", "--action", "regenerateKeys", "--ids", rule, "--request-body",
       json.dumps({"keyType": "SecondaryKey"}))
    after = az(*keys)
    assert after["primaryKey"] == before["primaryKey"] and after["secondaryKey"] != before["secondaryKey"]


def test_network_rules(az, namespace):
    rules = f"{namespace}/networkRuleSets/default"
    body = {"properties": {"defaultAction": "Deny", "ipRules": [{"ipMask": "10.0.0.0/8", "action": "Allow"}]}}
    written = az("rest", "--method", "put", "--url", rules + VERSION, "--body", json.dumps(body))
    assert written["properties"]["ipRules"] == body["properties"]["ipRules"]
    assert az("resource show", "--ids", rules)["properties"]["defaultAction"] == "Deny"
    allowed = az("resource update", "--ids", rules, "--set", "properties.defaultAction=Allow")
    assert allowed["properties"]["defaultAction"] == "Allow"


# MARK: az rest


def test_rest(az, namespace):
    connection = f"{namespace}/hybridConnections/by-rest{VERSION}"
    assert az("rest", "-m", "put", "-u", connection, "-b", '{"properties": {}}')["name"] == "by-rest"
    keys = az("rest", "-m", "post", "-u", f"{namespace}/authorizationRules/RootManageSharedAccessKey/listKeys{VERSION}")
    assert keys["keyName"] == "RootManageSharedAccessKey"
    assert keys["primaryConnectionString"].startswith("Endpoint=sb://")
    group = az("rest", "-u", "/subscriptions/{subscriptionId}/resourceGroups/estate", "--url-parameters",
               "api-version=2021-04-01")
    assert group["name"] == "estate"
    az("rest", "-m", "delete", "-u", connection)
    code, told = az.fails("rest", "-u", connection)
    assert code == 1 and "ResourceNotFound" in told


# MARK: tags and locks


def test_tags(az, namespace):
    def tags(command, *words):
        return az(f"tag {command}", "--resource-id", namespace, *words)["properties"]["tags"]

    assert tags("create", "--tags", "a=1", "b=2") == {"a": "1", "b": "2"} == tags("list")
    assert tags("update", "--operation", "Merge", "--tags", "c=3") == {"a": "1", "b": "2", "c": "3"}
    assert tags("update", "--operation", "Delete", "--tags", "b=2") == {"a": "1", "c": "3"}
    assert tags("update", "--operation", "Replace", "--tags", "d=4") == {"d": "4"}
    assert "d" in [each["tagName"] for each in az("tag list")]
    az("tag delete", "--resource-id", namespace, "--yes")
    assert tags("list") == {}


def test_tag_names(az):
    def find():
        return next((each for each in az("tag list") if each["tagName"] == "Color"), None)

    assert az("tag create", "-n", "Color")["count"]["value"] == 0
    assert az("tag add-value", "-n", "Color", "--value", "deep red")["tagValue"] == "deep red"
    assert [each["tagValue"] for each in find()["values"]] == ["deep red"]
    code, told = az.fails("tag delete", "-n", "Color", "--yes")
    assert code != 0 and "predefined value" in told
    az("tag remove-value", "-n", "Color", "--value", "deep red")
    az("tag delete", "-n", "Color", "--yes")
    assert find() is None


def test_moving(az, namespace):
    az("group create", "-n", "other", "-l", "local")
    moved = namespace.replace("/resourceGroups/estate/", "/resourceGroups/other/")
    az("resource move", "--ids", namespace, "--destination-group", "other")
    assert az("resource show", "--ids", moved)["name"] == "estate-relay"
    code, told = az.fails("resource move", "--ids", namespace, "--destination-group", "other")
    assert code == 3 and "ResourceNotFound" in told
    az("resource move", "--ids", moved, "--destination-group", "estate")
    assert az("resource show", "--ids", namespace)["id"] == namespace
    az("group delete", "-n", "other", "--yes")


def test_links(az, namespace):
    group = namespace.split("/providers/")[0]
    link = f"{group}/providers/Microsoft.Resources/links/relay"
    az("resource link create", "--link", link, "--target", namespace, "--notes", "sends")
    (found,) = az("resource link list", "--scope", group)
    assert found["properties"] == {"notes": "sends", "sourceId": group, "targetId": namespace}
    az("resource link update", "--link", link, "--notes", "listens")
    (found,) = az("resource link list", "--filter", f"targetId eq '{namespace}'")
    assert found["id"] == link and found["properties"]["notes"] == "listens"
    az("resource link delete", "--link", link)
    assert az("resource link list") == []


RESOURCE = [*GROUP, "--resource-type", "Microsoft.Relay/namespaces"]


@pytest.mark.parametrize("command, where", [
    ("account lock", []),
    ("lock", []),
    ("group lock", GROUP),
    ("lock", GROUP),
    ("resource lock", [*RESOURCE, "--resource-name", "estate-relay"]),
    ("lock", [*HERE, "--parent", "namespaces/estate-relay", "--resource-type", "hybridConnections", "--resource-name",
              "orders-db"]),
], ids=["account", "subscription", "group lock", "group", "resource", "child"])
def test_locks(az, command, where):
    made = az(f"{command} create", "-n", "keep", "--lock-type", "CanNotDelete", *where)
    try:
        assert made["level"] == "CanNotDelete"
        assert az(f"{command} show", "-n", "keep", *where)["id"] == made["id"]
        assert "keep" in [each["name"] for each in az(f"{command} list", *where)]
        assert az(f"{command} update", "-n", "keep", "--notes", "until March", *where)["notes"] == "until March"
        connection = ["--namespace-name", "estate-relay", "-n", "orders-db"]
        code, told = az.fails("relay hyco delete", *GROUP, *connection)
        assert code == 1 and "ScopeLocked" in told
    finally:
        az(f"{command} delete", "-n", "keep", *where)
    assert az(f"{command} list", *where) == []


# MARK: providers, subscriptions, logs


def test_providers(az):
    states = {each["namespace"]: each["registrationState"] for each in az("provider list")}
    assert states["Microsoft.Relay"] == states["Microsoft.Web"] == "Registered"
    types = {each["resourceType"] for each in az("provider show", "-n", "Microsoft.Relay")["resourceTypes"]}
    assert {"namespaces", "namespaces/hybridConnections"} <= types
    az("provider register", "-n", "Microsoft.Relay", "--wait")
    assert az("provider permission list", "-n", "Microsoft.Relay")["value"] == []
    code, told = az.fails("provider show", "-n", "Microsoft.Nothing")
    assert code == 3 and "InvalidResourceNamespace" in told


def test_accounts(az):
    assert az("account show")["id"] == az.subscription and az("account list")[0]["state"] == "Enabled"
    assert "local" in [each["name"] for each in az("account list-locations")]
    for words in ([], ["--resource", az.bootstrap["managementEndpoint"]], ["--resource-type", "arm"],
                  ["--scope", f"{az.bootstrap['managementEndpoint']}/.default"]):
        assert az("account get-access-token", *words)["tokenType"] == "Bearer"


def test_two_subscriptions(az, tmp_path):
    second, name = str(uuid.uuid4()), f"Second {uuid.uuid4().hex[:6]}"
    program = [binary(), "identity", "subscription"]
    environment = clean_environment(CAUSEWAY_DATA_DIRECTORY=str(az.server.data))
    subprocess.run([*program, "create", "-n", second, "--display-name", name], env=environment, check=True,
                   stdout=subprocess.DEVNULL)
    other = az.fresh(tmp_path)
    assert {each["id"] for each in other.sign_in()} == {az.subscription, second}
    other("account set", "--subscription", name)
    assert other("account show")["id"] == second
    assert second in other("group create", "-n", "north", "-l", "local")["id"]
    assert [each["name"] for each in other("group list")] == ["north"]
    assert "north" not in [each["name"] for each in other("group list", "--subscription", az.subscription)]
    other("group delete", "-n", "north", "--yes")
    subprocess.run([*program, "delete", "-n", second], env=environment, check=True, stdout=subprocess.DEVNULL)


def test_activity_log(az, namespace):
    def found(*words):
        return az("monitor activity-log list", *words)

    az("resource tag", "--ids", namespace, "--tags", "a=1")
    (latest,) = found("--resource-id", namespace, "--max-events", "1")
    assert latest["operationName"]["value"].lower().startswith("microsoft.relay/namespaces/")
    assert latest["status"]["value"] == "Succeeded" and latest["caller"]
    assert {each["resourceGroupName"] for each in found(*GROUP)} == {"estate"}
    providers = {each["resourceProviderName"]["value"] for each in found("--namespace", "Microsoft.Relay")}
    assert providers == {"Microsoft.Relay"}
    assert latest["eventDataId"] in [each["eventDataId"] for each in found("--correlation-id", latest["correlationId"])]
    assert found("--status", "Succeeded") and latest["eventDataId"] in [each["eventDataId"] for each in found("--caller", latest["caller"])]
    assert found("--start-time", "2026-01-01", "--end-time", "2026-01-02") == []
    assert found("--offset", "1h", "--select", "operationName")[0]["operationName"]
    assert "Administrative" in [each["value"] for each in az("monitor activity-log list-categories")]
