"""The Azure CLI as it is published, at what stands below apps, slots and plans."""

import json

import pytest

GROUP = ["-g", "works"]
APP = [*GROUP, "-n", "works-shop"]


@pytest.fixture(scope="module", autouse=True)
def app(az):
    az("group create", "-n", "works", "-l", "local")
    az("appservice plan create", *GROUP, "-n", "works-plan", "--sku", "S1", "-l", "local")
    az("webapp create", *APP, "-p", "works-plan", "--runtime", "NODE:22-lts")
    yield
    az("group delete", "-n", "works", "--yes")


def pairs(listed):
    return {each["name"]: each["value"] for each in listed}


def test_plans_say_what_runs_on_them(az):
    assert az("appservice plan show", *GROUP, "-n", "works-plan")["kind"] == "linux"
    assert az("appservice plan update", *GROUP, "-n", "works-plan", "--number-of-workers", "2")["sku"]["capacity"] == 2
    assert az("webapp show", *APP)["kind"] == "app,linux"
    assert "West US" in [each["name"] for each in az("appservice list-locations", "--sku", "S1")]


def test_an_app_is_started_stopped_and_changed(az):
    az("webapp stop", *APP, decode=False)
    assert az("webapp show", *APP)["state"] == "Stopped"
    assert az("webapp update", *APP, "--https-only", "true")["state"] == "Stopped"
    az("webapp start", *APP, decode=False)
    az("webapp restart", *APP, decode=False)
    shown = az("webapp show", *APP)
    assert (shown["state"], shown["httpsOnly"]) == ("Running", True)


def test_configuration(az):
    az("webapp config set", *APP, "--always-on", "true", "--http20-enabled", "true")
    shown = az("webapp config show", *APP)
    assert (shown["alwaysOn"], shown["http20Enabled"], shown["linuxFxVersion"]) == (True, True, "NODE|22-lts")
    (host,) = az("webapp config hostname list", *GROUP, "--webapp-name", "works-shop")
    assert host["name"] == az("webapp show", *APP)["defaultHostName"]


def test_settings_that_stay_with_their_slot(az):
    az("webapp config appsettings set", *APP, "--settings", "GREETING=hello", "--slot-settings", "PLACE=here")
    listed = az("webapp config appsettings list", *APP)
    assert {each["name"]: each["slotSetting"] for each in listed} == {"GREETING": False, "PLACE": True}
    az("webapp config connection-string set", *APP, "-t", "SQLServer", "--slot-settings", "orders=Server=db")
    (string,) = az("webapp config connection-string list", *APP)
    assert (string["name"], string["slotSetting"]) == ("orders", True)
    az("webapp config appsettings delete", *APP, "--setting-names", "PLACE")
    assert "PLACE" not in pairs(az("webapp config appsettings list", *APP))
    az("webapp config connection-string delete", *APP, "--setting-names", "orders")
    assert az("webapp config connection-string list", *APP) == []


def test_storage_that_is_mounted(az):
    az("webapp config storage-account add", *APP, "-i", "files", "--storage-type", "AzureFiles", "--account-name", "acct",
       "--share-name", "share", "--access-key", "a2V5", "--mount-path", "/mnt/files")
    (mounted,) = az("webapp config storage-account list", *APP)
    assert (mounted["name"], mounted["value"]["shareName"]) == ("files", "share")
    az("webapp config storage-account update", *APP, "-i", "files", "--mount-path", "/mnt/others")
    az("webapp config storage-account delete", *APP, "-i", "files")
    assert az("webapp config storage-account list", *APP) == []


def test_logs(az):
    assert az("webapp log show", *APP)["httpLogs"]["fileSystem"]["enabled"] is False
    az("webapp log config", *APP, "--web-server-logging", "filesystem", "--detailed-error-messages", "true")
    shown = az("webapp log show", *APP)
    assert (shown["httpLogs"]["fileSystem"]["enabled"], shown["detailedErrorMessages"]["enabled"]) == (True, True)


def test_who_visits(az):
    assert az("webapp auth show", *APP)
    az("webapp auth update", *APP, "--enabled", "true", "--action", "AllowAnonymous")
    assert az("webapp auth show", *APP)["enabled"] is True


def test_identity(az):
    made = az("webapp identity assign", *APP)
    assert made["principalId"] and made["tenantId"] == az.bootstrap["tenantId"]
    assert az("webapp identity show", *APP)["principalId"] == made["principalId"]
    az("webapp identity remove", *APP)
    assert not az("webapp identity show", *APP)


def test_slots(az):
    az("webapp deployment slot create", *APP, "--slot", "staging")
    az("webapp deployment slot create", *APP, "--slot", "copy", "--configuration-source", "works-shop")
    assert sorted(each["name"] for each in az("webapp deployment slot list", *APP)) == ["copy", "staging"]
    az("webapp config appsettings set", *APP, "--slot", "staging", "--settings", "GREETING=from the slot")
    assert pairs(az("webapp config appsettings list", *APP, "--slot", "staging"))["GREETING"] == "from the slot"
    for slot in ("staging", "copy"):
        az("webapp deployment slot delete", *APP, "--slot", slot)
    assert az("webapp deployment slot list", *APP) == []


def test_publishing(az):
    found = az("webapp deployment list-publishing-credentials", *APP)
    assert found["publishingUserName"] == "$works-shop"
    assert az("webapp deployment list-publishing-credentials", *APP) == found
    assert az("webapp deployment source show", *APP)["repoUrl"] is None


def test_function_apps(az):
    """Made by a call, because `az functionapp create` wants more than there is."""
    name = [*GROUP, "-n", "works-functions"]
    group = f"/subscriptions/{az.subscription}/resourceGroups/works/providers/Microsoft.Web"
    body = {"location": "local", "kind": "functionapp,linux", "properties": {"serverFarmId": f"{group}/serverfarms/works-plan"}}
    az("rest", "--method", "put", "--url", f"{group}/sites/works-functions?api-version=2023-12-01", "--body", json.dumps(body))
    assert az("functionapp show", *name)["state"] == "Running"
    assert "works-functions" in [each["name"] for each in az("functionapp list", *GROUP)]
    keys = az("functionapp keys list", *name)
    assert keys["masterKey"] and keys["functionKeys"]["default"] and az("functionapp keys list", *name) == keys
    assert az("functionapp function list", *name) == []
    # `az functionapp config appsettings set` asks for the runtimes of functions as well.
    az("webapp config appsettings set", *name, "--settings", "GREETING=hello")
    assert pairs(az("functionapp config appsettings list", *name))["GREETING"] == "hello"
    az("functionapp stop", *name, decode=False)
    assert az("functionapp show", *name)["state"] == "Stopped"
    az("functionapp start", *name, decode=False)
    assert az("functionapp identity assign", *name)["principalId"]
    az("functionapp deployment slot create", *name, "--slot", "staging")
    assert [each["name"] for each in az("functionapp deployment slot list", *name)] == ["staging"]
    az("functionapp delete", *name)


def test_function_apps_are_not_made_by_this_client(az):
    """It asks for the runtimes of functions, and then for a storage account; there is neither."""
    code, told = az.fails("functionapp create", *GROUP, "-n", "works-functions", "-p", "works-plan", "-s", "works",
                          "--runtime", "node", "--functions-version", "4")
    assert code == 3 and "functionAppStacks" in told
