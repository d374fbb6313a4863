"""Roles and generic resources with the published Python clients."""

import uuid

import pytest
from azure.core.exceptions import ResourceNotFoundError

from clients.principals import OWNER, READER, Principal
from clients.sdk import refusal


@pytest.fixture(scope="module")
def reader(management, unique):
    made = Principal(management, unique("sdk-rights"))
    yield made
    management.delete(made.path)


def test_roles_are_described(azure, settings):
    scope, roles = f"/subscriptions/{settings.subscription_id}", azure.authorization.role_definitions
    found = {role.name: role for role in roles.list(scope)}
    assert found[READER].role_name == "Reader" and found[OWNER].permissions[0].actions == ["*"]
    assert found[READER].role_type == "BuiltInRole" and found[READER].permissions[0].actions == ["*/read"]
    by_name = roles.get(scope, READER)
    assert roles.get_by_id(by_name.id).id == by_name.id
    with pytest.raises(ResourceNotFoundError):
        roles.get(scope, str(uuid.uuid4()))


def test_an_assignment_is_found_from_everywhere(azure, settings, group, namespace, reader):
    assignments, name = azure.authorization.role_assignments, str(uuid.uuid4())
    scope = azure.relay.namespaces.get(group, namespace).id
    role = f"/subscriptions/{settings.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    body = {"properties": {"roleDefinitionId": role, "principalId": reader.object_id}}
    made = assignments.create_by_id(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", body)
    assert (made.name, made.principal_id, made.principal_type) == (name, reader.object_id, "ServicePrincipal")
    assert made.scope.lower() == scope.lower() and made.role_definition_id.endswith(READER)
    assert assignments.get(scope, name).id == assignments.get_by_id(made.id).id == made.id
    mine = f"principalId eq '{reader.object_id}'"
    for found in (assignments.list_for_subscription(filter=mine),
            assignments.list_for_resource_group(group, filter=mine),
            assignments.list_for_resource(group, "Microsoft.Relay", "namespaces", namespace),
            assignments.list_for_scope(scope, filter="atScope()"),
            assignments.list_for_subscription(filter=f"assignedTo('{reader.object_id}')")):
        assert name in [assignment.name for assignment in found]
    assignments.delete_by_id(made.id)
    with pytest.raises(ResourceNotFoundError):
        assignments.get(scope, name)


def test_a_resource_is_written_and_read_without_its_own_client(azure, group, namespace, unique):
    resources, version = azure.resources.resources, {"api_version": "2021-11-01"}
    parent = azure.relay.namespaces.get(group, namespace).id
    name = unique("generic-relay")
    identifier = parent.rsplit("/", 1)[0] + "/" + name
    sent = {"location": "westus", "tags": {"a": "b"}}
    made = resources.begin_create_or_update_by_id(identifier, sent, **version).result()
    assert (made.id, made.tags, made.type.lower()) == (identifier, {"a": "b"}, "microsoft.relay/namespaces")
    assert resources.begin_update_by_id(identifier, {"tags": {"c": "d"}}, **version).result().tags == {"c": "d"}
    assert resources.get_by_id(identifier, **version).tags == {"c": "d"}
    assert resources.get(group, "Microsoft.Relay", "", "namespaces", name, **version).id == identifier
    resources.begin_delete_by_id(identifier, **version).result()
    refusal(ResourceNotFoundError, lambda: resources.get_by_id(identifier, **version), "ResourceNotFound", 404)


def test_whether_a_resource_is_there_is_asked_without_reading_it(azure, group, namespace):
    """With HEAD, as for groups."""
    resources, version = azure.resources.resources, {"api_version": "2021-11-01"}
    identifier = azure.relay.namespaces.get(group, namespace).id
    assert resources.check_existence_by_id(identifier, **version) is True
    assert resources.check_existence_by_id(identifier + "-x", **version) is False
    assert resources.check_existence(group, "Microsoft.Relay", "", "namespaces", namespace, **version) is True
