"""Custom roles, permissions, groups and tenants: with the published Python client where it has them, else over REST."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.relay import RelayAPIMgmtClient

from clients.principals import READER, Principal
from clients.rest import error_of
from clients.sdk import credential_for, refusal

READ = "Microsoft.Relay/namespaces/read"


@pytest.fixture
def principal(management, unique):
    principal = Principal(management, unique("roles"))
    yield principal
    management.delete(principal.path)


def role_body(name, scope, *actions):
    return {"properties": {
        "roleName": name, "description": "For a test.", "type": "CustomRole",
        "permissions": [{"actions": list(actions)}], "assignableScopes": [scope],
    }}


def assignment_body(role_id, principal_id, kind="ServicePrincipal"):
    return {"properties": {"roleDefinitionId": role_id, "principalId": principal_id, "principalType": kind}}


def test_a_custom_role_allows_what_it_says_where_it_says(azure, management, settings, group, principal, unique):
    scope, roles = management.group(group), azure.authorization.role_definitions
    role_id, name, namespace = str(uuid.uuid4()), unique("role"), unique("roles")
    azure.relay.namespaces.begin_create_or_update(group, namespace, {"location": "westus"}).result()
    role = roles.create_or_update(scope, role_id, role_body(name, scope, READ))
    assert (role.role_name, role.role_type, role.assignable_scopes) == (name, "CustomRole", [scope])
    assert [r.name for r in roles.list(scope, filter=f"roleName eq '{name}'")] == [role_id]
    assert name not in [r.role_name for r in roles.list(management.subscription, filter="type eq 'CustomRole'")]
    assert roles.get_by_id(role.id).name == role_id
    again = lambda: roles.create_or_update(scope, str(uuid.uuid4()), role_body(name, scope, READ))  # noqa: E731
    refusal(ResourceExistsError, again, "RoleDefinitionWithSameNameExists", 409)
    above = lambda: azure.authorization.role_assignments.create(  # noqa: E731
        management.subscription, str(uuid.uuid4()), assignment_body(role.id, principal.object_id))
    refusal(HttpResponseError, above, "RoleDefinitionDoesNotExist", 400)
    assignment = azure.authorization.role_assignments.create(
        scope, str(uuid.uuid4()), assignment_body(role.id, principal.object_id))

    credential = credential_for(settings, client_id=principal.name, client_secret=principal.secret)
    relay = RelayAPIMgmtClient(credential, settings.subscription_id, **azure.options)
    assert relay.namespaces.get(group, namespace).name == namespace
    refusal(HttpResponseError, lambda: relay.namespaces.begin_delete(group, namespace).result(), "AuthorizationFailed", 403)
    own = AuthorizationManagementClient(credential, settings.subscription_id, api_version="2022-04-01", **azure.options)
    assert [p.actions for p in own.permissions.list_for_resource_group(group)] == [[READ]]
    refusal(ResourceExistsError, lambda: roles.delete(scope, role_id), "RoleDefinitionHasAssignments", 409)
    roles.create_or_update(scope, role_id, role_body(name, scope, "Microsoft.Web/*/read"))
    refusal(HttpResponseError, lambda: relay.namespaces.get(group, namespace), "AuthorizationFailed", 403)
    azure.authorization.role_assignments.delete_by_id(assignment.id)
    assert roles.delete(scope, role_id).name == role_id
    azure.relay.namespaces.begin_delete(group, namespace).result()


def test_a_group_has_a_role_for_its_members(azure, management, group, principal, unique):
    scope, name = management.group(group), unique("group")
    path = f"/providers/Causeway.Relay/groups/{name}"
    made = management.put(path, {})["properties"]
    assert principal.call("GET", scope).status_code == 403
    azure.authorization.role_assignments.create(
        scope, str(uuid.uuid4()),
        assignment_body(f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{READER}", made["objectId"], "Group"))
    management.put(f"{path}/members/{principal.object_id}", {})
    assert principal.call("GET", scope).status_code == 200
    assigned = azure.authorization.role_assignments.list_for_scope(scope, filter=f"assignedTo('{principal.object_id}')")
    assert [a.principal_id for a in assigned] == [made["objectId"]]
    check = {"Subject": {"Attributes": {"ObjectId": principal.object_id}}, "Actions": [{"Id": READ}, {"Id": "a/write"}]}
    decisions = management.call("POST", f"{scope}/providers/Microsoft.Authorization/checkAccess", check).json()
    assert [d["accessDecision"] for d in decisions] == ["Allowed", "NotAllowed"]
    assert decisions[0]["roleAssignment"]["principalId"] == made["objectId"]
    assert principal.call("POST", f"{scope}/providers/Microsoft.Authorization/checkAccess", check).status_code == 200
    management.delete(path)
    assert principal.call("GET", scope).status_code == 403
    other = {**check, "Subject": {"Attributes": {"ObjectId": str(uuid.uuid4())}}}
    refused = principal.call("POST", f"{scope}/providers/Microsoft.Authorization/checkAccess", other)
    assert refused.status_code == 403 and error_of(refused)[0] == "AuthorizationFailed"


def test_passwords_are_in_no_answer(management, unique):
    name, password = f"{unique('ada')}@example.com", f"{uuid.uuid4()}"
    path = f"/providers/Causeway.Relay/users/{name}"
    made = management.call("PUT", path, {"properties": {"password": password}})
    assert made.status_code == 201 and password not in made.text and "password" not in made.text.lower()
    for body, target in ((None, "properties.password"), ({"properties": {"password": "short"}}, "properties.password")):
        refused = management.call("PUT", f"/providers/Causeway.Relay/users/x-{name}", body)
        assert refused.status_code == 400 and refused.json()["error"]["target"] == target
    refused = management.call("POST", f"{path}/setPassword", {"password": name})
    assert refused.status_code == 400 and name not in refused.json()["error"]["message"]
    assert management.call("POST", f"{path}/setPassword", {"password": f"{uuid.uuid4()}"}).status_code == 204
    management.delete(path)


def test_a_tenant_sees_nothing_of_another(management, settings, unique):
    tenant, client = str(uuid.uuid4()), unique("plant")
    path = f"/providers/Causeway.Relay/tenants/{tenant}"
    made = management.call("PUT", path, {"properties": {"administratorClientId": client}}).json()["properties"]
    secret = made["administrator"]["clientSecret"]
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret,
            "scope": settings.endpoint + "/.default"}
    token = management.session.post(f"{settings.endpoint}/{tenant}/oauth2/v2.0/token", data=form).json()["access_token"]
    elsewhere = management.session.post(f"{settings.endpoint}/{settings.tenant_id}/oauth2/v2.0/token", data=form)
    assert elsewhere.status_code == 401
    call = lambda method, path, body=None: management.call(method, path, body, token=token)  # noqa: E731
    assert call("GET", "/subscriptions").json()["value"] == []
    assert [t["tenantId"] for t in call("GET", "/tenants").json()["value"]] == [tenant]
    assert call("GET", management.subscription).status_code == 403
    assert call("PUT", f"/providers/Causeway.Relay/tenants/{uuid.uuid4()}", {}).status_code == 403
    subscription = str(uuid.uuid4())
    own = f"/providers/Causeway.Relay/subscriptions/{subscription}"
    assert call("PUT", own, {"properties": {"displayName": "Plant"}}).status_code == 201
    assert [s["subscriptionId"] for s in call("GET", "/subscriptions").json()["value"]] == [subscription]
    assert management.call("GET", f"/subscriptions/{subscription}").status_code == 403
    assert management.call("GET", own).status_code == 403
    assert subscription not in management.call("GET", "/subscriptions").text
    assert management.call("DELETE", path).status_code == 409
    assert call("PUT", f"/subscriptions/{subscription}/resourceGroups/g", {"location": "local"}).status_code == 201
    assert call("DELETE", own).status_code == 409
    assert call("DELETE", f"/subscriptions/{subscription}/resourceGroups/g").status_code in (200, 202)
    assert call("DELETE", own).status_code == 200
    assert management.call("DELETE", path).status_code == 200
    assert call("GET", "/tenants").status_code == 401
