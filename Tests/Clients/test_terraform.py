"""Terraform's azurerm against the server: resources are created, read without a change, changed, imported, destroyed.

The provider itself is not run. `clients/terraform*.py` make its calls in its order, with its bodies,
    and read the answers as its
source does: with its types, its accepted statuses, its waiting, and its crashes.
"""

import copy
import json

import pytest

from clients.terraform import (BINDING, HYBRID_CONNECTION, NAMESPACE, PLAN, SITE, Azurerm, MustBeImported, NotFound,
    ProviderError)
from clients.terraform_apps import LinuxWebApp, WindowsWebApp
from clients.terraform_functions import LinuxFunctionApp
from clients.terraform_relay import (HybridConnectionRule, NamespaceRule, RelayHybridConnection, RelayNamespace,
    ResourceGroup)
from clients.terraform_web import FunctionAppBinding, ServicePlan, WebAppBinding

METADATA = json.dumps([{"key": "endpoint", "value": "sql01.corp.example:1433"}])


@pytest.fixture(scope="session")
def provider(settings):
    provider = Azurerm(settings)
    yield provider
    assert provider.retried == 0, "the server answered something that the provider tries again"


@pytest.fixture(scope="module")
def namespace(provider, group, unique):
    config = {"name": unique("tf-relay"), "location": "West US", "resource_group_name": group, "sku_name": "Standard"}
    resource, state = RelayNamespace(provider).apply(config)
    return state["name"]


def live(resource_type, config, *changes, before_destroy=None):
    """A life: apply, refused second apply, refresh, each change, import, destroy."""
    resource, first = resource_type.apply(config)
    with pytest.raises(MustBeImported):
        resource_type.create(resource_type.configured(config))
    assert resource_type.read(resource) == first, "two refreshes differ"
    for change in changes:
        after = {**copy.deepcopy(config), **change}
        after = {name: value for name, value in after.items() if value is not None}
        resource_type.change(resource, config, after)
        config = after
    state = resource_type.bring_in(resource, config)
    if before_destroy:
        before_destroy(resource, state)
    resource_type.delete(resource)
    assert resource_type.read(resource) is None, "destroyed, and still there"
    return first


# MARK: start


def test_the_provider_finds_its_cloud_and_signs_in(provider, settings):
    account = provider.account()
    assert account["tenant"] == settings.tenant_id and account["object"] and account["client"]
    assert provider.cloud.name and settings.endpoint in provider.cloud.audiences


def test_the_cloud_is_not_taken_for_azure_stack(provider):
    """Its `authentication` says `AAD` and `common`, as Azure's does; the tenant comes from the configuration."""
    provider.cloud.expect_no_azure_stack()


def test_the_provider_can_make_an_authorizer_for_everything_it_wants_at_its_start(provider):
    """Storage and Key Vault are among it, though nothing of theirs is used."""
    assert set(provider.cloud.scopes()) == {"ResourceManager", "AzureStorage", "AzureKeyVault", "MicrosoftGraph"}
    assert "/" not in provider.cloud.storage_suffix


def test_resource_providers_need_no_registration(provider):
    wanted = {"Microsoft.Authorization", "Microsoft.Insights", "Microsoft.Relay", "Microsoft.Resources",
        "Microsoft.Storage",
        "Microsoft.Web"}
    states = provider.register(wanted)
    assert {states[name] for name in wanted & states.keys()} == {"Registered"}
    assert {"Microsoft.Relay", "Microsoft.Web"} <= states.keys()


def test_locations_may_be_asked_for(provider):
    """With enhanced validation it asks with two slashes, and goes on whatever comes, as long as it is JSON."""
    answer = provider.session.get(provider.cloud.resource_manager + "//metadata/endpoints?api-version=2018-01-01",
        timeout=30)
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("text", ["", "/", "subscriptions/a/resourceGroups/b/providers/Microsoft.Relay/namespaces/c",
    "/subscriptions/a/resourcegroups/b/providers/Microsoft.Relay/namespaces/c",
    "/subscriptions/a/resourceGroups/b/providers/Microsoft.Relay/Namespaces/c",
    "/subscriptions/a/resourceGroups/b/providers/Microsoft.Relay/namespaces/c/hybridConnections/d"])
def test_an_id_is_read_strictly(text):
    with pytest.raises(ProviderError):
        NAMESPACE.parse(text)


# MARK: groups and relays


def test_a_resource_group_lives(provider, unique):
    config = {"name": unique("Tf-Group"), "location": "West US", "tags": {"a": "b"}}
    live(ResourceGroup(provider), config, {"tags": {"c": "d"}}, {"tags": {}})


def test_a_resource_group_with_something_in_it_stays(provider, unique):
    groups, name = ResourceGroup(provider), unique("tf-full")
    path, _ = groups.apply({"name": name, "location": "westus"})
    plans = ServicePlan(provider)
    plan, _ = plans.apply({"name": "p", "resource_group_name": name, "location": "westus", "sku_name": "B1",
        "os_type": "Linux"})
    with pytest.raises(ProviderError, match="still contains Resources"):
        groups.delete(path)
    plans.delete(plan)
    groups.delete(path)
    assert groups.read(path) is None


def test_a_namespace_lives(provider, group, unique):
    config = {"name": unique("Tf-Relay"), "location": "West US", "resource_group_name": group, "sku_name": "Standard",
        "tags": {"a": "b & <c>"}}
    state = live(RelayNamespace(provider), config, {"tags": {}})
    assert state["metric_id"] and state["primary_connection_string"].startswith("Endpoint=sb://")
    assert state["primary_key"] != state["secondary_key"]


def test_an_update_of_a_namespace_keeps_keys_and_connections(provider, group, unique):
    namespaces, connections = RelayNamespace(provider), RelayHybridConnection(provider)
    config = {"name": unique("tf-keep"), "location": "westus", "resource_group_name": group, "sku_name": "Standard"}
    path, before = namespaces.apply(config)
    inside = {"name": "orders", "resource_group_name": group, "relay_namespace_name": config["name"]}
    connection, _ = connections.apply(inside)
    after = namespaces.change(path, config, {**config, "tags": {"a": "b"}})
    assert {name: value for name, value in after.items() if name != "tags"} == {
        name: value for name, value in before.items() if name != "tags"}
    connections.expect_no_changes(inside, connections.read(connection))
    namespaces.delete(path)
    assert connections.read(connection) is None, "gone with its namespace, and to be created anew"


@pytest.mark.parametrize("metadata", ["", METADATA])
def test_a_hybrid_connection_lives(provider, group, namespace, unique, metadata):
    config = {"name": unique("orders"), "resource_group_name": group, "relay_namespace_name": namespace}
    config.update({"user_metadata": metadata} if metadata else {})
    live(RelayHybridConnection(provider), config, {"user_metadata": METADATA.replace("1433", "1434")})


def test_a_hybrid_connection_that_changes_its_authorization_is_made_anew(provider, group, namespace, unique):
    connections = RelayHybridConnection(provider)
    config = {"name": unique("open"), "resource_group_name": group, "relay_namespace_name": namespace}
    path, state = connections.apply({**config, "requires_client_authorization": False})
    assert set(connections.changes(config, state)) == {"requires_client_authorization"} <= connections.FORCES_NEW
    connections.delete(path)
    connections.apply(config)


@pytest.mark.parametrize("at", ["namespace", "hybrid connection"])
def test_a_rule_lives(provider, group, namespace, unique, at):
    config = {"name": unique("clients"), "namespace_name": namespace, "resource_group_name": group, "listen": True}
    rules, keys = NamespaceRule(provider), []
    if at == "hybrid connection":
        rules, config["hybrid_connection_name"] = HybridConnectionRule(provider), unique("ruled")
        RelayHybridConnection(provider).apply({"name": config["hybrid_connection_name"], "resource_group_name": group,
            "relay_namespace_name": namespace})
    before = live(rules, config, {"send": True}, {"listen": True, "send": True, "manage": True}, {"listen": None,
        "manage": None},
        before_destroy=lambda _, state: keys.append(state))
    assert [state["primary_key"] for state in keys] == [before["primary_key"]], \
        "the key must live through changes of rights"
    assert ("EntityPath=" in before["primary_connection_string"]) == (at == "hybrid connection")


# MARK: plans


def test_a_plan_lives(provider, group, unique):
    config = {"name": unique("plan"), "resource_group_name": group, "location": "West US", "sku_name": "B1",
        "os_type": "Linux",
        "worker_count": 2}
    state = live(ServicePlan(provider), config, {"sku_name": "S1", "per_site_scaling_enabled": True},
        {"worker_count": 3},
        {"tags": {"a": "b"}}, {"sku_name": "P1v3", "zone_balancing_enabled": True, "tags": {}})
    assert state["reserved"] is True


@pytest.mark.parametrize("sku, system, kind", [
    ("B1", "Linux", "linux"), ("B1", "Windows", "app"), ("Y1", "Linux", "functionapp"), ("EP1", "Linux", "elastic"),
    ("P1v3", "Windows", "app"), ("P1v3", "Linux", "linux"), ("P1v3", "WindowsContainer", None), ("F1", "Windows",
    "app"),
])
def test_the_kind_of_a_plan_tells_what_may_run_on_it(provider, group, unique, sku, system, kind):
    plans = ServicePlan(provider)
    config = {"name": unique("plan"), "resource_group_name": group, "location": "westus", "sku_name": sku,
        "os_type": system}
    path, state = plans.apply(config)
    assert state["kind"] == kind or (kind is None and "linux" not in state["kind"])
    plans.bring_in(path, config)
    plans.delete(path)


def test_a_premium_plan_scales_by_itself(provider, group, unique):
    config = {"name": unique("plan"), "resource_group_name": group, "location": "westus", "sku_name": "P1v3",
        "os_type": "Linux",
        "premium_plan_auto_scale_enabled": True, "maximum_elastic_worker_count": 5}
    live(ServicePlan(provider), config, {"maximum_elastic_worker_count": 7}, {"premium_plan_auto_scale_enabled": False})


# MARK: apps


SITE_SETTINGS = {
    "always_on": False, "api_definition_url": "https://shop.example/openapi.json", "app_command_line": "run --fast",
    "container_registry_use_managed_identity": True, "default_documents": ["index.html", "start.html"],
    "ftps_state": "FtpsOnly", "health_check_path": "/health", "health_check_eviction_time_in_min": 5,
    "http2_enabled": True,
    "ip_restriction": [{"name": "office", "ip_address": "203.0.113.0/24", "priority": 100, "action": "Allow"},
        {"name": "door", "service_tag": "AzureFrontDoor.Backend", "priority": 200, "action": "Deny"}],
    "ip_restriction_default_action": "Deny", "load_balancing_mode": "WeightedRoundRobin", "local_mysql_enabled": True,
    "managed_pipeline_mode": "Classic", "minimum_tls_version": "1.3", "remote_debugging_enabled": True,
    "remote_debugging_version": "VS2022", "scm_ip_restriction_default_action": "Deny", "scm_minimum_tls_version": "1.3",
    "scm_use_main_ip_restriction": True, "use_32_bit_worker": False, "vnet_route_all_enabled": True,
    "websockets_enabled": True,
    "worker_count": 2, "cors": [{"allowed_origins": ["https://shop.example"], "support_credentials": True}],
}
AUTO_HEAL = [{"requests": {"count": 10, "interval": "00:05:00"},
    "action": {"action_type": "Recycle", "minimum_process_execution_time": "00:01:00"}}]
WHOLE = {
    "app_settings": {"GREETING": "hello", "EMPTY": "", "Odd.Name:1": "a=b;c"}, "https_only": True,
    "client_affinity_enabled": True, "client_certificate_enabled": True, "client_certificate_mode": "Optional",
    "client_certificate_exclusion_paths": "/a;/b", "identity": "SystemAssigned", "public_network_access_enabled": False,
    "connection_string": {"orders": {"type": "SQLAzure", "value": "Server=sql01.corp.example,1433"}},
    "sticky_settings": [{"app_setting_names": ["GREETING"]}], "tags": {"a": "b"},
    "storage_account": {"files": {"type": "AzureFiles", "accountName": "files01", "shareName": "share",
    "accessKey": "a2V5",
        "mountPath": "/mnt/files"}},
    "backup": [{"name": "nightly", "enabled": True, "storage_account_url": "https://files01.example/backups?sig=x",
        "schedule": {"frequency_interval": 1, "frequency_unit": "Day", "retention_period_days": 30,
            "start_time": "2026-11-28T01:00:00Z"}}],
    "logs": [{"detailed_error_messages": True, "failed_request_tracing": True, "file_system_level": "Warning",
        "http_file_system": (3, 35)}],
    "webdeploy_publish_basic_authentication_enabled": False, "ftp_publish_basic_authentication_enabled": False,
    "virtual_network_backup_restore_enabled": True, "vnet_image_pull_enabled": True,
}
AUTH = [{"enabled": True, "issuer": "https://sts.example/tenant", "default_provider": "AzureActiveDirectory",
    "runtime_version": "~1", "unauthenticated_client_action": "RedirectToLoginPage",
    "active_directory": {"client_id": "5a4b-client", "client_secret": "secret"}}]
AUTH_V2 = [{"auth_enabled": True, "require_authentication": True, "unauthenticated_action": "Return401",
    "login": {"token_store_enabled": True}, "active_directory_v2": {"client_id": "5a4b-client",
    "client_secret_setting_name": "SIGN_IN_SECRET", "tenant_auth_endpoint": "https://login.example/tenant/v2.0"}}]


class Farm:
    """The plan that apps of one system run on."""

    def __init__(self, provider, group, unique, system, sku="S1"):
        self.group, self.unique = group, unique
        config = {"name": unique("plan"), "resource_group_name": group, "location": "westus", "sku_name": sku,
            "os_type": system}
        self.plan, _ = ServicePlan(provider).apply(config)

    def config(self, **more):
        return {"name": self.unique("tf-app"), "resource_group_name": self.group, "location": "West US",
            "service_plan_id": self.plan, "site_config": {}, **more}


@pytest.fixture(scope="module")
def linux(provider, group, unique):
    return Farm(provider, group, unique, "Linux")


@pytest.fixture(scope="module")
def windows(provider, group, unique):
    return Farm(provider, group, unique, "Windows")


@pytest.fixture(params=["linux", "windows"])
def apps(request, provider):
    """The type of the apps, and their plan."""
    kind = {"linux": LinuxWebApp, "windows": WindowsWebApp}[request.param]
    return kind(provider), request.getfixturevalue(request.param)


def test_a_small_web_app_lives(apps):
    kind, farm = apps
    state = live(kind, farm.config(), {"tags": {"a": "b"}}, {"https_only": True}, {"tags": None},
        {"app_settings": {"GREETING": "hello"}}, {"site_config": {"always_on": False}}, {"enabled": False})
    assert state["default_hostname"] and state["site_credential"]["name"] and state["site_credential"]["password"]
    assert (state["auth_settings"], state["auth_settings_v2"], state["backup"], state["logs"]) == ([], [], [], [])
    assert (state["sticky_settings"], state["storage_account"], state["connection_string"]) == ([], {}, {})


def test_a_web_app_with_everything_lives(apps):
    kind, farm = apps
    config = farm.config(**copy.deepcopy(WHOLE), site_config={**SITE_SETTINGS, "auto_heal_setting": AUTO_HEAL})
    live(kind, config, {"app_settings": {"GREETING": "good morning"}, "site_config": {"http2_enabled": True}},
        {"connection_string": None}, {"sticky_settings": [{"connection_string_names": ["orders"]}]},
        {"sticky_settings": None},
        {"backup": None}, {"logs": [{"detailed_error_messages": False, "failed_request_tracing": True,
        "http_file_system": (7, 50)}]},
        {"logs": None}, {"storage_account": None},
        {"webdeploy_publish_basic_authentication_enabled": None, "ftp_publish_basic_authentication_enabled": None},
        {"public_network_access_enabled": True, "identity": None, "client_certificate_mode": "Required"})


def test_a_web_app_asks_its_visitors_who_they_are(apps):
    kind, farm = apps
    live(kind, farm.config(auth_settings=AUTH), {"auth_settings": [{**AUTH[0], "issuer": "https://sts.example/other"}]},
        {"auth_settings": None})


def test_a_web_app_asks_its_visitors_by_the_second_version(apps):
    kind, farm = apps
    live(kind, farm.config(auth_settings_v2=AUTH_V2), {"auth_settings_v2": [{**AUTH_V2[0],
        "require_authentication": False}]},
        {"auth_settings_v2": None})


def test_a_web_app_leaves_its_network(apps):
    kind, farm = apps
    subnet = f"{farm.plan.split('/providers/')[0]}/providers/Microsoft.Network/virtualNetworks/plant/subnets/apps"
    live(kind, farm.config(virtual_network_subnet_id=subnet), {"virtual_network_subnet_id": None})


@pytest.mark.parametrize("stack, other", [
    ({"node_version": "20-lts"}, {"node_version": "22-lts"}), ({"python_version": "3.12"}, {"dotnet_version": "8.0"}),
    ({"docker_image_name": "shop/web:1.0", "docker_registry_url": "https://registry.example",
    "docker_registry_username": "u",
        "docker_registry_password": "p"}, {"go_version": "1.19"}),
])
def test_what_a_linux_app_runs_comes_back(provider, linux, stack, other):
    live(LinuxWebApp(provider), linux.config(site_config={"application_stack": stack}),
        {"site_config": {"application_stack": other}})


@pytest.mark.parametrize("stack", [
    {"current_stack": "dotnet", "dotnet_version": "v8.0"}, {"current_stack": "node", "node_version": "~20"},
    {"current_stack": "java", "java_version": "17", "tomcat_version": "10.1"},
])
def test_what_a_windows_app_runs_comes_back(provider, windows, stack):
    live(WindowsWebApp(provider), windows.config(site_config={"application_stack": stack}))


def test_a_windows_app_with_applications_and_handlers_of_its_own(provider, windows):
    own = {"virtual_application": [{"virtual_path": "/", "physical_path": "site\\wwwroot", "preload": True},
        {"virtual_path": "/shop", "physical_path": "site\\shop", "preload": False}],
        "handler_mapping": [{"extension": "*.php", "script_processor_path": "D:\\php\\php-cgi.exe"}]}
    live(WindowsWebApp(provider), windows.config(site_config=own),
        {"site_config": {"handler_mapping": own["handler_mapping"]}})


def test_an_app_moves_to_another_plan(provider, linux, group, unique):
    other = Farm(provider, group, unique, "Linux", "P1v3")
    live(LinuxWebApp(provider), linux.config(), {"service_plan_id": other.plan})


def test_an_app_with_a_taken_name_is_refused(provider, linux, unique):
    apps, config = LinuxWebApp(provider), linux.config()
    apps.apply(config)
    elsewhere = unique("tf-elsewhere")
    ResourceGroup(provider).apply({"name": elsewhere, "location": "westus"})
    with pytest.raises(ProviderError, match="failed the availability check"):
        apps.create(apps.configured({**config, "resource_group_name": elsewhere}))


@pytest.mark.parametrize("kind, wrong", [(LinuxWebApp, "windows"), (WindowsWebApp, "linux")])
def test_an_app_of_the_other_system_is_not_imported(provider, request, kind, wrong):
    right, farm = {"windows": WindowsWebApp, "linux": LinuxWebApp}[wrong](provider), request.getfixturevalue(wrong)
    path, _ = right.apply(farm.config())
    with pytest.raises(ProviderError, match="specified Service Plan is not one for"):
        kind(provider).check_import(path)


def test_an_app_made_by_others_can_be_imported(provider, management, windows, unique):
    """With a body as short as other clients write it: the provider reads through every sub-resource."""
    path = SITE.make(subscription=provider.subscription, group=windows.group, site=unique("tf-foreign"))
    management.put(path, {"location": "westus", "properties": {"serverFarmId": windows.plan}})
    apps = WindowsWebApp(provider)
    apps.check_import(path)
    assert apps.read(path)["app_settings"] == {}


def test_what_the_provider_crashes_on_is_never_answered(provider, management, linux, unique):
    """The pointers that it reads through without looking."""
    path, _ = LinuxWebApp(provider).apply(linux.config())
    post = lambda name: management.ask("POST", f"{path}/config/{name}/list",
        version="2023-12-01")["properties"]  # noqa: E731
    assert isinstance(post("authsettings"), dict) and post("azurestorageaccounts") == {}
    for names in ({"appSettingNames": ["A"]}, {"connectionStringNames": ["B"]}, {"appSettingNames": None}):
        found = management.put(path + "/config/slotConfigNames", {"properties": names},
            version="2023-12-01")["properties"]
        assert found["appSettingNames"] is not None and found["connectionStringNames"] is not None
    schedule = {"frequencyInterval": 1, "frequencyUnit": "Day", "keepAtLeastOneBackup": True,
        "retentionPeriodInDays": 3}
    management.put(path + "/config/backup", {"properties": {"storageAccountUrl": "https://files01.example/b",
        "enabled": True,
        "backupSchedule": schedule}}, version="2023-12-01")
    assert post("backup")["backupSchedule"]["startTime"]
    assert management.get(path, version="2023-12-01")["properties"].get("hostingEnvironmentProfile") is None


def test_an_app_that_is_made_anew_has_nothing_of_the_one_before(apps):
    kind, farm = apps
    config = farm.config(**{name: WHOLE[name] for name in ("backup", "logs", "storage_account", "sticky_settings",
        "connection_string", "app_settings", "ftp_publish_basic_authentication_enabled")}, auth_settings=AUTH)
    path, _ = kind.apply(config)
    kind.delete(path)
    kind.apply({name: config[name] for name in ("name", "resource_group_name", "location", "service_plan_id", "site_config")})


def test_credentials_stay_and_are_an_apps_own(provider, linux):
    apps = LinuxWebApp(provider)
    first, second = apps.apply(linux.config()), apps.apply(linux.config())
    assert apps.read(first[0])["site_credential"] == first[1]["site_credential"] != second[1]["site_credential"]


# MARK: function apps


def function_config(farm, **more):
    return farm.config(storage_account_name="functions01", storage_account_access_key="a2V5Kw==", **more)


def test_a_function_app_lives(provider, linux):
    config = function_config(linux, app_settings={"GREETING": "hello"}, site_config={"always_on": True,
        "application_stack": {"python_version": "3.12"}, "app_service_logs": [{"disk_quota_mb": 50,
        "retention_period_days": 3}]})
    state = live(LinuxFunctionApp(provider), config, {"https_only": True},
        {"app_settings": {"GREETING": "good morning"}},
        {"site_config": {"always_on": True, "application_stack": {"node_version": "20"}, "http2_enabled": True}},
        {"connection_string": {"orders": {"type": "Custom", "value": "x"}}}, {"builtin_logging_enabled": False},
        {"ftp_publish_basic_authentication_enabled": False})
    assert "functionapp" in state["kind"] and "linux" in state["kind"]


def test_a_small_function_app_lives_on_consumption(provider, group, unique):
    farm = Farm(provider, group, unique, "Linux", "Y1")
    live(LinuxFunctionApp(provider), function_config(farm), {"tags": {"a": "b"}})


# MARK: bindings


@pytest.fixture(params=[WebAppBinding, FunctionAppBinding])
def bound(request, provider, management, linux, group, namespace, unique):
    """The type of a binding, and its configuration; the app is not Terraform's."""
    kind, app = request.param(provider), SITE.make(subscription=provider.subscription, group=group,
        site=unique("tf-bound"))
    management.put(app, {"location": "westus", "properties": {"serverFarmId": linux.plan}})
    connection, _ = RelayHybridConnection(provider).apply({"name": unique("bound"), "resource_group_name": group,
        "relay_namespace_name": namespace, "user_metadata": METADATA})
    return kind, {kind.APP: app, "relay_id": connection, "hostname": "sql01.corp.example", "port": 1433}


def test_a_binding_lives(bound, namespace):
    kind, config = bound
    state = live(kind, config, {"hostname": "sql02.corp.example"}, {"port": 1434, "hostname": "sql03.corp.example"})
    assert (state["namespace_name"], state["service_bus_namespace"]) == (namespace, namespace)
    assert state["service_bus_suffix"].startswith(".") and state["relay_name"] == config["relay_id"].split("/")[-1]


def test_a_binding_takes_the_key_of_its_hybrid_connection(bound, provider, management, group, namespace):
    """The rule is looked for at the namespace first; an update, which has no key to send, keeps the key."""
    kind, config = bound
    rules = HybridConnectionRule(provider)
    _, rule = rules.apply({"name": "defaultSender", "namespace_name": namespace, "resource_group_name": group,
        "hybrid_connection_name": config["relay_id"].split("/")[-1], "send": True})
    config = {**config, "send_key_name": "defaultSender"}
    path, state = kind.apply(config)
    assert state["send_key_value"] == "", "a GET must not show the key"
    kind.change(path, config, {**config, "port": 1434})
    names = BINDING.parse(path)
    plan = management.get(SITE.make(**names), version="2023-12-01")["properties"]["serverFarmId"]
    path_at_plan = f"{plan}/hybridConnectionNamespaces/{namespace}/relays/{names['connection']}"
    keys = management.ask("POST", path_at_plan + "/listKeys")["properties"]
    assert (keys["sendKeyName"], keys["sendKeyValue"]) == ("defaultSender", rule["primary_key"])
    kind.delete(path)


def test_another_rule_for_a_binding_needs_a_new_one(bound, provider, group, namespace):
    """The provider sends the new key under the old name; that is taken, and the next plan still shows the change."""
    kind, config = bound
    HybridConnectionRule(provider).apply({"name": "defaultSender", "namespace_name": namespace,
        "resource_group_name": group,
        "hybrid_connection_name": config["relay_id"].split("/")[-1], "send": True})
    path, _ = kind.apply(config)
    after = kind.configured({**config, "send_key_name": "defaultSender"})
    kind.update(path, after, {"send_key_name"})
    assert set(kind.changes(after, kind.read(path))) == {"send_key_name"}
    kind.delete(path)
    kind.apply(after)


def test_a_binding_to_a_rule_that_is_not_there_is_refused(bound):
    kind, config = bound
    with pytest.raises(NotFound):
        kind.create(kind.configured({**config, "send_key_name": "nobody"}))


def test_destroying_a_binding_that_is_gone_is_no_error(bound):
    kind, config = bound
    path, _ = kind.apply(config)
    kind.delete(path)
    kind.delete(path)
    assert kind.read(path) is None


# MARK: a whole configuration


def test_a_whole_configuration_is_applied_and_destroyed(provider, unique):
    """In the order of a graph: what needs something comes after it, and goes before it."""
    group, made = unique("tf-factory"), []

    def apply(kind, **config):
        resource, state = kind(provider).apply(config)
        made.append((kind(provider), resource, config))
        return resource, state

    apply(ResourceGroup, name=group, location="westus")
    place = {"resource_group_name": group}
    _, relay = apply(RelayNamespace, name=unique("tf-factory-relay"), location="westus", sku_name="Standard", **place)
    connection, _ = apply(RelayHybridConnection, name="orders-db", relay_namespace_name=relay["name"],
        user_metadata=METADATA, **place)
    for name, right in (("defaultSender", "send"), ("defaultListener", "listen")):
        apply(HybridConnectionRule, name=name, namespace_name=relay["name"], hybrid_connection_name="orders-db",
            **place,
            **{right: True})
    apply(NamespaceRule, name="operators", namespace_name=relay["name"], listen=True, send=True, manage=True, **place)
    plan, _ = apply(ServicePlan, name=unique("tf-plan"), location="westus", sku_name="B1", os_type="Linux", **place)
    app, _ = apply(LinuxWebApp, name=unique("tf-shop"), location="westus", service_plan_id=plan,
        site_config={"application_stack": {"node_version": "22-lts"}}, **place)
    apply(WebAppBinding, web_app_id=app, relay_id=connection, hostname="sql01.corp.example", port=1433,
        send_key_name="defaultSender")
    assert PLAN.parse(plan) and HYBRID_CONNECTION.parse(connection)
    for kind, resource, config in made:
        kind.expect_no_changes(config, kind.read(resource))
    for kind, resource, _ in reversed(made):
        kind.delete(resource)
    for kind, resource, _ in made:
        assert kind.read(resource) is None
