"""Roles, role assignments and the directory with the Azure CLI as it is published."""

import json
import uuid

import pytest

GROUP = ["-g", "roles"]
PASSWORD = "an example, not a password"


@pytest.fixture(scope="module", autouse=True)
def estate(az):
    az("group create", "-n", "roles", "-l", "local")
    az("relay namespace create", *GROUP, "-n", "roles-relay", "-l", "local")
    yield
    az("group delete", "-n", "roles", "--yes")


@pytest.fixture(scope="module")
def scope(az):
    return az("group show", "-n", "roles")["id"]


def definition(scope, name="Relay Watcher", **more):
    return json.dumps({
        "Name": name, "Description": "Sees relays.", "Actions": ["Microsoft.Relay/*/read"], "NotActions": [],
        "DataActions": ["Microsoft.Relay/namespaces/hybridConnections/listen/action"], "NotDataActions": [],
        "AssignableScopes": [scope], **more})


def test_custom_roles(az, scope):
    made = az("role definition create", "--role-definition", definition(scope))
    assert made["roleName"] == "Relay Watcher" and made["roleType"] == "CustomRole"
    assert made["permissions"][0]["actions"] == ["Microsoft.Relay/*/read"]
    shown = az("role definition list", "--custom-role-only", "true", "--scope", scope)
    assert [role["roleName"] for role in shown] == ["Relay Watcher"]
    assert az("role definition list", "-n", "Relay Watcher", "--scope", scope)[0]["name"] == made["name"]
    assert az("role definition show", "--id", made["id"])["roleName"] == "Relay Watcher"
    changed = az("role definition update", "--role-definition", definition(scope, Actions=["Microsoft.Relay/namespaces/read"]))
    assert changed["permissions"][0]["actions"] == ["Microsoft.Relay/namespaces/read"] and changed["name"] == made["name"]
    assert "RoleDefinitionWithSameNameExists" in az.fails("role definition create", "--role-definition", definition(scope))[1]
    bad = definition(scope, "Bad", Actions=["Microsoft.Relay"])
    assert "InvalidActionOrNotAction" in az.fails("role definition create", "--role-definition", bad)[1]
    az("role definition delete", "-n", "Relay Watcher", "--scope", scope)
    assert az("role definition list", "--custom-role-only", "true", "--scope", scope) == []


def test_operations(az):
    names = [provider["name"] for provider in az("provider operation list")]
    assert "Microsoft.Relay" in names and "Microsoft.Authorization" in names
    shown = az("provider operation show", "-n", "Microsoft.Relay")
    types = {kind["name"]: kind for kind in shown["resourceTypes"]}
    data = [each["name"] for each in types["namespaces/hybridConnections"]["operations"] if each["isDataAction"]]
    assert "Microsoft.Relay/namespaces/hybridConnections/listen/action" in data


def test_users_and_groups(az, scope):
    name = f"ada-{uuid.uuid4().hex[:8]}@example.com"
    user = az("ad user create", "--display-name", "Ada", "--user-principal-name", name, "--password", PASSWORD)
    assert user["userPrincipalName"] == name and PASSWORD not in json.dumps(user)
    assert az("ad user show", "--id", name)["id"] == user["id"]
    assert [each["id"] for each in az("ad user list", "--upn", name)] == [user["id"]]
    az("ad user update", "--id", name, "--display-name", "Ada L.")
    assert [each["displayName"] for each in az("ad user list", "--display-name", "Ada")] == ["Ada L."]
    group = az("ad group create", "--display-name", "operators", "--mail-nickname", "operators")
    assert az("ad group create", "--display-name", "operators", "--mail-nickname", "operators")["id"] == group["id"]
    az("ad group member add", "--group", group["id"], "--member-id", user["id"])
    assert az("ad group member check", "--group", group["id"], "--member-id", user["id"])["value"] is True
    assert [each["id"] for each in az("ad group member list", "--group", group["id"])] == [user["id"]]
    assert [each["id"] for each in az("ad user get-member-groups", "--id", name)] == [group["id"]]

    az("role assignment create", "--assignee-object-id", group["id"], "--assignee-principal-type", "Group", "--role",
       "Azure Relay Listener", "--scope", scope)
    az("role assignment create", "--assignee", name, "--role", "Reader", "--scope", scope)
    listed = az("role assignment list", "--scope", scope)
    assert {(each["principalName"], each["principalType"], each["roleDefinitionName"]) for each in listed} == {
        ("operators", "Group", "Azure Relay Listener"), (name, "User", "Reader")}
    assert [each["principalName"] for each in az("role assignment list", "--assignee", name, "--scope", scope)] == [name]
    both = az("role assignment list", "--assignee", name, "--include-groups", "--scope", scope)
    assert {each["principalName"] for each in both} == {"operators", name}
    assert len(az("role assignment list", "--all", "--assignee", name)) == 1
    az("role assignment delete", "--assignee", name, "--role", "Reader", "--scope", scope)
    az("ad group member remove", "--group", group["id"], "--member-id", user["id"])
    az("ad group delete", "--group", group["id"])
    az("ad user delete", "--id", name)
    assert az("role assignment list", "--scope", scope) == []
    assert az.fails("ad user show", "--id", name)[0] != 0


def test_service_principals_and_assignments(az, scope):
    made = az("ad sp create-for-rbac", "-n", "pipeline", "--role", "Azure Relay Sender", "--scopes", scope)
    assert made["displayName"] == "pipeline" and made["password"]
    principal = az("ad sp show", "--id", made["appId"])
    assert principal["appId"] == made["appId"]
    assert made["appId"] in [each["appId"] for each in az("ad sp list", "--all")]
    assert [each["appId"] for each in az("ad sp list", "--display-name", "pipeline")] == [made["appId"]]
    one = az("role assignment list", "--scope", scope)[0]
    assert one["principalName"] == made["appId"] and one["roleDefinitionName"] == "Azure Relay Sender"
    inherited = az("role assignment list", "--scope", scope, "--include-inherited")
    assert {each["scope"] for each in inherited} == {scope, "/"}
    code, told = az.fails(
        "role assignment create", "--assignee-object-id", str(uuid.uuid4()), "--assignee-principal-type", "User", "--role", "Reader",
        "--scope", scope)
    assert code and "PrincipalNotFound" in told
    code, told = az.fails(
        "role assignment create", "--assignee", made["appId"], "--role", "Reader", "--scope", scope, "--condition", "@Resource[x] == y")
    assert code and "Conditions" in told
    again = az("role assignment create", "--assignee", made["appId"], "--role", "Azure Relay Sender", "--scope", scope)
    assert again["id"] == one["id"]
    reset = az("ad sp credential reset", "--id", made["appId"])
    assert reset["password"] != made["password"]
    az("role assignment delete", "--ids", one["id"])
    assert az("role assignment list", "--scope", scope) == []
    az("ad sp delete", "--id", made["appId"])
