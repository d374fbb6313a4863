"""Plans, apps and bindings with the published Python clients."""

import json

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.web import models as web_models

from clients.sdk import ENDPOINT, refusal, rule


class Apps:
    """A plan with two apps, and hybrid connections with the rule that apps send with."""

    def __init__(self, azure, group, unique, sku, count):
        self.web, self.relay, self.group = azure.web, azure.relay, group
        self.namespace, self.plan = unique("sdk-apps"), unique("plan")
        self.sites = [unique("site"), unique("site")]
        self.names = [f"db-{i}" for i in range(count)]
        self.relay.namespaces.begin_create_or_update(group, self.namespace, {"location": "westus"}).result()
        for name in self.names:
            self.relay.hybrid_connections.create_or_update(group, self.namespace, name,
                {"properties": {"userMetadata": ENDPOINT}})
            self.relay.hybrid_connections.create_or_update_authorization_rule(group, self.namespace, name, "defaultSender",
                rule("Send"))
        plan = web_models.AppServicePlan(location="westus", sku=web_models.SkuDescription(name=sku, tier="BASIC", capacity=1))
        self.plan_id = self.web.app_service_plans.begin_create_or_update(group, self.plan, plan).result().id
        for site in self.sites:
            body = web_models.Site(location="westus", properties=web_models.SiteProperties(server_farm_id=self.plan_id))
            self.web.web_apps.begin_create_or_update(group, site, body).result()

    def key(self, name, slot="primary_key"):
        return getattr(self.relay.hybrid_connections.list_keys(self.group, self.namespace, name, "defaultSender"), slot)

    def envelope(self, name, **more):
        return web_models.HybridConnection(properties=web_models.HybridConnectionProperties(
            relay_arm_uri=self.relay.hybrid_connections.get(self.group, self.namespace, name).id, hostname="sql01.corp.example",
            port=1433,
            send_key_name="defaultSender", **more))

    def bind(self, site, name, **more):
        return self.web.web_apps.create_or_update_hybrid_connection(self.group, site, self.namespace, name,
            self.envelope(name, **more))

    def limit(self):
        limit = self.web.app_service_plans.get_hybrid_connection_plan_limit(self.group, self.plan).properties
        return limit.current, limit.maximum


@pytest.fixture
def apps(azure, group, unique):
    return Apps(azure, group, unique, "B1", 7)


def test_plans_and_apps_live(azure, group, apps):
    plan = azure.web.app_service_plans.get(group, apps.plan)
    assert (plan.sku.name, plan.sku.tier, plan.sku.size, plan.sku.capacity) == ("B1", "Basic", "B1",
        1) and plan.properties.number_of_sites == 2
    assert apps.plan in [p.name for p in azure.web.app_service_plans.list_by_resource_group(group)]
    assert sorted(s.name for s in azure.web.app_service_plans.list_web_apps(group, apps.plan)) == sorted(apps.sites)
    site = azure.web.web_apps.get(group, apps.sites[0])
    assert site.properties.server_farm_id.lower() == apps.plan_id.lower()
    assert site.properties.default_host_name and site.properties.state == "Running"
    assert set(apps.sites) <= {s.name for s in azure.web.web_apps.list_by_resource_group(group)}
    slot = azure.web.web_apps.begin_create_or_update_slot(group, apps.sites[0], "staging",
        web_models.Site(location="westus")).result()
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
    assert (properties.service_bus_namespace, properties.relay_name, properties.hostname, properties.port) == (apps.namespace,
        name, "sql01.corp.example", 1433)
    assert properties.send_key_name == "defaultSender" and not properties.send_key_value
    assert properties.service_bus_suffix.startswith(".")
    assert [entry["name"] for entry in web.list_hybrid_connections(group, site)["value"]] == [name]
    # A PUT without a key keeps the one that is there.
    read = get()
    read.properties.hostname = "sql02.corp.example"
    assert web.create_or_update_hybrid_connection(group, site, apps.namespace, name,
        read).properties.hostname == "sql02.corp.example"
    plans = azure.web.app_service_plans
    keys = plans.list_hybrid_connection_keys(group, apps.plan, apps.namespace, name)
    assert (keys.properties.send_key_name, keys.properties.send_key_value) == ("defaultSender", apps.key(name))
    patched = web.update_hybrid_connection(group, site, apps.namespace, name,
        web_models.HybridConnection(properties=web_models.HybridConnectionProperties(port=1434)))
    assert (patched.properties.hostname, patched.properties.port) == ("sql02.corp.example", 1434)
    web.delete_hybrid_connection(group, site, apps.namespace, name)
    refusal(ResourceNotFoundError, get, "ResourceNotFound", 404)
    refusal(ResourceNotFoundError, lambda: web.delete_hybrid_connection(group, site, apps.namespace, name), "ResourceNotFound",
        404)


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
    ("F1", "Free", 0), ("D1", "Shared", 0), ("B3", "Basic", 5), ("S2", "Standard", 25), ("P1v2", "PremiumV2", 200),
    ("P0v3", "PremiumV3", 200), ("I1v2", "IsolatedV2", 200),
    ("Y1", "Dynamic", 0), ("EP1", "ElasticPremium", 200),
])
def test_every_tier_has_its_limit(azure, group, unique, sku, tier, maximum):
    name, plans = unique("tier"), azure.web.app_service_plans
    plan = plans.begin_create_or_update(group, name, web_models.AppServicePlan(location="westus",
        sku=web_models.SkuDescription(name=sku))).result()
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
    azure.relay.hybrid_connections.create_or_update(group, apps.namespace, "open",
        {"properties": {"requiresClientAuthorization": False, "userMetadata": ENDPOINT}})
    refusal(HttpResponseError, lambda: apps.bind(apps.sites[0], "open"), "BadRequest", 400)
    assert apps.limit() == (0, 5)
