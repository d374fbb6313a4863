"""A newcomer's hour with the published Python clients, pointed at this server as their users would point them."""

import ast
import json
import uuid
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.relay import RelayAPIMgmtClient
from azure.mgmt.relay import models as relay_models
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web import models as web_models

# Versions of Microsoft.Relay that shipped clients ask for; the client's own one comes first.
RELAY_VERSIONS = [None, "2017-04-01", "2021-11-01", "2024-01-01"]
ENDPOINT = '[{"key":"endpoint","value":"sql01.corp.example:1433"}]'
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@pytest.fixture(scope="module", autouse=True)
def trust(settings):
    """Clients find the authority's certificate as their documentation says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        yield


def credential_for(settings, **changed):
    secret = changed.get("client_secret", settings.client_secret)
    return ClientSecretCredential(
        changed.get("tenant_id", settings.tenant_id), changed.get("client_id", settings.client_id), secret, authority=settings.endpoint,
        disable_instance_discovery=True,
    )


@pytest.fixture(scope="module")
def azure(settings, trust):
    """One of each client."""
    # A failing call is answered once; retries would only hide it.
    options = {"base_url": settings.endpoint, "credential_scopes": [settings.endpoint + "/.default"], "retry_total": 0}
    credential, subscription = credential_for(settings), settings.subscription_id
    relay = lambda version=None: RelayAPIMgmtClient(  # noqa: E731
        credential, subscription, **options, **({"api_version": version} if version else {}))
    return SimpleNamespace(
        relay=relay(), relay_at=relay, web=WebSiteManagementClient(credential, subscription, **options),
        resources=ResourceManagementClient(credential, subscription, **options), subscriptions=SubscriptionClient(credential, **options),
        locks=ManagementLockClient(credential, subscription, **options), options=options,
        authorization=AuthorizationManagementClient(credential, subscription, api_version="2022-04-01", **options),
    )


@pytest.fixture(scope="module")
def group(azure, unique):
    """A group made by the client under test, and taken down by it."""
    name = unique("sdk")
    created = azure.resources.resource_groups.create_or_update(name, {"location": "West US", "tags": {"purpose": "clients"}})
    assert created.name == name and created.location == "westus" and created.properties.provisioning_state == "Succeeded"
    yield name
    azure.resources.resource_groups.begin_delete(name).result()
    assert azure.resources.resource_groups.check_existence(name) is False


@pytest.fixture(scope="module")
def namespace(azure, group, unique):
    name = unique("sdk-relay")
    made = azure.relay.namespaces.begin_create_or_update(group, name, relay_models.RelayNamespace(location="westus", tags={"a": "b"}), polling_interval=1).result()
    assert made.name == name
    return name


def refusal(kind, call, code, status=None):
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert error.error.code == code, (error.error.code, error.message)
    assert error.error.message and error.error.message in error.message
    assert status is None or error.status_code == status
    return error.error.message


# MARK: sign-in and subscriptions


def test_the_subscription_is_found(azure, settings):
    subscriptions = list(azure.subscriptions.subscriptions.list())
    assert [s.subscription_id for s in subscriptions] == [settings.subscription_id] and subscriptions[0].state == "Enabled"
    one = azure.subscriptions.subscriptions.get(settings.subscription_id)
    assert one.id == f"/subscriptions/{settings.subscription_id}" and one.display_name
    assert [tenant.tenant_id for tenant in azure.subscriptions.tenants.list()] == [settings.tenant_id]
    assert list(azure.subscriptions.subscriptions.list_locations(settings.subscription_id))


@pytest.mark.parametrize("changed", [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"tenant_id": "11111111-1111-1111-1111-111111111111"}])
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
    assert made.properties.service_bus_endpoint.startswith(f"https://{name}.") and made.properties.metric_id.endswith(":" + name.lower())
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
    make = lambda: azure.relay.namespaces.begin_create_or_update("nowhere-at-all", "some-relay-name", {"location": "westus"}).result()  # noqa: E731
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
    assert made.properties.listener_count == 0 and made.properties.created_at and "/resourceGroups/" in made.id and "/hybridConnections/" in made.id
    body = relay_models.HybridConnection(properties=relay_models.HybridConnectionProperties(requires_client_authorization=True, user_metadata=ENDPOINT))
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


@pytest.mark.parametrize("kind, name", [("hybrid_connections", "sql;a=b"), ("hybrid_connections", "-orders"), ("namespaces", "sql"), ("wcf_relays", "a b")])
def test_a_bad_name_is_a_400_with_a_reason(azure, group, namespace, kind, name):
    make = {
        "hybrid_connections": lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, name, {}),
        "wcf_relays": lambda: azure.relay.wcf_relays.create_or_update(group, namespace, name, {"properties": {"relayType": "Http"}}),
        "namespaces": lambda: azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result(),
    }[kind]
    assert name in refusal(HttpResponseError, make, "BadRequest", 400)


def test_what_is_fixed_at_creation_stays(azure, group, namespace):
    azure.relay.hybrid_connections.create_or_update(group, namespace, "fixed", {"properties": {"requiresClientAuthorization": False}})
    change = lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, "fixed", {"properties": {"requiresClientAuthorization": True}})  # noqa: E731
    assert "requiresClientAuthorization" in refusal(HttpResponseError, change, "BadRequest", 400)
    assert azure.relay.hybrid_connections.get(group, namespace, "fixed").properties.requires_client_authorization is False


def test_a_wcf_relay_lives(azure, group, namespace):
    relays = azure.relay.wcf_relays
    body = relay_models.WcfRelay(properties=relay_models.WcfRelayProperties(relay_type="NetTcp", requires_transport_security=False, user_metadata="text"))
    made = relays.create_or_update(group, namespace, "billing", body)
    assert (made.properties.relay_type, made.properties.requires_transport_security, made.properties.is_dynamic) == ("NetTcp", False, False)
    assert made.properties.requires_client_authorization is True and relays.get(group, namespace, "billing").properties.user_metadata == "text"
    refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.create_or_update(group, namespace, "Billing", {}), "Conflict", 409)
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


def rule(*rights):
    return relay_models.AuthorizationRule(properties=relay_models.AuthorizationRuleProperties(rights=list(rights)))


LEVELS = ["namespace", "hybrid connection", "WCF relay"]


class Level:
    """The same eight calls at one of the three levels."""

    def __init__(self, azure, group, namespace, kind):
        self.entity = {"namespace": None, "hybrid connection": "ruled", "WCF relay": "ruled-relay"}[kind]
        self.operations = {"namespace": azure.relay.namespaces, "hybrid connection": azure.relay.hybrid_connections, "WCF relay": azure.relay.wcf_relays}[kind]
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
    assert third.secondary_key == keys.primary_key and third.primary_key == second.primary_key and level.list_keys("clients") == third
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
    endpoint = relay_models.PrivateEndpoint(id=f"/subscriptions/{uuid.uuid4()}/resourceGroups/plant/providers/Microsoft.Network/privateEndpoints/plant")
    state = relay_models.ConnectionState(status="Pending", description="please")
    body = relay_models.PrivateEndpointConnection(
        properties=relay_models.PrivateEndpointConnectionProperties(private_endpoint=endpoint, private_link_service_connection_state=state))
    assert connections.create_or_update(group, namespace, "plant", body).properties.private_link_service_connection_state.status == "Pending"
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
    assert {"microsoft.relay/namespaces/write", "microsoft.relay/namespaces/hybridconnections/authorizationrules/listkeys/action"} <= names


# MARK: plans, apps and bindings


class Apps:
    """A plan with two apps, and hybrid connections with the rule that apps send with."""

    def __init__(self, azure, group, unique, sku, count):
        self.web, self.relay, self.group = azure.web, azure.relay, group
        self.namespace, self.plan = unique("sdk-apps"), unique("plan")
        self.sites = [unique("site"), unique("site")]
        self.names = [f"db-{i}" for i in range(count)]
        self.relay.namespaces.begin_create_or_update(group, self.namespace, {"location": "westus"}).result()
        for name in self.names:
            self.relay.hybrid_connections.create_or_update(group, self.namespace, name, {"properties": {"userMetadata": ENDPOINT}})
            self.relay.hybrid_connections.create_or_update_authorization_rule(group, self.namespace, name, "defaultSender", rule("Send"))
        plan = web_models.AppServicePlan(location="westus", sku=web_models.SkuDescription(name=sku, tier="BASIC", capacity=1))
        self.plan_id = self.web.app_service_plans.begin_create_or_update(group, self.plan, plan).result().id
        for site in self.sites:
            body = web_models.Site(location="westus", properties=web_models.SiteProperties(server_farm_id=self.plan_id))
            self.web.web_apps.begin_create_or_update(group, site, body).result()

    def key(self, name, slot="primary_key"):
        return getattr(self.relay.hybrid_connections.list_keys(self.group, self.namespace, name, "defaultSender"), slot)

    def envelope(self, name, **more):
        return web_models.HybridConnection(properties=web_models.HybridConnectionProperties(
            relay_arm_uri=self.relay.hybrid_connections.get(self.group, self.namespace, name).id, hostname="sql01.corp.example", port=1433,
            send_key_name="defaultSender", **more))

    def bind(self, site, name, **more):
        return self.web.web_apps.create_or_update_hybrid_connection(self.group, site, self.namespace, name, self.envelope(name, **more))

    def limit(self):
        limit = self.web.app_service_plans.get_hybrid_connection_plan_limit(self.group, self.plan).properties
        return limit.current, limit.maximum


@pytest.fixture
def apps(azure, group, unique):
    return Apps(azure, group, unique, "B1", 7)


def test_plans_and_apps_live(azure, group, apps):
    plan = azure.web.app_service_plans.get(group, apps.plan)
    assert (plan.sku.name, plan.sku.tier, plan.sku.size, plan.sku.capacity) == ("B1", "Basic", "B1", 1) and plan.properties.number_of_sites == 2
    assert apps.plan in [p.name for p in azure.web.app_service_plans.list_by_resource_group(group)]
    assert sorted(s.name for s in azure.web.app_service_plans.list_web_apps(group, apps.plan)) == sorted(apps.sites)
    site = azure.web.web_apps.get(group, apps.sites[0])
    assert site.properties.server_farm_id.lower() == apps.plan_id.lower() and site.properties.default_host_name and site.properties.state == "Running"
    assert set(apps.sites) <= {s.name for s in azure.web.web_apps.list_by_resource_group(group)}
    slot = azure.web.web_apps.begin_create_or_update_slot(group, apps.sites[0], "staging", web_models.Site(location="westus")).result()
    assert slot.name == f"{apps.sites[0]}/staging"
    assert [s.name for s in azure.web.web_apps.list_slots(group, apps.sites[0])] == [slot.name]
    refusal(ResourceExistsError, lambda: azure.web.app_service_plans.delete(group, apps.plan), "Conflict", 409)
    azure.web.web_apps.delete_slot(group, apps.sites[0], "staging")
    azure.web.web_apps.delete(group, apps.sites[0])
    refusal(ResourceNotFoundError, lambda: azure.web.web_apps.get(group, apps.sites[0]), "ResourceNotFound", 404)
    assert azure.web.app_service_plans.get(group, apps.plan).properties.number_of_sites == 1
    azure.web.web_apps.delete(group, apps.sites[1])
    refusal(ResourceNotFoundError, lambda: azure.web.app_service_plans.get(group, apps.plan), "ResourceNotFound", 404)


def test_an_app_that_keeps_its_empty_plan(azure, group, apps):
    for site in apps.sites:
        azure.web.web_apps.delete(group, site, delete_empty_server_farm=False)
    assert azure.web.app_service_plans.get(group, apps.plan).properties.number_of_sites == 0
    azure.web.app_service_plans.delete(group, apps.plan)
    refusal(ResourceNotFoundError, lambda: azure.web.app_service_plans.get(group, apps.plan), "ResourceNotFound", 404)


def test_a_binding_lives(azure, group, apps):
    site, name, web = apps.sites[0], apps.names[0], azure.web.web_apps
    get = lambda: web.get_hybrid_connection(group, site, apps.namespace, name)  # noqa: E731
    refusal(ResourceNotFoundError, get, "ResourceNotFound", 404)
    made = apps.bind(site, name, send_key_value=apps.key(name))
    assert made.name == name and made.id.endswith(f"/sites/{site}/hybridConnectionNamespaces/{apps.namespace}/relays/{name}")
    properties = get().properties
    assert (properties.service_bus_namespace, properties.relay_name, properties.hostname, properties.port) == (apps.namespace, name, "sql01.corp.example", 1433)
    assert properties.send_key_name == "defaultSender" and not properties.send_key_value and properties.service_bus_suffix.startswith(".")
    assert [entry["name"] for entry in web.list_hybrid_connections(group, site)["value"]] == [name]
    # A PUT without a key keeps the one that is there.
    read = get()
    read.properties.hostname = "sql02.corp.example"
    assert web.create_or_update_hybrid_connection(group, site, apps.namespace, name, read).properties.hostname == "sql02.corp.example"
    plans = azure.web.app_service_plans
    keys = plans.list_hybrid_connection_keys(group, apps.plan, apps.namespace, name)
    assert (keys.properties.send_key_name, keys.properties.send_key_value) == ("defaultSender", apps.key(name))
    patched = web.update_hybrid_connection(group, site, apps.namespace, name, web_models.HybridConnection(properties=web_models.HybridConnectionProperties(port=1434)))
    assert (patched.properties.hostname, patched.properties.port) == ("sql02.corp.example", 1434)
    web.delete_hybrid_connection(group, site, apps.namespace, name)
    refusal(ResourceNotFoundError, get, "ResourceNotFound", 404)
    refusal(ResourceNotFoundError, lambda: web.delete_hybrid_connection(group, site, apps.namespace, name), "ResourceNotFound", 404)


def test_a_full_plan_says_its_figures_and_rebinding_frees_a_place(azure, group, apps):
    first, second = apps.sites
    assert apps.limit() == (0, 5)
    for name in apps.names[:5]:
        apps.bind(first, name)
    assert apps.limit() == (5, 5)
    message = refusal(ResourceExistsError, lambda: apps.bind(second, apps.names[5]), "Conflict", 409)
    assert "5" in message and "Basic" in message and apps.plan in message
    # A connection that the plan uses already fits, and counts once.
    apps.bind(second, apps.names[0])
    apps.bind(first, apps.names[0])
    assert apps.limit() == (5, 5)
    # Taking it from one app frees nothing as long as the other has it.
    azure.web.web_apps.delete_hybrid_connection(group, second, apps.namespace, apps.names[0])
    refusal(ResourceExistsError, lambda: apps.bind(second, apps.names[5]), "Conflict", 409)
    azure.web.web_apps.delete_hybrid_connection(group, first, apps.namespace, apps.names[0])
    assert apps.limit() == (4, 5)
    apps.bind(second, apps.names[5])
    assert apps.limit() == (5, 5)
    # A larger plan has room, a smaller one is refused while it is in use.
    scale = lambda sku: azure.web.app_service_plans.begin_create_or_update(  # noqa: E731
        group, apps.plan, web_models.AppServicePlan(location="westus", sku=web_models.SkuDescription(name=sku))).result()
    assert scale("S1").sku.tier == "Standard" and apps.limit() == (5, 25)
    apps.bind(second, apps.names[6])
    message = refusal(ResourceExistsError, lambda: scale("B1"), "Conflict", 409)
    assert "6" in message and "5" in message
    message = refusal(ResourceExistsError, lambda: scale("F1"), "Conflict", 409)
    assert apps.limit() == (6, 25)


def test_a_plan_knows_its_connections_and_their_apps(azure, group, apps):
    plans = azure.web.app_service_plans
    for site, name in ((apps.sites[0], "db-0"), (apps.sites[0], "db-1"), (apps.sites[1], "db-0")):
        apps.bind(site, name)
    assert sorted(c.name for c in plans.list_hybrid_connections(group, apps.plan)) == ["db-0", "db-1"]
    one = plans.get_hybrid_connection(group, apps.plan, apps.namespace, "db-0")
    assert "resourceGroups/" in one.properties.relay_arm_uri and one.properties.relay_arm_uri.split("/")[8] == apps.namespace
    users = [json.loads(item) for item in plans.list_web_apps_by_hybrid_connection(group, apps.plan, apps.namespace, "db-0")]
    assert sorted(user["name"] for user in users) == sorted(apps.sites) and all("/sites/" in user["id"] for user in users)
    # Deleting at the plan takes it from all apps.
    plans.delete_hybrid_connection(group, apps.plan, apps.namespace, "db-0")
    plans.delete_hybrid_connection(group, apps.plan, apps.namespace, "db-0")
    assert apps.limit() == (1, 5)
    assert azure.web.web_apps.list_hybrid_connections(group, apps.sites[1])["value"] == []


@pytest.mark.parametrize("sku, tier, maximum", [
    ("F1", "Free", 0), ("D1", "Shared", 0), ("B3", "Basic", 5), ("S2", "Standard", 25), ("P1v2", "PremiumV2", 200), ("P0v3", "PremiumV3", 200), ("I1v2", "IsolatedV2", 200),
    ("Y1", "Dynamic", 0), ("EP1", "ElasticPremium", 200),
])
def test_every_tier_has_its_limit(azure, group, unique, sku, tier, maximum):
    name, plans = unique("tier"), azure.web.app_service_plans
    plan = plans.begin_create_or_update(group, name, web_models.AppServicePlan(location="westus", sku=web_models.SkuDescription(name=sku))).result()
    assert plan.sku.tier == tier
    limit = plans.get_hybrid_connection_plan_limit(group, name).properties
    assert (limit.current, limit.maximum) == (0, maximum)
    plans.delete(group, name)


def test_a_tier_without_hybrid_connections_refuses_the_first(azure, group, unique):
    apps = Apps(azure, group, unique, "F1", 1)
    assert "Free" in refusal(ResourceExistsError, lambda: apps.bind(apps.sites[0], "db-0"), "Conflict", 409)
    assert apps.limit() == (0, 0)


def test_a_slot_counts_with_its_app(azure, group, apps):
    site, name, web = apps.sites[0], apps.names[0], azure.web.web_apps
    web.begin_create_or_update_slot(group, site, "staging", web_models.Site(location="westus")).result()
    web.create_or_update_hybrid_connection_slot(group, site, apps.namespace, name, "staging", apps.envelope(name))
    assert apps.limit() == (1, 5)
    read = web.get_hybrid_connection_slot(group, site, apps.namespace, name, "staging")
    assert read.properties.port == 1433 and "/slots/staging/" in read.id
    assert [entry["name"] for entry in web.list_hybrid_connections_slot(group, site, "staging")["value"]] == [name]
    web.delete_hybrid_connection_slot(group, site, apps.namespace, name, "staging")
    assert apps.limit() == (0, 5)


def test_a_connection_without_authorization_cannot_be_bound(azure, group, apps):
    azure.relay.hybrid_connections.create_or_update(group, apps.namespace, "open", {"properties": {"requiresClientAuthorization": False, "userMetadata": ENDPOINT}})
    refusal(HttpResponseError, lambda: apps.bind(apps.sites[0], "open"), "BadRequest", 400)
    assert apps.limit() == (0, 5)


# MARK: groups, resources, tags, locks, rights


def test_groups_live(azure, unique):
    name, groups = unique("Sdk-Group"), azure.resources.resource_groups
    assert groups.check_existence(name) is False
    refusal(ResourceNotFoundError, lambda: groups.get(name), "ResourceGroupNotFound", 404)
    groups.create_or_update(name, {"location": "West US", "tags": {"a": "b"}})
    assert groups.check_existence(name.lower()) is True and groups.get(name).tags == {"a": "b"}
    assert groups.update(name, {"tags": {"c": "d"}}).tags == {"c": "d"}
    assert name in [g.name for g in groups.list()]
    assert [g.name for g in groups.list(filter="tagName eq 'c' and tagValue eq 'd'") if g.name.startswith("Sdk-Group")] == [name]
    move = lambda: groups.create_or_update(name, {"location": "eastus"})  # noqa: E731
    refusal(ResourceExistsError, move, "InvalidResourceLocation", 409)
    groups.begin_delete(name).result()
    assert groups.check_existence(name) is False
    refusal(ResourceNotFoundError, lambda: groups.begin_delete(name).result(), "ResourceGroupNotFound", 404)


def test_resources_are_listed_and_filtered(azure, group, unique):
    namespace, plan = unique("sdk-filter"), unique("filter")
    azure.relay.namespaces.begin_create_or_update(group, namespace, {"location": "westus", "tags": {"filter": namespace}}).result()
    azure.web.app_service_plans.begin_create_or_update(group, plan, {"location": "westus", "sku": {"name": "B1"}}).result()
    resources = azure.resources.resources
    all_names = {r.name for r in resources.list_by_resource_group(group)}
    assert {namespace, plan} <= all_names
    types = {r.type.lower() for r in resources.list(filter="resourceType eq 'Microsoft.Relay/namespaces'")}
    assert types == {"microsoft.relay/namespaces"}
    assert [r.name for r in resources.list(filter=f"name eq '{namespace.upper()}'")] == [namespace]
    assert {r.name for r in resources.list(filter=f"resourceGroup eq '{group}'")} == all_names
    assert [r.name for r in resources.list(filter=f"tagName eq 'filter' and tagValue eq '{namespace}'")] == [namespace]
    assert list(resources.list(filter="name eq 'nobody'")) == []
    refusal(HttpResponseError, lambda: list(resources.list(filter="nonsense eq 1")), "InvalidFilter", 400)
    azure.relay.namespaces.begin_delete(group, namespace).result()
    assert namespace not in {r.name for r in resources.list_by_resource_group(group)}


def test_providers_are_registered(azure):
    providers = azure.resources.providers
    for name in ("Microsoft.Relay", "Microsoft.Web"):
        assert providers.register(name).registration_state == "Registered"
        provider = providers.get(name)
        types = {t.resource_type.lower(): t for t in provider.resource_types}
        assert provider.registration_state == "Registered" and ("namespaces" if "Relay" in name else "sites") in types
        assert all(t.api_versions for t in types.values())
    assert {"microsoft.relay", "microsoft.web"} <= {p.namespace.lower() for p in providers.list()}
    refusal(ResourceNotFoundError, lambda: providers.get("Microsoft.Nothing"), "InvalidResourceNamespace", 404)


def test_tags_at_a_scope(azure, group, namespace):
    scope, tags = azure.relay.namespaces.get(group, namespace).id, azure.resources.tags
    tags.begin_create_or_update_at_scope(scope, {"properties": {"tags": {"a": "1", "b": "2"}}}).result()
    assert azure.relay.namespaces.get(group, namespace).tags == {"a": "1", "b": "2"}
    tags.begin_update_at_scope(scope, {"operation": "Merge", "properties": {"tags": {"b": "3", "c": "4"}}}).result()
    assert tags.get_at_scope(scope).properties.tags == {"a": "1", "b": "3", "c": "4"}
    tags.begin_update_at_scope(scope, {"operation": "Delete", "properties": {"tags": {"a": "1"}}}).result()
    tags.begin_update_at_scope(scope, {"operation": "Replace", "properties": {"tags": {"d": "5"}}}).result()
    assert azure.relay.namespaces.get(group, namespace).tags == {"d": "5"}
    assert "d" in {tag.tag_name for tag in tags.list()}
    tags.begin_delete_at_scope(scope).result()
    assert not azure.relay.namespaces.get(group, namespace).tags


def test_a_lock_holds_what_is_below_it(azure, group, unique):
    name, locks = unique("sdk-locked"), azure.locks.management_locks
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
    azure.relay.hybrid_connections.create_or_update(group, name, "orders", {})
    place = (group, "Microsoft.Relay", "", "namespaces", name)
    made = locks.create_or_update_at_resource_level(*place, "keep", {"level": "CanNotDelete", "notes": "kept"})
    assert (made.name, made.level, made.notes) == ("keep", "CanNotDelete", "kept")
    assert "keep" in [lock.name for lock in locks.list_at_resource_level(*place)]
    assert "keep" in [lock.name for lock in locks.list_at_resource_group_level(group)]
    refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.delete(group, name, "orders"), "ScopeLocked", 409)
    refusal(ResourceExistsError, lambda: azure.relay.namespaces.begin_delete(group, name).result(), "ScopeLocked", 409)
    azure.relay.hybrid_connections.create_or_update(group, name, "orders", {"properties": {"userMetadata": "changed"}})
    locks.create_or_update_at_resource_level(*place, "keep", {"level": "ReadOnly"})
    refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.create_or_update(group, name, "orders", {}), "ScopeLocked", 409)
    refusal(ResourceExistsError, lambda: azure.relay.namespaces.list_keys(group, name, "RootManageSharedAccessKey"), "ScopeLocked", 409)
    assert azure.relay.hybrid_connections.get(group, name, "orders").properties.user_metadata == "changed"
    locks.delete_at_resource_level(*place, "keep")
    azure.relay.namespaces.begin_delete(group, name).result()


@pytest.mark.parametrize("kind", ["group", "namespace", "hybrid connection", "subscription"])
def test_a_lock_by_scope_is_the_same(azure, settings, group, namespace, unique, kind):
    """The client writes the slashes of the scope as %2F."""
    locks, name = azure.locks.management_locks, unique("scoped")
    azure.relay.hybrid_connections.create_or_update(group, namespace, "scoped", {})
    scope = {
        "group": f"/subscriptions/{settings.subscription_id}/resourceGroups/{group}", "namespace": azure.relay.namespaces.get(group, namespace).id,
        "hybrid connection": azure.relay.hybrid_connections.get(group, namespace, "scoped").id, "subscription": f"subscriptions/{settings.subscription_id}",
    }[kind]
    made = locks.create_or_update_by_scope(scope, name, {"level": "CanNotDelete"})
    try:
        assert made.id.lower() == f"/{scope.strip('/')}/providers/microsoft.authorization/locks/{name}".lower()
        assert locks.get_by_scope(scope, name).level == "CanNotDelete" and name in [lock.name for lock in locks.list_by_scope(scope)]
        refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.delete(group, namespace, "scoped"), "ScopeLocked", 409)
    finally:
        locks.delete_by_scope(scope, name)
    azure.relay.hybrid_connections.delete(group, namespace, "scoped")


def test_rights_can_be_given_and_taken(azure, settings, management, group, namespace, unique):
    client, scope = unique("sdk-reader"), azure.relay.namespaces.get(group, namespace).id
    path = f"/providers/Causeway.Relay/servicePrincipals/{client}"
    principal = management.put(path, {"properties": {"displayName": client}})["properties"]["objectId"]
    secret = management.ask("POST", path + "/addSecret")["clientSecret"]
    reader = RelayAPIMgmtClient(credential_for(settings, client_id=client, client_secret=secret), settings.subscription_id, **azure.options)
    message = refusal(HttpResponseError, lambda: reader.namespaces.get(group, namespace), "AuthorizationFailed", 403)
    assert principal in message and "Microsoft.Relay/namespaces/read" in message
    definitions = [d for d in azure.authorization.role_definitions.list(scope, filter="roleName eq 'Reader'")]
    assert [d.name for d in definitions] == [READER]
    assignments, name = azure.authorization.role_assignments, str(uuid.uuid4())
    body = {"properties": {"roleDefinitionId": definitions[0].id, "principalId": principal, "principalType": "ServicePrincipal"}}
    assert assignments.create(scope, name, body).principal_id == principal
    refusal(ResourceExistsError, lambda: assignments.create(scope, str(uuid.uuid4()), body), "RoleAssignmentExists", 409)
    assert name in [a.name for a in assignments.list_for_scope(scope)]
    assert reader.namespaces.get(group, namespace).name == namespace
    refusal(HttpResponseError, lambda: reader.namespaces.list_keys(group, namespace, "RootManageSharedAccessKey"), "AuthorizationFailed", 403)
    refusal(HttpResponseError, lambda: reader.hybrid_connections.create_or_update(group, namespace, "more", {}), "AuthorizationFailed", 403)
    assignments.delete(scope, name)
    refusal(HttpResponseError, lambda: reader.namespaces.get(group, namespace), "AuthorizationFailed", 403)
    management.delete(path)


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
