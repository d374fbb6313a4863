"""A newcomer's hour with the published Python clients: sign-in, namespaces, hybrid connections, rules and keys."""

import ast
import uuid

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.relay import models as relay_models
from azure.mgmt.resource.subscriptions import SubscriptionClient

from clients.sdk import ENDPOINT, credential_for, refusal, rule

# Versions of Microsoft.Relay that shipped clients ask for; the client's own one comes first.
RELAY_VERSIONS = [None, "2017-04-01", "2021-11-01", "2024-01-01"]


# MARK: sign-in and subscriptions


def test_the_subscription_is_found(azure, settings):
    subscriptions = list(azure.subscriptions.subscriptions.list())
    assert [s.subscription_id for s in subscriptions] == [settings.subscription_id] and subscriptions[0].state == "Enabled"
    one = azure.subscriptions.subscriptions.get(settings.subscription_id)
    assert one.id == f"/subscriptions/{settings.subscription_id}" and one.display_name
    assert [tenant.tenant_id for tenant in azure.subscriptions.tenants.list()] == [settings.tenant_id]
    assert list(azure.subscriptions.subscriptions.list_locations(settings.subscription_id))


@pytest.mark.parametrize("changed", [{"client_secret": "wrong"}, {"client_id": "nobody"},
    {"tenant_id": "11111111-1111-1111-1111-111111111111"}])
def test_a_wrong_credential_says_so(azure, settings, changed):
    client = SubscriptionClient(credential_for(settings, **changed), **azure.options)
    with pytest.raises((ClientAuthenticationError, ValueError)) as caught:
        list(client.subscriptions.list())
    assert settings.client_secret not in str(caught.value)


# MARK: namespaces


def test_a_namespace_lives(azure, group, unique):
    name, namespaces = unique("Sdk-Life"), azure.relay.namespaces
    assert namespaces.check_name_availability({"name": name}).name_available is True
    refusal(ResourceNotFoundError, lambda: namespaces.get(group, name), "ResourceNotFound", 404)
    made = namespaces.begin_create_or_update(group, name, relay_models.RelayNamespace(location="West US")).result()
    assert made.properties.provisioning_state == "Succeeded" and made.properties.status == "Active"
    assert made.sku.name == "Standard" and made.location == "westus" and made.name == name
    assert made.properties.service_bus_endpoint.startswith(f"https://{name}.")
    assert made.properties.metric_id.endswith(":" + name.lower())
    taken = namespaces.check_name_availability({"name": name.lower()})
    assert (taken.name_available, taken.reason) == (False, "NameInUse") and taken.message
    assert namespaces.check_name_availability({"name": "-"}).reason == "InvalidName"
    read = namespaces.get(group.upper(), name.upper())
    assert read.id == made.id and read.properties.created_at == made.properties.created_at
    changed = namespaces.update(group, name, relay_models.RelayUpdateParameters(tags={"a": "1"}))
    assert changed.tags == {"a": "1"} and namespaces.get(group, name).tags == {"a": "1"}
    again = namespaces.begin_create_or_update(group, name, namespaces.get(group, name)).result()
    assert again.tags == {"a": "1"} and again.properties.created_at == made.properties.created_at
    assert name in [n.name for n in namespaces.list_by_resource_group(group)] and name in [n.name for n in namespaces.list()]
    namespaces.begin_delete(group, name).result()
    refusal(ResourceNotFoundError, lambda: namespaces.get(group, name), "ResourceNotFound", 404)
    namespaces.begin_delete(group, name).result()
    assert namespaces.check_name_availability({"name": name}).name_available is True


def test_a_taken_name_is_refused_in_another_group(azure, namespace, unique):
    other = unique("sdk-other")
    azure.resources.resource_groups.create_or_update(other, {"location": "westus"})
    make = lambda: azure.relay.namespaces.begin_create_or_update(other, namespace, {"location": "westus"}).result()  # noqa: E731
    assert namespace in refusal(ResourceExistsError, make, "NamespaceUnavailable", 409)
    azure.resources.resource_groups.begin_delete(other).result()


def test_a_namespace_in_no_group_is_refused(azure):
    make = lambda: azure.relay.namespaces.begin_create_or_update("nowhere-at-all", "some-relay-name",
        {"location": "westus"}).result()  # noqa: E731
    assert "nowhere-at-all" in refusal(ResourceNotFoundError, make, "ResourceGroupNotFound", 404)


def test_deleting_a_namespace_takes_everything_in_it(azure, group, unique):
    name, relay = unique("sdk-gone"), azure.relay
    for _ in range(2):
        relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
        assert list(relay.hybrid_connections.list_by_namespace(group, name)) == []
        relay.hybrid_connections.create_or_update(group, name, "orders", {})
        relay.hybrid_connections.create_or_update_authorization_rule(group, name, "orders", "clients", rule("Send"))
        relay.wcf_relays.create_or_update(group, name, "billing", {"properties": {"relayType": "NetTcp"}})
        relay.namespaces.begin_delete(group, name).result()
        refusal(ResourceNotFoundError, lambda: relay.hybrid_connections.get(group, name, "orders"), "ResourceNotFound", 404)


# MARK: hybrid connections and relays


@pytest.mark.parametrize("version", RELAY_VERSIONS)
def test_a_hybrid_connection_lives_in_every_version(azure, group, namespace, version):
    connections, name = azure.relay_at(version).hybrid_connections, f"orders-{version or 'now'}"
    refusal(ResourceNotFoundError, lambda: connections.get(group, namespace, name), "ResourceNotFound", 404)
    made = connections.create_or_update(group, namespace, name, {})
    assert made.name == name and made.properties.requires_client_authorization is True and made.properties.user_metadata is None
    assert made.properties.listener_count == 0 and made.properties.created_at
    assert "/resourceGroups/" in made.id and "/hybridConnections/" in made.id
    body = relay_models.HybridConnection(properties=relay_models.HybridConnectionProperties(requires_client_authorization=True,
        user_metadata=ENDPOINT))
    changed = connections.create_or_update(group, namespace, name, body)
    assert ast.literal_eval(changed.properties.user_metadata) == [{"key": "endpoint", "value": "sql01.corp.example:1433"}]
    read = connections.get(group, namespace, name)
    assert read.properties.user_metadata == ENDPOINT and read.properties.created_at == made.properties.created_at
    # What was read goes back as it is, and changes nothing.
    again = connections.create_or_update(group, namespace, name, read)
    assert again.properties.user_metadata == ENDPOINT and again.properties.updated_at == read.properties.updated_at
    assert name in [c.name for c in connections.list_by_namespace(group, namespace)]
    connections.delete(group, namespace, name)
    connections.delete(group, namespace, name)
    refusal(ResourceNotFoundError, lambda: connections.get(group, namespace, name), "ResourceNotFound", 404)


def test_a_name_with_a_slash_has_a_tilde_in_the_management_api(azure, group, namespace):
    connections = azure.relay.hybrid_connections
    made = connections.create_or_update(group, namespace, "area~line", {})
    assert made.name == "area~line" and made.id.endswith("/area~line")
    connections.create_or_update_authorization_rule(group, namespace, "area~line", "clients", rule("Listen"))
    keys = connections.list_keys(group, namespace, "area~line", "clients")
    assert keys.primary_connection_string.endswith(";EntityPath=area/line")
    assert connections.get(group, namespace, "area/line").id == made.id, "the client writes %2F for a slash"
    connections.delete(group, namespace, "area~line")


@pytest.mark.parametrize("kind, name", [("hybrid_connections", "sql;a=b"), ("hybrid_connections", "-orders"),
    ("namespaces", "sql"), ("wcf_relays", "a b")])
def test_a_bad_name_is_a_400_with_a_reason(azure, group, namespace, kind, name):
    make = {
        "hybrid_connections": lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, name, {}),
        "wcf_relays": lambda: azure.relay.wcf_relays.create_or_update(group, namespace, name,
            {"properties": {"relayType": "Http"}}),
        "namespaces": lambda: azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result(),
    }[kind]
    assert name in refusal(HttpResponseError, make, "BadRequest", 400)


def test_what_is_fixed_at_creation_stays(azure, group, namespace):
    azure.relay.hybrid_connections.create_or_update(group, namespace, "fixed",
        {"properties": {"requiresClientAuthorization": False}})
    change = lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, "fixed",
        {"properties": {"requiresClientAuthorization": True}})  # noqa: E731
    assert "requiresClientAuthorization" in refusal(HttpResponseError, change, "BadRequest", 400)
    assert azure.relay.hybrid_connections.get(group, namespace, "fixed").properties.requires_client_authorization is False


def test_a_wcf_relay_lives(azure, group, namespace):
    relays = azure.relay.wcf_relays
    body = relay_models.WcfRelay(properties=relay_models.WcfRelayProperties(relay_type="NetTcp",
        requires_transport_security=False, user_metadata="text"))
    made = relays.create_or_update(group, namespace, "billing", body)
    assert (made.properties.relay_type, made.properties.requires_transport_security, made.properties.is_dynamic) == ("NetTcp",
        False, False)
    assert made.properties.requires_client_authorization is True and relays.get(group, namespace,
        "billing").properties.user_metadata == "text"
    refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, "Billing", {}),
        "Conflict", 409)
    assert [relay.name for relay in relays.list_by_namespace(group, namespace)] == ["billing"]
    relays.delete(group, namespace, "billing")
    refusal(ResourceNotFoundError, lambda: relays.get(group, namespace, "billing"), "ResourceNotFound", 404)


def test_one_hundred_and_five_hybrid_connections_come_in_pages(azure, group, unique):
    name = unique("sdk-pages")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
    names = [f"connection-{i:03}" for i in range(105)]
    for connection in names:
        azure.relay.hybrid_connections.create_or_update(group, name, connection, {})
    pages = [[c.name for c in page] for page in azure.relay.hybrid_connections.list_by_namespace(group, name).by_page()]
    assert [len(page) for page in pages] == [100, 5] and sum(pages, []) == names
    assert [c.name for c in azure.relay_at("2017-04-01").hybrid_connections.list_by_namespace(group, name)] == names
    azure.relay.namespaces.begin_delete(group, name).result()


# MARK: rules and keys


LEVELS = ["namespace", "hybrid connection", "WCF relay"]


class Level:
    """The same eight calls at one of the three levels."""

    def __init__(self, azure, group, namespace, kind):
        self.entity = {"namespace": None, "hybrid connection": "ruled", "WCF relay": "ruled-relay"}[kind]
        self.operations = {"namespace": azure.relay.namespaces, "hybrid connection": azure.relay.hybrid_connections,
            "WCF relay": azure.relay.wcf_relays}[kind]
        self.path = [group, namespace, *([self.entity] if self.entity else [])]
        if kind == "hybrid connection":
            self.operations.create_or_update(*self.path, {})
        elif kind == "WCF relay":
            self.operations.create_or_update(*self.path, {"properties": {"relayType": "Http"}})

    def __getattr__(self, name):
        return lambda *arguments: getattr(self.operations, name)(*self.path, *arguments)


@pytest.mark.parametrize("kind", LEVELS)
def test_rules_and_keys_at_each_level(azure, group, namespace, kind):
    level = Level(azure, group, namespace, kind)
    before = {r.name for r in level.list_authorization_rules()}
    assert before == ({"RootManageSharedAccessKey"} if kind == "namespace" else set())
    made = level.create_or_update_authorization_rule("clients", rule("Send", "Listen"))
    assert made.name == "clients" and set(made.properties.rights) == {"Send", "Listen"}
    keys = level.list_keys("clients")
    assert keys.key_name == "clients" and keys.primary_key != keys.secondary_key and len(keys.primary_key) == 44
    host = azure.relay.namespaces.get(group, namespace).properties.service_bus_endpoint.removeprefix("https://").rstrip("/")
    wanted = f"Endpoint=sb://{host}/;SharedAccessKeyName=clients;SharedAccessKey={keys.primary_key}"
    assert keys.primary_connection_string == wanted + (f";EntityPath={level.entity}" if level.entity else "")
    changed = level.create_or_update_authorization_rule("clients", rule("Manage", "Send", "Listen"))
    assert set(changed.properties.rights) == {"Manage", "Send", "Listen"}
    assert set(level.get_authorization_rule("clients").properties.rights) == {"Manage", "Send", "Listen"}
    assert level.list_keys("clients") == keys, "other rights brought other keys"
    second = level.regenerate_keys("clients", relay_models.RegenerateAccessKeyParameters(key_type="PrimaryKey"))
    assert second.primary_key != keys.primary_key and second.secondary_key == keys.secondary_key
    third = level.regenerate_keys("clients", {"keyType": "SecondaryKey", "key": keys.primary_key})
    assert third.secondary_key == keys.primary_key and third.primary_key == second.primary_key
    assert level.list_keys("clients") == third
    assert {r.name for r in level.list_authorization_rules()} == before | {"clients"}
    refusal(HttpResponseError, lambda: level.create_or_update_authorization_rule("wrong", rule("Manage")), "BadRequest", 400)
    level.delete_authorization_rule("clients")
    level.delete_authorization_rule("clients")
    refusal(ResourceNotFoundError, lambda: level.list_keys("clients"), "ResourceNotFound", 404)
    refusal(ResourceNotFoundError, lambda: level.get_authorization_rule("clients"), "ResourceNotFound", 404)


def test_the_root_rule_stays(azure, group, namespace):
    root = azure.relay.namespaces.get_authorization_rule(group, namespace, "RootManageSharedAccessKey")
    assert set(root.properties.rights) == {"Listen", "Manage", "Send"}
    remove = lambda: azure.relay.namespaces.delete_authorization_rule(group, namespace, "RootManageSharedAccessKey")  # noqa: E731
    refusal(HttpResponseError, remove, "BadRequest", 400)


# MARK: network


def test_network_rules(azure, group, namespace):
    namespaces = azure.relay.namespaces
    before = namespaces.get_network_rule_set(group, namespace)
    assert before.properties.default_action == "Allow" and not before.properties.ip_rules
    masks = ["203.0.113.0/24", "198.51.100.7"]
    body = relay_models.NetworkRuleSet(properties=relay_models.NetworkRuleSetProperties(
        default_action="Deny", ip_rules=[relay_models.NWRuleSetIpRules(ip_mask=mask, action="Allow") for mask in masks]))
    assert namespaces.create_or_update_network_rule_set(group, namespace, body).properties.default_action == "Deny"
    read = namespaces.get_network_rule_set(group, namespace)
    assert [r.ip_mask for r in read.properties.ip_rules] == masks and read.properties.ip_rules[0].action == "Allow"
    assert not namespaces.create_or_update_network_rule_set(group, namespace, before).properties.ip_rules


def test_private_endpoint_connections(azure, group, namespace):
    connections = azure.relay.private_endpoint_connections
    foreign = f"/subscriptions/{uuid.uuid4()}/resourceGroups/plant/providers/Microsoft.Network/privateEndpoints/plant"
    endpoint = relay_models.PrivateEndpoint(id=foreign)
    state = relay_models.ConnectionState(status="Pending", description="please")
    body = relay_models.PrivateEndpointConnection(
        properties=relay_models.PrivateEndpointConnectionProperties(private_endpoint=endpoint,
            private_link_service_connection_state=state))
    assert connections.create_or_update(group, namespace, "plant",
        body).properties.private_link_service_connection_state.status == "Pending"
    body.properties.private_link_service_connection_state.status = "Approved"
    connections.create_or_update(group, namespace, "plant", body)
    assert [c.properties.private_link_service_connection_state.status for c in connections.list(group, namespace)] == ["Approved"]
    connections.begin_delete(group, namespace, "plant").result()
    refusal(ResourceNotFoundError, lambda: connections.get(group, namespace, "plant"), "ResourceNotFound", 404)
    links = azure.relay.private_link_resources
    names = [link.name for link in links.list(group, namespace).value]
    assert names and links.get(group, namespace, names[0]).properties.group_id == "namespace"


def test_the_operations_of_the_provider(azure):
    names = {operation.name.lower() for operation in azure.relay.operations.list()}
    assert {"microsoft.relay/namespaces/write",
        "microsoft.relay/namespaces/hybridconnections/authorizationrules/listkeys/action"} <= names


def test_a_stale_etag_is_refused(azure, group, namespace):
    """The clients carry the header; the tag comes with every answer."""
    tags, headers = [], lambda response: tags.append(response.http_response.headers["ETag"])
    connections = azure.relay.hybrid_connections
    connections.create_or_update(group, namespace, "tagged", {}, raw_response_hook=headers)
    connections.create_or_update(group, namespace, "tagged", {"properties": {"userMetadata": "a"}}, raw_response_hook=headers)
    write = lambda tag: connections.create_or_update(  # noqa: E731
        group, namespace, "tagged", {"properties": {"userMetadata": "b"}}, headers={"If-Match": tag})
    refusal(HttpResponseError, lambda: write(tags[0]), "PreconditionFailed", 412)
    assert write(tags[1]).properties.user_metadata == "b"
