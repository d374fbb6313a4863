"""Template deployments with the published Python client: in a group and in the subscription."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from clients.sdk import refusal

SCHEMA = "https://schema.management.azure.com/schemas/{}#"
GROUP_SCHEMA = SCHEMA.format("2019-04-01/deploymentTemplate.json")
SUBSCRIPTION_SCHEMA = SCHEMA.format("2018-05-01/subscriptionDeploymentTemplate.json")
METADATA = '[{"key":"endpoint","value":"sql01.corp.example:1433"}]'

# A text that begins with a bracket and is no expression has two of them.
RELAY = {
    "$schema": GROUP_SCHEMA, "contentVersion": "1.0.0.0",
    "parameters": {
        "relayName": {"type": "string", "minLength": 6, "maxLength": 50},
        "connectionName": {"type": "string", "defaultValue": "orders"},
        "tier": {"type": "string", "defaultValue": "Standard", "allowedValues": ["Standard"]},
        "secret": {"type": "securestring", "defaultValue": "not told"},
    },
    "variables": {"namespace": "[toLower(concat(parameters('relayName'), ''))]", "version": "2021-11-01"},
    "resources": [
        {"type": "Microsoft.Relay/namespaces", "apiVersion": "[variables('version')]",
        "name": "[variables('namespace')]",
            "location": "[resourceGroup().location]", "sku": {"name": "[parameters('tier')]"},
            "tags": {"from": "template"}},
        {"type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "[variables('version')]",
            "name": "[concat(variables('namespace'), '/', parameters('connectionName'))]",
            "dependsOn": ["[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"],
            "properties": {"requiresClientAuthorization": True, "userMetadata": "[" + METADATA}},
        {"type": "Microsoft.Relay/namespaces/hybridConnections/authorizationRules",
        "apiVersion": "[variables('version')]",
            "name": "[concat(variables('namespace'), '/', parameters('connectionName'), '/defaultSender')]",
            "dependsOn": ["[resourceId('Microsoft.Relay/namespaces/hybridConnections', variables('namespace'), "
                "parameters('connectionName'))]"],
            "properties": {"rights": ["Send"]}},
    ],
    "outputs": {
        "namespace": {"type": "string", "value": "[variables('namespace')]"},
        "id": {"type": "string", "value": "[resourceId('Microsoft.Relay/namespaces', variables('namespace'))]"},
        "endpoint": {"type": "string", "value": "[reference(resourceId('Microsoft.Relay/namespaces', "
            "variables('namespace')), variables('version')).serviceBusEndpoint]"},
        "key": {"type": "string", "value": "[listKeys(resourceId('Microsoft.Relay/namespaces/hybridConnections/"
            "authorizationRules', variables('namespace'), parameters('connectionName'), 'defaultSender'), "
            "variables('version')).primaryKey]"},
    },
}
EMPTY = {"$schema": GROUP_SCHEMA, "contentVersion": "1.0.0.0", "resources": []}


def body(template, mode="Incremental", location=None, **parameters):
    properties = {"mode": mode, "template": template, "parameters": {name: {"value": value}
        for name, value in parameters.items()}}
    return {"properties": properties, **({"location": location} if location else {})}


@pytest.fixture
def deploy(azure, group, unique):
    """Deploys into the group, and gives the name of the deployment and what came of it."""

    def run(template, mode="Incremental", name=None, **parameters):
        name = name or unique("deploy")
        sent = body(template, mode, **parameters)
        return name, azure.deployments.deployments.begin_create_or_update(group, name, sent).result()

    return run


@pytest.fixture
def own_group(azure, unique):
    name = unique("deployed")
    azure.resources.resource_groups.create_or_update(name, {"location": "westus"})
    yield name
    azure.resources.resource_groups.begin_delete(name).result()


# MARK: in a group


def test_a_template_makes_a_relay(azure, group, deploy, unique):
    relay = unique("Deployed-Relay")
    name, made = deploy(RELAY, relayName=relay)
    properties = made.properties
    assert (made.name, properties.provisioning_state, properties.mode) == (name, "Succeeded", "Incremental")
    assert made.id.lower().endswith(f"/resourcegroups/{group}/providers/microsoft.resources/deployments/{name}".lower())
    assert properties.timestamp and properties.correlation_id and properties.duration is not None
    outputs = {key: output["value"] for key, output in properties.outputs.items()}
    namespace = azure.relay.namespaces.get(group, relay)
    assert outputs["namespace"] == relay.lower() and outputs["id"].lower() == namespace.id.lower()
    assert outputs["endpoint"] == namespace.properties.service_bus_endpoint and namespace.tags == {"from": "template"}
    assert azure.relay.hybrid_connections.get(group, relay, "orders").properties.user_metadata == METADATA
    keys = azure.relay.hybrid_connections.list_keys(group, relay, "orders", "defaultSender")
    assert outputs["key"] == keys.primary_key
    assert {resource.id.split("/")[-1] for resource in properties.output_resources} == {
        relay.lower(), "orders", "defaultSender"}


def test_a_deployment_is_found_again(azure, group, deploy, unique):
    name, made = deploy(RELAY, relayName=unique("found-relay"), secret="hidden")
    deployments = azure.deployments.deployments
    assert deployments.check_existence(group, name) is True
    assert deployments.check_existence(group, name + "-x") is False
    read = deployments.get(group, name)
    assert read.properties.timestamp == made.properties.timestamp and read.properties.outputs == made.properties.outputs
    assert read.properties.parameters["connectionName"]["value"] == "orders", "defaults are shown as well"
    assert "hidden" not in str(read.as_dict()) and "not told" not in str(read.as_dict()), "a secure parameter is shown"
    assert name in [d.name for d in deployments.list_by_resource_group(group)]
    assert name in [d.name for d in deployments.list_by_resource_group(group,
        filter="provisioningState eq 'Succeeded'")]
    assert name not in [d.name for d in deployments.list_by_resource_group(group,
        filter="provisioningState eq 'Failed'")]
    exported = deployments.export_template(group, name).template
    assert exported["resources"] == RELAY["resources"] and exported["outputs"] == RELAY["outputs"]


def test_the_operations_of_a_deployment_tell_what_was_done(azure, group, deploy, unique):
    relay = unique("steps-relay")
    name, _ = deploy(RELAY, relayName=relay)
    operations = azure.deployments.deployment_operations
    found = {o.properties.target_resource.resource_type.lower(): o for o in operations.list(group, name)
        if o.properties.target_resource}
    assert set(found) >= {r["type"].lower() for r in RELAY["resources"]}
    for operation in found.values():
        properties = operation.properties
        assert (properties.provisioning_state, properties.provisioning_operation) == ("Succeeded", "Create")
        assert properties.target_resource.id and str(properties.status_code) in ("200", "201", "OK", "Created")
    one = found["microsoft.relay/namespaces"]
    assert operations.get(group, name, one.operation_id).properties.target_resource.resource_name == relay
    refusal(ResourceNotFoundError, lambda: operations.get(group, name, "0123456789ABCDEF"),
        "DeploymentOperationNotFound", 404)
    refusal(ResourceNotFoundError, lambda: list(operations.list(group, name + "-x")), "DeploymentNotFound", 404)


def test_the_same_template_again_keeps_keys(azure, group, deploy, unique):
    relay = unique("again-relay")
    name, first = deploy(RELAY, relayName=relay)
    _, second = deploy(RELAY, name=name, relayName=relay)
    assert first.properties.outputs["key"] == second.properties.outputs["key"]
    assert [d.name for d in azure.deployments.deployments.list_by_resource_group(group)].count(name) == 1


def test_deleting_a_deployment_keeps_what_it_made(azure, group, deploy, unique):
    relay, deployments = unique("kept-relay"), azure.deployments.deployments
    name, _ = deploy(RELAY, relayName=relay)
    deployments.begin_delete(group, name).result()
    refusal(ResourceNotFoundError, lambda: deployments.get(group, name), "DeploymentNotFound", 404)
    assert azure.relay.namespaces.get(group, relay).name.lower() == relay
    deployments.begin_delete(group, name).result()


def test_a_complete_deployment_takes_away_what_it_does_not_name(azure, own_group, unique):
    relay, other = unique("complete-relay"), unique("other-relay")
    azure.relay.namespaces.begin_create_or_update(own_group, other, {"location": "westus"}).result()
    deployments = azure.deployments.deployments
    deployments.begin_create_or_update(own_group, "one", body(RELAY, relayName=relay)).result()
    assert azure.relay.namespaces.get(own_group, other).name == other
    deployments.begin_create_or_update(own_group, "two", body(RELAY, "Complete", relayName=relay)).result()
    refusal(ResourceNotFoundError, lambda: azure.relay.namespaces.get(own_group, other), "ResourceNotFound", 404)
    assert azure.relay.namespaces.get(own_group, relay).name.lower() == relay
    deployments.begin_create_or_update(own_group, "three", body(EMPTY, "Complete")).result()
    assert list(azure.resources.resources.list_by_resource_group(own_group)) == []


def test_a_plan_an_app_and_a_binding_come_from_a_template(azure, own_group, unique):
    """In the order of what needs what, whatever the order in the template."""
    relay, plan, site = unique("shop-relay"), unique("plan"), unique("shop")
    web = "2023-12-01"
    connection = f"[resourceId('Microsoft.Relay/namespaces/hybridConnections', '{relay}', 'orders')]"
    names = f"'{relay}', 'orders', 'defaultSender'"
    rule = f"resourceId('Microsoft.Relay/namespaces/hybridConnections/authorizationRules', {names})"
    template = {**RELAY, "outputs": {}, "resources": [
        {"type": "Microsoft.Web/sites/hybridConnectionNamespaces/relays", "apiVersion": web,
            "name": f"{site}/{relay}/orders", "dependsOn": [f"[resourceId('Microsoft.Web/sites', '{site}')]", f"[{rule}]"],
            "properties": {"relayArmUri": connection, "hostname": "sql01.corp.example", "port": 1433,
                "sendKeyName": "defaultSender", "sendKeyValue": f"[listKeys({rule}, '2021-11-01').primaryKey]"}},
        {"type": "Microsoft.Web/sites", "apiVersion": web, "name": site, "location": "[resourceGroup().location]",
            "dependsOn": [f"[resourceId('Microsoft.Web/serverfarms', '{plan}')]"],
            "properties": {"serverFarmId": f"[resourceId('Microsoft.Web/serverfarms', '{plan}')]"}},
        {"type": "Microsoft.Web/serverfarms", "apiVersion": web, "name": plan, "location": "[resourceGroup().location]",
            "sku": {"name": "B1"}}, *RELAY["resources"]]}
    azure.deployments.deployments.begin_create_or_update(own_group, "shop", body(template, relayName=relay)).result()
    read = azure.web.web_apps.get_hybrid_connection(own_group, site, relay, "orders")
    assert (read.properties.hostname, read.properties.send_key_name) == ("sql01.corp.example", "defaultSender")


# MARK: what goes wrong


BAD = {
    "a parameter without a value": ({**EMPTY, "parameters": {"a": {"type": "string"}}}, {}),
    "a parameter that is not declared": (EMPTY, {"a": "b"}),
    "a parameter of another type": ({**EMPTY, "parameters": {"a": {"type": "int"}}}, {"a": "b"}),
    "a value that is not allowed": ({**EMPTY, "parameters": {"a": {"type": "string", "allowedValues": ["x"]}}},
        {"a": "y"}),
    "a variable that is not declared": ({**EMPTY, "outputs": {"a": {"type": "string", "value": "[variables('x')]"}}},
        {}),
    "a function that does not exist": ({**EMPTY, "outputs": {"a": {"type": "string", "value": "[nothing()]"}}}, {}),
    "an expression that does not end": ({**EMPTY, "outputs": {"a": {"type": "string", "value": "[concat('a']"}}}, {}),
    "a dependency on nothing": ({**EMPTY, "resources": [{**RELAY["resources"][0], "name": "some-relay",
        "apiVersion": "2021-11-01", "sku": {"name": "Standard"}, "dependsOn": ["nothing"]}]}, {}),
    "a type with too few names": ({**EMPTY, "resources": [{"type": "Microsoft.Relay/namespaces/hybridConnections",
        "apiVersion": "2021-11-01", "name": "orders", "properties": {}}]}, {}),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_template_is_refused_before_anything_is_done(azure, group, unique, case):
    template, parameters = BAD[case]
    deployments, name = azure.deployments.deployments, unique("wrong")
    with pytest.raises(HttpResponseError) as caught:
        deployments.begin_create_or_update(group, name, body(template, **parameters)).result()
    assert caught.value.status_code == 400 and caught.value.error.code.startswith("Invalid"), caught.value
    for call in (deployments.begin_validate, deployments.begin_what_if):
        error = told(lambda call=call: call(group, name, body(template, **parameters)).result())
        assert error.code.startswith("Invalid") and error.message
    assert deployments.check_existence(group, name) is False


def told(call):
    """The error of a validation, which the client gives as a result, or raises."""
    try:
        return call().error
    except HttpResponseError as error:
        return error.error


def test_a_good_template_is_found_good_and_nothing_is_done(azure, group, unique):
    relay, name = unique("valid-relay"), unique("valid")
    found = azure.deployments.deployments.begin_validate(group, name, body(RELAY, relayName=relay)).result()
    assert found.error is None and found.properties.provisioning_state == "Succeeded"
    assert len(found.properties.validated_resources) == 3
    refusal(ResourceNotFoundError, lambda: azure.relay.namespaces.get(group, relay), "ResourceNotFound", 404)
    assert azure.deployments.deployments.check_existence(group, name) is False


def test_a_resource_that_is_refused_fails_the_deployment(azure, group, unique):
    name, relay, deployments = unique("failed"), unique("failed-relay"), azure.deployments.deployments
    with pytest.raises(HttpResponseError):
        deployments.begin_create_or_update(group, name, body(RELAY, relayName=relay, connectionName="a;b")).result()
    read = deployments.get(group, name).properties
    assert read.provisioning_state == "Failed" and read.error.code and "a;b" in str(read.error.as_dict())
    states = {o.properties.target_resource.resource_type.lower(): o.properties.provisioning_state
        for o in azure.deployments.deployment_operations.list(group, name) if o.properties.target_resource}
    assert states["microsoft.relay/namespaces"] == "Succeeded"
    assert states["microsoft.relay/namespaces/hybridconnections"] == "Failed"
    assert azure.relay.namespaces.get(group, relay), "what was made before stays"


def test_a_finished_deployment_cannot_be_cancelled(azure, group, deploy):
    name, _ = deploy(EMPTY)
    with pytest.raises(ResourceExistsError) as caught:
        azure.deployments.deployments.cancel(group, name)
    assert caught.value.status_code == 409 and caught.value.error.code
    refusal(ResourceNotFoundError, lambda: azure.deployments.deployments.cancel(group, name + "-x"),
        "DeploymentNotFound", 404)


def test_a_deployment_in_no_group_is_refused(azure):
    deployments = azure.deployments.deployments
    make = lambda: deployments.begin_create_or_update("nowhere-at-all", "x", body(EMPTY)).result()  # noqa: E731
    refusal(ResourceNotFoundError, make, "ResourceGroupNotFound", 404)


# MARK: what if


def what_if(azure, group, sent):
    result = azure.deployments.deployments.begin_what_if(group, "what-if", sent).result()
    assert result.status == "Succeeded" and result.error is None
    return {change.resource_id.split("/")[-1]: change.change_type for change in result.properties.changes}


def test_what_would_happen_is_told_and_does_not_happen(azure, own_group, unique):
    relay = unique("if-relay")
    sent = body(RELAY, relayName=relay)
    assert what_if(azure, own_group, sent) == {relay: "Create", "orders": "Create", "defaultSender": "Create"}
    refusal(ResourceNotFoundError, lambda: azure.relay.namespaces.get(own_group, relay), "ResourceNotFound", 404)
    azure.deployments.deployments.begin_create_or_update(own_group, "one", sent).result()
    assert set(what_if(azure, own_group, sent).values()) == {"NoChange"}
    azure.relay.namespaces.update(own_group, relay, {"tags": {"from": "elsewhere"}})
    assert what_if(azure, own_group, sent)[relay] == "Modify"
    assert what_if(azure, own_group, body(EMPTY, "Complete"))[relay] == "Delete"
    assert what_if(azure, own_group, body(EMPTY))[relay] == "Ignore"


# MARK: in the subscription


def test_a_subscription_gets_groups_and_what_is_in_them(azure, unique):
    name, group, relay = unique("wide"), unique("wide-group"), unique("wide-relay")
    template = {"$schema": SUBSCRIPTION_SCHEMA, "contentVersion": "1.0.0.0",
        "parameters": {"group": {"type": "string"}},
        "resources": [
            {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "[parameters('group')]",
                "location": "[deployment().location]"},
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inside",
                "resourceGroup": "[parameters('group')]",
                "dependsOn": ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', parameters('group'))]"],
                "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
                "template": RELAY,
                    "parameters": {"relayName": {"value": relay}}}}],
        "outputs": {"subscription": {"type": "string", "value": "[subscription().subscriptionId]"}}}
    deployments, operations = azure.deployments.deployments, azure.deployments.deployment_operations
    sent = body(template, location="westus", group=group)
    assert deployments.begin_validate_at_subscription_scope(name, sent).result().error is None
    found = deployments.begin_what_if_at_subscription_scope(name, sent).result()
    assert group in {change.resource_id.split("/")[-1] for change in found.properties.changes}
    assert azure.resources.resource_groups.check_existence(group) is False
    made = deployments.begin_create_or_update_at_subscription_scope(name, sent).result()
    assert (made.location, made.properties.provisioning_state) == ("westus", "Succeeded")
    assert made.properties.outputs["subscription"]["value"] == made.id.split("/")[2]
    assert azure.resources.resource_groups.get(group).location == "westus"
    assert azure.relay.hybrid_connections.get(group, relay, "orders").properties.user_metadata == METADATA
    assert azure.deployments.deployments.get(group, "inside").properties.provisioning_state == "Succeeded"
    assert deployments.check_existence_at_subscription_scope(name) is True
    assert deployments.get_at_subscription_scope(name).id == made.id
    assert name in [d.name for d in deployments.list_at_subscription_scope()]
    assert deployments.export_template_at_subscription_scope(name).template["resources"] == template["resources"]
    listed = list(operations.list_at_subscription_scope(name))
    assert operations.get_at_subscription_scope(name, listed[0].operation_id).id == listed[0].id
    with pytest.raises(ResourceExistsError):
        deployments.cancel_at_subscription_scope(name)
    deployments.begin_delete_at_subscription_scope(name).result()
    assert deployments.check_existence_at_subscription_scope(name) is False
    azure.resources.resource_groups.begin_delete(group).result()


def test_a_deployment_of_the_subscription_needs_a_place(azure, unique):
    make = lambda: azure.deployments.deployments.begin_create_or_update_at_subscription_scope(  # noqa: E731
        unique("wide"), body({**EMPTY, "$schema": SUBSCRIPTION_SCHEMA})).result()
    with pytest.raises(HttpResponseError) as caught:
        make()
    assert caught.value.status_code == 400 and caught.value.error.code == "LocationRequired", caught.value
