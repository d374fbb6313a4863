"""Template deployments with the Azure CLI, which pastes template files into its requests as they are."""

import json
import threading
import time

import pytest

GROUP = ["-g", "deployed"]
SCHEMA = "https://schema.management.azure.com/schemas/{}#"
HEAD = {"$schema": SCHEMA.format("2019-04-01/deploymentTemplate.json"), "contentVersion": "1.0.0.0"}

# The form in which public scripts make relays, with comments, and with texts over several lines.
RELAY = r"""// A relay with its rules
{
    "$schema": "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {
        "prefix": { "type": "string", "metadata": { "description": "Beginning of the name" } },
        "endpoint": { "type": "string", "defaultValue": "db.corp.example:5432" } /* host:port */
    },
    "variables": {
        // 20 characters at most
        "namespace": "[toLower(take(concat(parameters('prefix'), '-Relay-', 'of-the-factory'), 20))]",
        "metadata": "[concat('[{\"key\":\"endpoint\",\"value\":\"',
            parameters('endpoint'),
            '\"}]')]"
    },
    "resources": [
        {
            "type": "Microsoft.Relay/namespaces", "apiVersion": "2018-01-01-preview",
            "name": "[variables('namespace')]", "location": "[resourceGroup().location]",
            "sku": { "name": "Standard", "tier": "Standard" }, "properties": {}
        },
        {
            "type": "Microsoft.Relay/namespaces/AuthorizationRules", "apiVersion": "2017-04-01",
            "name": "[concat(variables('namespace'), '/RootManageSharedAccessKey')]",
            "dependsOn": ["[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"],
            "properties": { "rights": ["Listen", "Manage", "Send"] }
        },
        {
            "type": "Microsoft.Relay/namespaces/HybridConnections", "apiVersion": "2017-04-01",
            "name": "[concat(variables('namespace'), '/orders-db')]",
            "dependsOn": ["[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"],
            "properties": { "requiresClientAuthorization": true, "userMetadata": "[variables('metadata')]" }
        },
        {
            "type": "Microsoft.Relay/namespaces/HybridConnections/authorizationRules", "apiVersion": "2017-04-01",
            "name": "[concat(variables('namespace'), '/orders-db/defaultListener')]",
            "dependsOn": [
                "[resourceId('Microsoft.Relay/namespaces/hybridConnections', variables('namespace'), 'orders-db')]",
                "[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"
            ],
            "properties": { "rights": ["Listen"] }
        },
        {
            "type": "Microsoft.Relay/namespaces/HybridConnections/authorizationRules", "apiVersion": "2017-04-01",
            "name": "[concat(variables('namespace'), '/orders-db/defaultSender')]",
            "dependsOn": [
                "[resourceId('Microsoft.Relay/namespaces/hybridConnections', variables('namespace'), 'orders-db')]",
                "[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"
            ],
            "properties": { "rights": ["Send"] }
        }
    ],
    "outputs": {
        "namespace": { "type": "string", "value": "[variables('namespace')]" },
        "listener": {
            "type": "string",
            "value": "[listKeys(resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules',
                variables('namespace'), 'orders-db', 'defaultListener'), '2017-04-01').primaryConnectionString]"
        }
    }
}
"""
NAME = "factory-relay-of-the"
TYPES = {"namespaces", "namespaces/authorizationrules", "namespaces/hybridconnections",
         "namespaces/hybridconnections/authorizationrules"}


def namespace(name):
    return {"type": "Microsoft.Relay/namespaces", "apiVersion": "2021-11-01", "name": name, "location": "local"}


def in_the_subscription(name):
    return {
        "$schema": SCHEMA.format("2018-05-01/subscriptionDeploymentTemplate.json"), "contentVersion": "1.0.0.0",
        "parameters": {"line": {"type": "int"}},
        "resources": [{
            "type": "Microsoft.Resources/resourceGroups", "apiVersion": "2021-04-01", "name": name,
            "location": "[deployment().location]", "tags": {"line": "[string(parameters('line'))]"}}],
        "outputs": {"id": {"type": "string",
                           "value": f"[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{name}')]"}},
    }


@pytest.fixture(scope="module", autouse=True)
def estate(az):
    az("group create", "-n", "deployed", "-l", "local")
    yield
    az("group delete", "-n", "deployed", "--yes")
    assert az("group exists", "-n", "deployed") is False


@pytest.fixture
def written(tmp_path):
    def write(template, name="template.json"):
        path = tmp_path / name
        path.write_text(template if isinstance(template, str) else json.dumps(template))
        return str(path)

    return write


@pytest.fixture(scope="module")
def first(az, tmp_path_factory):
    """The relay, deployed once: the path of its template."""
    path = tmp_path_factory.mktemp("first") / "relay.json"
    path.write_text(RELAY)
    az("deployment group create", *GROUP, "-n", "first", "-f", path, "-p", "prefix=Factory")
    return path


# MARK: in a group


def test_a_template_is_looked_at_before(az, written):
    template = ["-n", "before", "-f", written(RELAY), "-p", "prefix=Before"]
    valid = az("deployment group validate", *GROUP, *template)
    assert valid["error"] is None and valid["properties"]["provisioningState"] == "Succeeded"
    assert len(valid["properties"]["validatedResources"]) == 5
    forecast = az("deployment group what-if", *GROUP, *template, "--no-pretty-print")
    assert forecast["status"] == "Succeeded"
    assert [change["changeType"] for change in forecast["changes"]] == ["Create"] * 5
    pretty = az("deployment group what-if", *GROUP, *template, decode=False)
    assert "+ Microsoft.Relay/namespaces/before-relay-of-the-" in pretty and "Resource changes: 5 to create" in pretty
    assert az("deployment group list", *GROUP, "--query", "[?name=='before']") == []
    code, told = az.fails("deployment group validate", *GROUP, "-f", template[3])
    assert code == 1 and "prefix" in told


def test_a_relay_is_deployed_and_an_app_uses_it(az, first):
    outputs = az("deployment group show", *GROUP, "-n", "first", "--query", "properties.outputs")
    assert outputs["namespace"]["value"] == NAME
    read = az("deployment group show", *GROUP, "-n", "first", "--query", "properties.outputs.namespace.value", "-o",
              "tsv", decode=False)
    assert read.strip() == NAME
    rule = [*GROUP, "--namespace-name", NAME, "--hybrid-connection-name", "orders-db", "-n", "defaultListener"]
    keys = az("relay hyco authorization-rule keys list", *rule)
    assert outputs["listener"]["value"] == keys["primaryConnectionString"]
    az("appservice plan create", *GROUP, "-n", "deployed-plan", "--sku", "B1", "-l", "local")
    az("webapp create", *GROUP, "-n", "deployed-shop", "-p", "deployed-plan", "--runtime", "NODE:22-lts")
    bound = az("webapp hybrid-connection add", *GROUP, "-n", "deployed-shop", "--namespace", NAME,
               "--hybrid-connection", "orders-db")
    assert (bound["hostname"], bound["port"]) == ("db.corp.example", 5432)


def test_what_a_deployment_did_is_told(az, first):
    assert "first" in [each["name"] for each in az("deployment group list", *GROUP)]
    failed = az("deployment group list", *GROUP, "--filter", "provisioningState eq 'Failed'")
    assert "first" not in [each["name"] for each in failed]
    steps = az("deployment operation group list", *GROUP, "-n", "first")
    states = {each["properties"]["provisioningState"] for each in steps}
    targets = [each["properties"]["targetResource"] for each in steps]
    types = {target["resourceType"].removeprefix("Microsoft.Relay/").lower() for target in targets if target}
    assert states == {"Succeeded"} and types == TYPES
    (shown,) = az("deployment operation group show", *GROUP, "-n", "first", "--operation-ids", steps[0]["operationId"])
    assert shown["id"] == steps[0]["id"]
    exported = az("deployment group export", *GROUP, "-n", "first")
    assert len(exported["resources"]) == 5 and set(exported["parameters"]) == {"prefix", "endpoint"}
    az("deployment group wait", *GROUP, "-n", "first", "--created", "--interval", "1")


def test_the_same_again_changes_nothing(az, first):
    again = ["-n", "first", "-f", first, "-p", "prefix=Factory"]
    forecast = az("deployment group what-if", *GROUP, *again, "--no-pretty-print")
    # What the group has besides is told as ignored.
    assert {change["changeType"] for change in forecast["changes"]} - {"Ignore"} == {"NoChange"}
    keys = az("deployment group show", *GROUP, "-n", "first", "--query", "properties.outputs.listener.value")
    assert az("deployment group create", *GROUP, *again, "--query", "properties.outputs.listener.value") == keys
    other = az("deployment group what-if", *GROUP, *again, "-p", "endpoint=db:1", "--no-pretty-print")
    (changed,) = [change for change in other["changes"] if change["changeType"] == "Modify"]
    assert [delta["path"] for delta in changed["delta"]] == ["properties.userMetadata"]


@pytest.mark.parametrize("given, endpoint", [
    (["@{file}"], "db.corp.example:5432"),
    (["{file}", "endpoint=inline:1"], "inline:1"),
    (["@{file}", '{{"endpoint": {{"value": "object:1"}}}}'], "object:1"),
], ids=["file", "file and inline", "file and object"])
def test_parameters(az, first, written, given, endpoint):
    file = written({"$schema": SCHEMA.format("2019-04-01/deploymentParameters.json"), "contentVersion": "1.0.0.0",
                    "parameters": {"prefix": {"value": "Filed"}}}, "parameters.json")
    words = [word for each in given for word in ("-p", each.format(file=file))]
    made = az("deployment group validate", *GROUP, "-n", "filed", "-f", first, *words)
    values = {name: each["value"] for name, each in made["properties"]["parameters"].items()}
    assert values == {"prefix": "Filed", "endpoint": endpoint}


def test_a_failed_deployment_says_why(az, written):
    template = {**HEAD, "resources": [namespace("inner-relay"), {
        "type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
        "name": "inner-relay/orders-db", "dependsOn": ["inner-relay"],
        "properties": {"userMetadata": "[string(range(0, 2000))]"}}]}
    code, told = az.fails("deployment group create", *GROUP, "-n", "failed", "-f", written(template))
    assert code == 1 and "DeploymentFailed" in told and "userMetadata has 8891 characters" in told
    shown = az("deployment group show", *GROUP, "-n", "failed")["properties"]
    assert shown["provisioningState"] == "Failed" and "userMetadata" in shown["error"]["details"][0]["message"]
    steps = az("deployment operation group list", *GROUP, "-n", "failed")
    assert {each["properties"]["provisioningState"] for each in steps} == {"Succeeded", "Failed"}
    code, told = az.fails("deployment group create", *GROUP, "-f", written("{ nothing"))
    assert code == 1
    az("deployment group delete", *GROUP, "-n", "failed")
    code, told = az.fails("deployment group show", *GROUP, "-n", "failed")
    assert code == 3 and "DeploymentNotFound" in told
    az("relay namespace delete", *GROUP, "-n", "inner-relay")


def test_a_running_deployment_is_cancelled(az, written):
    """Thousands of resources one after the other, so that it takes longer than the start of `az`."""
    def part(name):
        loop = {"type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
                "name": f"[concat('slow-relay/{name}-', copyIndex())]", "properties": {},
                "copy": {"name": "loop", "count": 800, "mode": "serial", "batchSize": 1}}
        return {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": f"slow-{name}",
                "properties": {"mode": "Incremental", "template": {**HEAD, "resources": [loop]}}}

    parts = [part(name) for name in "abcdef"]
    for before, after in zip(parts, parts[1:]):
        after["dependsOn"] = [before["name"]]
    az("relay namespace create", *GROUP, "-n", "slow-relay", "-l", "local")
    template, told = written({**HEAD, "resources": parts}), []
    creating = threading.Thread(target=lambda: told.append(
        az.fails("deployment group create", *GROUP, "-n", "slow", "-f", template)))
    creating.start()
    while creating.is_alive():
        try:
            az("deployment group cancel", *GROUP, "-n", "slow")
            break
        except AssertionError as early:
            assert "DeploymentNotFound" in str(early)
            time.sleep(0.2)
    creating.join()
    assert told[0][0] == 1
    assert az("deployment group show", *GROUP, "-n", "slow")["properties"]["provisioningState"] == "Canceled", told
    assert "DeploymentCannotBeCancelled" in az.fails("deployment group cancel", *GROUP, "-n", "slow")[1]
    assert len(az("relay hyco list", *GROUP, "--namespace-name", "slow-relay")) < 4800


def test_complete_mode_deletes_what_is_not_in_the_template(az, written):
    az("group create", "-n", "complete", "-l", "local")
    for name in ("kept-relay", "gone-relay"):
        az("relay namespace create", "-g", "complete", "-n", name, "-l", "local")
    words = ["-g", "complete", "-f", written({**HEAD, "resources": [namespace("kept-relay")]}), "--mode", "Complete"]
    forecast = az("deployment group what-if", *words, "--no-pretty-print")
    changes = {change["resourceId"].split("/")[-1]: change["changeType"] for change in forecast["changes"]}
    assert changes == {"kept-relay": "NoChange", "gone-relay": "Delete"}
    assert az("deployment group create", *words)["properties"]["mode"] == "Complete"
    assert [each["name"] for each in az("resource list", "-g", "complete")] == ["kept-relay"]
    az("group delete", "-n", "complete", "--yes", "--no-wait")
    az("group wait", "-n", "complete", "--deleted", "--interval", "1")


# MARK: in the subscription


def test_subscription_deployments(az, written):
    words = ["-l", "local", "-n", "lines", "-f", written(in_the_subscription("north")), "-p", "line=3"]
    assert az("deployment sub validate", *words)["error"] is None
    (change,) = az("deployment sub what-if", *words, "--no-pretty-print")["changes"]
    assert change["changeType"] == "Create" and change["resourceId"].endswith("/resourceGroups/north")
    made = az("deployment sub create", *words, "--query", "properties.outputs.id.value")
    assert made == f"/subscriptions/{az.subscription}/resourceGroups/north"
    assert az("group show", "-n", "north")["tags"] == {"line": "3"}
    assert az("deployment sub show", "-n", "lines")["location"] == "local"
    assert "lines" in [each["name"] for each in az("deployment sub list")]
    steps = az("deployment operation sub list", "-n", "lines")
    assert {each["properties"]["provisioningState"] for each in steps} == {"Succeeded"}
    az("deployment sub wait", "-n", "lines", "--created", "--interval", "1")
    assert az("deployment sub export", "-n", "lines")["resources"][0]["name"] == "north"
    assert "DeploymentCannotBeCancelled" in az.fails("deployment sub cancel", "-n", "lines")[1]
    az("deployment sub delete", "-n", "lines")
    assert "lines" not in [each["name"] for each in az("deployment sub list")]
    az("group delete", "-n", "north", "--yes")


# MARK: export


def test_a_group_is_exported_and_deployed_elsewhere(az, first, written):
    relay = f"/subscriptions/{az.subscription}/resourceGroups/deployed/providers/Microsoft.Relay/namespaces/{NAME}"
    whole = az("group export", *GROUP)
    assert f"namespaces_{NAME.replace('-', '_')}_name" in whole["parameters"]
    one = ["group export", *GROUP, "--resource-ids", relay]
    types = {each["type"].removeprefix("Microsoft.Relay/").lower() for each in az(*one)["resources"]}
    assert types == {*TYPES, "namespaces/networkrulesets"}
    named = az(*one, "--include-parameter-default-value")["parameters"]
    assert [each["defaultValue"] for each in named.values()] == [NAME]
    plain = az(*one, "--skip-all-params")
    assert plain["parameters"] == {} and f"{NAME}/orders-db" in [each["name"] for each in plain["resources"]]
    az("group create", "-n", "elsewhere", "-l", "local")
    parameter = f"namespaces_{NAME.replace('-', '_')}_name=elsewhere-relay"
    az("deployment group create", "-g", "elsewhere", "-f", written(az(*one)), "-p", parameter)
    shown = az("relay hyco show", "-g", "elsewhere", "--namespace-name", "elsewhere-relay", "-n", "orders-db")
    assert json.loads(shown["userMetadata"])[0]["value"] == "db.corp.example:5432"
    az("group delete", "-n", "elsewhere", "--yes")
