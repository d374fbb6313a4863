"""azure-mgmt-web 7.3.1, which has one set of models for each api-version: plans, apps and bindings in all it speaks."""

import pytest

VERSIONS = ["2016-09-01", "2018-02-01", "2019-08-01", "2020-12-01", "2021-03-01", "2022-09-01", "2023-01-01",
    "2023-12-01"]
# Plans live elsewhere in versions before 2016-09-01, and apps only from 2016-08-01 on.
APPS = ["2016-08-01" if version == "2016-09-01" else version for version in VERSIONS]


def envelope(azure, group, namespace, name, **more):
    return {"properties": {"relayArmUri": azure.relay.hybrid_connections.get(group, namespace, name).id, "port": 1433,
        "hostname": "sql01.corp.example", "sendKeyName": "defaultSender", **more}}


@pytest.fixture(scope="module")
def connection(azure, group, namespace):
    relay = azure.relay.hybrid_connections
    relay.create_or_update(group, namespace, "orders", {"userMetadata": "[]"})
    relay.create_or_update_authorization_rule(group, namespace, "orders", "defaultSender", {"rights": ["Send"]})
    return "orders"


class Shop:
    def __init__(self, azure, group, unique, plans, apps):
        self.plans, self.apps = azure.web_at(plans).app_service_plans, azure.web_at(apps).web_apps
        self.takes_404 = plans < "2021"
        self.group, self.plan, self.site = group, unique("plan"), unique("site")
        made = self.plans.begin_create_or_update(group, self.plan, {"location": "westus",
            "sku": {"name": "S1"}}).result()
        self.plan_id = made.id
        self.apps.begin_create_or_update(group, self.site, {"location": "westus", "serverFarmId": made.id,
            "properties": {"serverFarmId": made.id}}).result()


    def expect_nothing(self, get, refusal):
        """The clients of versions before 2021 make None of a 404."""
        if self.takes_404:
            assert get() is None
        else:
            refusal(get, 404, "")


@pytest.fixture(params=list(zip(VERSIONS, APPS)), ids=VERSIONS)
def shop(request, azure, group, unique):
    return Shop(azure, group, unique, *request.param)


def test_plans_and_apps_live(shop, refusal):
    plan = shop.plans.get(shop.group, shop.plan)
    assert (plan.sku.name, plan.sku.tier, plan.number_of_sites) == ("S1", "Standard", 1)
    assert shop.plan in [p.name for p in shop.plans.list()]
    assert shop.plan in [p.name for p in shop.plans.list_by_resource_group(shop.group)]
    assert [s.name for s in shop.plans.list_web_apps(shop.group, shop.plan)] == [shop.site]
    site = shop.apps.get(shop.group, shop.site)
    assert site.server_farm_id.lower() == shop.plan_id.lower() and site.state == "Running" and site.default_host_name
    assert shop.site in [s.name for s in shop.apps.list()]
    assert shop.site in [s.name for s in shop.apps.list_by_resource_group(shop.group)]
    shop.apps.begin_create_or_update_slot(shop.group, shop.site, "staging", {"location": "westus"}).result()
    assert [s.name for s in shop.apps.list_slots(shop.group, shop.site)] == [f"{shop.site}/staging"]
    assert shop.apps.get_slot(shop.group, shop.site, "staging").name == f"{shop.site}/staging"
    shop.apps.delete_slot(shop.group, shop.site, "staging")
    refusal(lambda: shop.plans.delete(shop.group, shop.plan), 409, "")
    shop.apps.delete(shop.group, shop.site, delete_empty_server_farm=False)
    shop.expect_nothing(lambda: shop.apps.get(shop.group, shop.site), refusal)
    shop.plans.delete(shop.group, shop.plan)
    shop.expect_nothing(lambda: shop.plans.get(shop.group, shop.plan), refusal)


def test_a_binding_lives(azure, shop, namespace, connection, refusal):
    place, apps = (shop.group, shop.site, namespace, connection), shop.apps
    refusal(lambda: apps.get_hybrid_connection(*place), 404, "")
    made = apps.create_or_update_hybrid_connection(*place, envelope(azure, shop.group, namespace, connection))
    assert (made.name, made.hostname, made.port, made.service_bus_namespace) == (
        connection, "sql01.corp.example", 1433, namespace)
    read = apps.get_hybrid_connection(*place)
    assert read.relay_name == connection and not read.send_key_value and read.service_bus_suffix.startswith(".")
    changed = apps.update_hybrid_connection(*place, {"properties": {"port": 1434}})
    assert (changed.hostname, changed.port) == ("sql01.corp.example", 1434)
    assert connection in str(apps.list_hybrid_connections(shop.group, shop.site))
    at_plan = (shop.group, shop.plan, namespace, connection)
    key = azure.relay.hybrid_connections.list_keys(shop.group, namespace, connection, "defaultSender").primary_key
    keys = shop.plans.list_hybrid_connection_keys(*at_plan)
    assert (keys.send_key_name, keys.send_key_value) == ("defaultSender", key)
    assert shop.plans.get_hybrid_connection(*at_plan).port == 1434
    assert [c.name for c in shop.plans.list_hybrid_connections(shop.group, shop.plan)] == [connection]
    limit = shop.plans.get_hybrid_connection_plan_limit(shop.group, shop.plan)
    assert (limit.current, limit.maximum) == (1, 25)
    assert any(shop.site in item for item in shop.plans.list_web_apps_by_hybrid_connection(*at_plan))
    apps.delete_hybrid_connection(*place)
    refusal(lambda: apps.get_hybrid_connection(*place), 404, "")
    apps.create_or_update_hybrid_connection(*place, envelope(azure, shop.group, namespace, connection))
    shop.plans.delete_hybrid_connection(*at_plan)
    assert list(shop.plans.list_hybrid_connections(shop.group, shop.plan)) == []


def test_a_slot_is_bound(azure, shop, namespace, connection, refusal):
    apps = shop.apps
    apps.begin_create_or_update_slot(shop.group, shop.site, "staging", {"location": "westus"}).result()
    place = (shop.group, shop.site, namespace, connection, "staging")
    apps.create_or_update_hybrid_connection_slot(*place, envelope(azure, shop.group, namespace, connection))
    assert "/slots/staging/" in apps.get_hybrid_connection_slot(*place).id
    apps.update_hybrid_connection_slot(*place, {"properties": {"hostname": "sql02.corp.example"}})
    assert "sql02.corp.example" in str(apps.list_hybrid_connections_slot(shop.group, shop.site, "staging"))
    apps.delete_hybrid_connection_slot(*place)
    refusal(lambda: apps.get_hybrid_connection_slot(*place), 404, "")


def test_a_legacy_connection_lives(shop, refusal):
    apps, place = shop.apps, (shop.group, shop.site, "old-orders")
    made = apps.create_or_update_relay_service_connection(*place, {"properties": {"entityName": "old-orders",
        "entityConnectionString": "x", "hostname": "sql00.corp.example", "port": 1433}})
    assert (made.entity_name, made.hostname, made.port) == ("old-orders", "sql00.corp.example", 1433)
    assert apps.get_relay_service_connection(*place).port == 1433
    apps.update_relay_service_connection(*place, {"properties": {"port": 1434}})
    apps.list_relay_service_connections(shop.group, shop.site)
    apps.delete_relay_service_connection(*place)
    refusal(lambda: apps.get_relay_service_connection(*place), 404, "")


def test_settings_come_back(shop):
    apps, place = shop.apps, (shop.group, shop.site)
    apps.update_application_settings(*place, {"properties": {"GREETING": "hello"}})
    assert apps.list_application_settings(*place).properties == {"GREETING": "hello"}
    apps.update_connection_strings(*place, {"properties": {"orders": {"type": "SQLAzure", "value": "x"}}})
    assert apps.list_connection_strings(*place).properties["orders"].value == "x"
    apps.create_or_update_configuration(*place, {"properties": {"alwaysOn": True}})
    assert apps.get_configuration(*place).always_on is True
    assert apps.list_slot_configuration_names(*place).app_setting_names == []


def test_a_name_is_checked(azure, group, unique):
    shop = Shop(azure, group, unique, VERSIONS[-1], VERSIONS[-1])
    assert azure.web.check_name_availability(shop.site, "Microsoft.Web/sites").name_available is False
    assert azure.web.check_name_availability(shop.site + "-x", "Site").name_available is True


def test_runtimes_are_listed(azure):
    assert {stack.name for stack in azure.web.provider.get_web_app_stacks()}
