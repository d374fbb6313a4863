"""What else belongs to an app or a slot, with the published Python client: sign-in, logs, backups, mounts, keys."""

import pytest
from azure.core.exceptions import HttpResponseError

from clients.principals import READER, Principal
from clients.rest import refused

SECRETS = ["authsettings", "azurestorageaccounts", "backup", "publishingcredentials", "appsettings",
    "connectionstrings", "metadata"]


class App:
    """The calls of an app, or of its slot, under the same names."""

    def __init__(self, azure, group, unique, slot):
        self.web, self.slot = azure.web.web_apps, slot
        plan = azure.web.app_service_plans.begin_create_or_update(group, unique("plan"),
            {"location": "westus", "sku": {"name": "S1"}}).result()
        self.place = (group, unique("settings"))
        site = {"location": "westus", "properties": {"serverFarmId": plan.id}}
        self.web.begin_create_or_update(*self.place, site).result()
        if slot:
            self.web.begin_create_or_update_slot(*self.place, slot, {"location": "westus"}).result()

    def __getattr__(self, name):
        call = getattr(self.web, name + "_slot" if self.slot else name)
        slot = [self.slot] if self.slot else []
        return lambda *arguments: call(*self.place, *slot, *arguments)


@pytest.fixture(scope="module", params=[None, "staging"], ids=["app", "slot"])
def app(request, azure, group, unique):
    return App(azure, group, unique, request.param)


def test_sign_in_of_visitors(app):
    before = app.get_auth_settings().properties
    assert before.enabled is False and not before.config_version
    app.update_auth_settings({"properties": {"enabled": True, "clientId": "5a4b", "clientSecret": "kept",
        "issuer": "https://sts.example/t", "facebookAppId": ""}})
    read = app.get_auth_settings().properties
    assert (read.enabled, read.client_id, read.client_secret, read.config_version) == (True, "5a4b", "kept", "v1")
    assert read.facebook_app_id is None, "an empty text is nothing"


def test_sign_in_of_visitors_in_its_second_version(app):
    assert app.get_auth_settings_v2().properties.platform.enabled is not True
    app.update_auth_settings_v2({"properties": {"platform": {"enabled": True, "runtimeVersion": "~1"},
        "globalValidation": {"requireAuthentication": True, "unauthenticatedClientAction": "Return401"}}})
    for read in (app.get_auth_settings_v2().properties, app.get_auth_settings_v2_without_secrets().properties):
        assert read.platform.enabled is True and read.global_validation.unauthenticated_client_action == "Return401"
    assert app.get_auth_settings().properties.config_version == "v2"


def test_logs(app):
    before = app.get_diagnostic_logs_configuration().properties
    assert before.application_logs.file_system.level == "Off" and before.http_logs.file_system.enabled is False
    assert before.http_logs.azure_blob_storage.enabled is False and before.detailed_error_messages.enabled is False
    files = {"enabled": True, "retentionInDays": 3}
    app.update_diagnostic_logs_config({"properties": {"httpLogs": {"fileSystem": files}}})
    read = app.get_diagnostic_logs_configuration().properties
    assert (read.http_logs.file_system.enabled, read.http_logs.file_system.retention_in_days) == (True, 3)
    assert read.application_logs.file_system.level == "Off" and read.failed_requests_tracing.enabled is False


def test_backups(app):
    with pytest.raises(HttpResponseError) as caught:
        app.get_backup_configuration()
    assert caught.value.status_code == 404
    schedule = {"frequencyInterval": 1, "frequencyUnit": "Day", "keepAtLeastOneBackup": True,
        "retentionPeriodInDays": 3}
    app.update_backup_configuration({"properties": {"storageAccountUrl": "https://files01.example/b?sig=x",
        "enabled": True, "backupName": "nightly", "backupSchedule": schedule}})
    read = app.get_backup_configuration().properties
    assert (read.backup_name, read.backup_schedule.retention_period_in_days) == ("nightly", 3)
    assert read.backup_schedule.start_time, "without a start there is no schedule"
    app.delete_backup_configuration()
    with pytest.raises(HttpResponseError):
        app.get_backup_configuration()


def test_mounts(app):
    assert app.list_azure_storage_accounts().properties == {}
    app.update_azure_storage_accounts({"properties": {"files": {"type": "AzureFiles", "accountName": "files01",
        "shareName": "share", "accessKey": "a2V5", "mountPath": "/mnt/files"}}})
    read = app.list_azure_storage_accounts().properties["files"]
    assert (read.account_name, read.mount_path, read.access_key) == ("files01", "/mnt/files", "a2V5")
    app.update_azure_storage_accounts({"properties": {}})
    assert app.list_azure_storage_accounts().properties == {}


def test_publishing_credentials(app):
    user = app.begin_list_publishing_credentials().result().properties
    assert user.publishing_user_name.startswith("$") and user.publishing_password
    assert user.scm_uri.startswith("https://")
    again = app.begin_list_publishing_credentials().result().properties
    assert again.publishing_password == user.publishing_password


def test_publishing_policies(app):
    assert {policy.name for policy in app.list_basic_publishing_credentials_policies()} == {"ftp", "scm"}
    assert app.get_ftp_allowed().properties.allow is True and app.get_scm_allowed().properties.allow is True
    assert app.update_ftp_allowed({"properties": {"allow": False}}).properties.allow is False
    assert app.get_ftp_allowed().properties.allow is False and app.get_scm_allowed().properties.allow is True
    app.update_scm_allowed({"properties": {"allow": False}})
    assert app.get_scm_allowed().properties.allow is False


def test_metadata(app):
    assert not app.list_metadata().properties
    app.update_metadata({"properties": {"CURRENT_STACK": "dotnet"}})
    assert app.list_metadata().properties == {"CURRENT_STACK": "dotnet"}


def test_settings_that_stay_with_a_slot(app):
    """They belong to the app, whose slots share them."""
    names = app.web.update_slot_configuration_names(*app.place, {"properties": {"appSettingNames": ["A"]}}).properties
    assert names.app_setting_names == ["A"] and names.connection_string_names == []
    assert app.web.list_slot_configuration_names(*app.place).properties.app_setting_names == ["A"]


def test_a_reader_gets_none_of_the_secrets(app, management, unique):
    reader = Principal(management, unique("settings-reader"))
    path = management.site(*app.place)
    reader.assign(READER, path)
    if app.slot:
        path += "/slots/" + app.slot
    assert reader.call("GET", path + "/config/logs").status_code == 200
    for name in SECRETS:
        refused(reader.call("POST", f"{path}/config/{name}/list"), (403,), ("AuthorizationFailed",))
    management.delete(reader.path)
