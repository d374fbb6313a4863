"""Every operation of azure-mgmt-relay 1.1.0, whose models are flat and whose api-version is 2017-04-01."""

import pytest
from azure.mgmt.relay import models

ENDPOINT = '[{"key":"endpoint","value":"sql01.corp.example:1433"}]'


def test_a_namespace_lives(azure, group, unique, refusal):
    name, namespaces = unique("Older-Life"), azure.relay.namespaces
    assert namespaces.check_name_availability(models.CheckNameAvailability(name=name)).name_available is True
    made = namespaces.begin_create_or_update(group, name, models.RelayNamespace(location="West US", tags={"a": "b"},
        sku=models.Sku(name="Standard", tier="Standard"))).result()
    assert (made.name, made.location, made.tags, made.provisioning_state) == (name, "westus", {"a": "b"}, "Succeeded")
    assert made.sku.name == "Standard" and made.metric_id and made.created_at
    assert made.service_bus_endpoint.startswith("https://")
    taken = namespaces.check_name_availability(models.CheckNameAvailability(name=name.lower()))
    assert (taken.name_available, taken.reason) == (False, "NameInUse")
    assert namespaces.get(group, name).id == made.id
    assert name in [n.name for n in namespaces.list()]
    assert name in [n.name for n in namespaces.list_by_resource_group(group)]
    assert namespaces.update(group, name, models.RelayUpdateParameters(tags={"c": "d"})).tags == {"c": "d"}
    namespaces.begin_delete(group, name).result()
    refusal(lambda: namespaces.get(group, name), 404, "ResourceNotFound")
    namespaces.begin_delete(group, name).result()


def test_a_hybrid_connection_lives(azure, group, namespace, refusal):
    connections = azure.relay.hybrid_connections
    refusal(lambda: connections.get(group, namespace, "orders"), 404, "ResourceNotFound")
    made = connections.create_or_update(group, namespace, "orders", models.HybridConnection(
        requires_client_authorization=True, user_metadata=ENDPOINT))
    assert (made.name, made.requires_client_authorization, made.user_metadata, made.listener_count) == (
        "orders", True, ENDPOINT, 0)
    read = connections.get(group, namespace, "orders")
    assert read.created_at == made.created_at and read.id == made.id
    read.user_metadata = "other"
    assert connections.create_or_update(group, namespace, "orders", read).user_metadata == "other"
    assert [c.name for c in connections.list_by_namespace(group, namespace)] == ["orders"]
    connections.delete(group, namespace, "orders")
    connections.delete(group, namespace, "orders")
    assert list(connections.list_by_namespace(group, namespace)) == []


def test_a_wcf_relay_lives(azure, group, namespace, refusal):
    relays = azure.relay.wcf_relays
    made = relays.create_or_update(group, namespace, "billing", models.WcfRelay(relay_type="NetTcp",
        requires_transport_security=False, user_metadata="text"))
    assert (made.relay_type, made.requires_transport_security, made.requires_client_authorization, made.is_dynamic) == (
        "NetTcp", False, True, False)
    assert relays.get(group, namespace, "billing").user_metadata == "text"
    assert [r.name for r in relays.list_by_namespace(group, namespace)] == ["billing"]
    relays.delete(group, namespace, "billing")
    refusal(lambda: relays.get(group, namespace, "billing"), 404, "ResourceNotFound")


@pytest.mark.parametrize("kind", ["namespaces", "hybrid_connections", "wcf_relays"])
def test_rules_and_keys(azure, group, namespace, refusal, kind):
    operations, place = getattr(azure.relay, kind), [group, namespace]
    if kind != "namespaces":
        place.append("ruled-" + kind.replace("_", "-"))
        operations.create_or_update(*place, models.HybridConnection() if kind == "hybrid_connections"
            else models.WcfRelay(relay_type="Http"))
    made = operations.create_or_update_authorization_rule(*place, "clients", models.AuthorizationRule(rights=["Send",
        "Listen"]))
    assert made.name == "clients" and set(made.rights) == {"Send", "Listen"}
    keys = operations.list_keys(*place, "clients")
    assert keys.key_name == "clients" and keys.primary_key in keys.primary_connection_string
    changed = operations.regenerate_keys(*place, "clients", models.RegenerateAccessKeyParameters(key_type="PrimaryKey"))
    assert changed.primary_key != keys.primary_key and changed.secondary_key == keys.secondary_key
    operations.create_or_update_authorization_rule(*place, "clients", models.AuthorizationRule(rights=["Send"]))
    assert operations.get_authorization_rule(*place, "clients").rights == ["Send"]
    assert operations.list_keys(*place, "clients") == changed
    assert "clients" in [rule.name for rule in operations.list_authorization_rules(*place)]
    operations.delete_authorization_rule(*place, "clients")
    operations.delete_authorization_rule(*place, "clients")
    refusal(lambda: operations.get_authorization_rule(*place, "clients"), 404, "ResourceNotFound")


def test_one_hundred_and_five_come_in_pages(azure, group, unique):
    name = unique("older-pages")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
    names = [f"connection-{i:03}" for i in range(105)]
    for connection in names:
        azure.relay.hybrid_connections.create_or_update(group, name, connection, models.HybridConnection())
    assert [c.name for c in azure.relay.hybrid_connections.list_by_namespace(group, name)] == names
    azure.relay.namespaces.begin_delete(group, name).result()


def test_refusals_are_understood(azure, group, namespace, refusal):
    connections = azure.relay.hybrid_connections
    refusal(lambda: connections.create_or_update(group, namespace, "sql;a=b", models.HybridConnection()), 400,
        "BadRequest")
    refusal(lambda: azure.relay.namespaces.begin_create_or_update("nowhere-at-all", "some-relay-name",
        {"location": "westus"}).result(), 404, "ResourceGroupNotFound")
    refusal(lambda: azure.relay.namespaces.delete_authorization_rule(group, namespace, "RootManageSharedAccessKey"),
        400,
        "BadRequest")


def test_operations_are_listed(azure):
    names = {operation.name.lower() for operation in azure.relay.operations.list()}
    assert "microsoft.relay/namespaces/hybridconnections/write" in names
