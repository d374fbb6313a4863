"""`causeway deployment`: templates from files, with their comments and lines."""

import json

import pytest

from clients.servers import OwnServer, run

TEMPLATE = """{
  // Names are given by whoever deploys.
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"name": {"type": "string"}, "count": {"type": "int", "defaultValue": 1}, "who": {"type": "string", "defaultValue": ""}},
  "resources": [
    {"type": "Microsoft.Relay/namespaces", "apiVersion": "2021-11-01", "name": "[parameters('name')]", "location": "local",
     "sku": {"name": "Standard"}, "tags": {"who": "[parameters('who')]"}, "properties": {}},
    {"type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
     "name": "[concat(parameters('name'), '/line', copyIndex())]", "copy": {"name": "lines", "count": "[parameters('count')]"},
     "dependsOn": ["[parameters('name')]"], "properties": {}},
  ],
  "outputs": {"endpoint": {"type": "string", "value": "[reference(parameters('name')).serviceBusEndpoint]"}}
}
"""


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployment")
    (folder / "server").mkdir()
    server = OwnServer(folder / "server").start()
    (folder / "relay.json").write_text(TEMPLATE)

    def command(*words, group=True):
        place = ["-g", "factory"] if group else []
        return run("deployment", *words, *place, "--data-directory", server.data, cwd=folder)

    command.folder = folder
    run("group", "create", "-n", "factory", "--location", "local", "--data-directory", server.data)
    yield command
    server.end()


def printed(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_template_is_looked_at_deployed_and_exported(deployment):
    parameters = ["-p", "name=factory-relay", "-p", '{"count": {"value": 2}}']
    changes = printed(deployment("what-if", "-f", "relay.json", *parameters))["properties"]["changes"]
    assert [change["changeType"] for change in changes] == ["Create"] * 3
    assert printed(deployment("validate", "-f", "relay.json", *parameters))["properties"]["provisioningState"] == "Succeeded"
    made = printed(deployment("create", "-f", "relay.json", *parameters, "-p", "who=42"))
    assert (made["name"], made["properties"]["provisioningState"]) == ("relay", "Succeeded")
    assert "factory-relay" in made["properties"]["outputs"]["endpoint"]["value"]
    names = {each["properties"].get("targetResource", {}).get("resourceName") for each in printed(deployment("operations", "-n", "relay"))}
    assert {"factory-relay", "factory-relay/line0", "factory-relay/line1"} <= names
    again = printed(deployment("what-if", "-f", "relay.json", *parameters, "-p", "who=42"))["properties"]["changes"]
    assert {change["changeType"] for change in again} == {"NoChange"}
    assert printed(deployment("export", "-n", "relay"))["contentVersion"] == "1.0.0.0"
    exported = printed(deployment("export"))
    assert "Microsoft.Relay/Namespaces/HybridConnections" in {resource["type"] for resource in exported["resources"]}
    assert [each["name"] for each in printed(deployment("list"))] == ["relay"]
    assert printed(deployment("show", "-n", "relay"))["properties"]["parameters"]["count"]["value"] == 2


def test_a_parameters_file_is_taken_with_and_without_its_frame(deployment):
    for document in ({"parameters": {"name": {"value": "framed-relay"}}}, {"name": {"value": "framed-relay"}}):
        (deployment.folder / "parameters.json").write_text(json.dumps(document))
        shown = printed(deployment("validate", "-f", "relay.json", "-p", "@parameters.json"))
        assert shown["properties"]["parameters"]["name"]["value"] == "framed-relay"


def test_a_failure_tells_its_reasons_and_exits_with_1(deployment):
    done = deployment("create", "-f", "relay.json", "-n", "bad", "-p", "name=x")
    assert done.returncode == 1 and "must have 6 to 50 characters" in done.stderr
    assert json.loads(done.stdout)["properties"]["provisioningState"] == "Failed"


def test_a_fault_names_the_line_of_the_file(deployment):
    (deployment.folder / "broken.json").write_text(TEMPLATE.replace("[concat(", "[konkat("))
    done = deployment("create", "-f", "broken.json", "-p", "name=broken-relay")
    assert done.returncode == 1 and "konkat" in done.stderr and "line '10'" in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("words", [["-p", "nonsense"], ["-p", "@nowhere.json"], ["-p", "[1]"], ["-f", "nowhere.json"]])
def test_what_cannot_be_read_is_told_and_nothing_is_sent(deployment, words):
    before = printed(deployment("list"))
    done = deployment("create", *(["-f", "relay.json"] if "-f" not in words else []), *words)
    assert done.returncode in (1, 2) and done.stderr.startswith(("causeway:", "Error:")), done.stderr
    assert printed(deployment("list")) == before


def test_a_subscription_has_deployments_of_its_own(deployment):
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "made", "location": "local"}],
    }
    (deployment.folder / "group.json").write_text(json.dumps(template))
    made = printed(deployment("create", "-f", "group.json", group=False))
    assert made["location"] == "local" and made["properties"]["outputResources"][0]["id"].endswith("/resourceGroups/made")
    assert deployment("delete", "-n", "group", group=False).returncode == 0
    assert printed(deployment("list", group=False)) == []
