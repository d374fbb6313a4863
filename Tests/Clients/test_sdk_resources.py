"""Groups, resources, tags, locks and rights with the published Python clients."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.relay import RelayAPIMgmtClient

from clients.principals import READER, Principal
from clients.sdk import credential_for, refusal


def test_groups_live(azure, unique):
    name, groups = unique("Sdk-Group"), azure.resources.resource_groups
    assert groups.check_existence(name) is False
    refusal(ResourceNotFoundError, lambda: groups.get(name), "ResourceGroupNotFound", 404)
    made = groups.create_or_update(name, {"location": "West US", "tags": {"a": "b"}})
    assert (made.name, made.location, made.properties.provisioning_state) == (name, "westus", "Succeeded")
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
    azure.relay.namespaces.begin_create_or_update(group, namespace, {"location": "westus",
        "tags": {"filter": namespace}}).result()
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


def test_tag_names_are_proposed(azure, group, namespace, unique):
    tags, name = azure.resources.tags, unique("sdk-tag")
    refusal(ResourceNotFoundError, lambda: tags.create_or_update_value(name, "north"), "NotFound", 404)
    made = tags.create_or_update(name)
    assert (made.tag_name, made.count.value, made.values_property) == (name, 0, [])
    assert tags.create_or_update_value(name, "north / 1").tag_value == "north / 1"
    scope = azure.relay.namespaces.get(group, namespace).id
    tags.begin_create_or_update_at_scope(scope, {"properties": {"tags": {name: "south"}}}).result()
    (found,) = [each for each in tags.list() if each.tag_name == name]
    assert found.count.value == 1 and {each.tag_value: each.count.value for each in found.values_property} == {
        "north / 1": 0, "south": 1,
    }
    refusal(ResourceExistsError, lambda: tags.delete(name), "Conflict", 409)
    tags.begin_delete_at_scope(scope).result()
    tags.delete_value(name, "north / 1")
    refusal(HttpResponseError, lambda: tags.create_or_update("a/b"), "BadRequest", 400)
    tags.create_or_update("tagValues")
    assert tags.create_or_update_value("tagValues", "tagValues").tag_value == "tagValues"
    tags.delete_value("tagValues", "tagValues")
    tags.delete("tagValues")
    tags.delete(name)
    assert name not in [each.tag_name for each in tags.list()]


def test_resources_are_moved_to_another_group(azure, group, unique):
    resources, name, target = azure.resources.resources, unique("sdk-move"), unique("sdk-target")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus", "tags": {"a": "1"}}).result()
    azure.relay.hybrid_connections.create_or_update(group, name, "orders", {"properties": {"userMetadata": "kept"}})
    keys = azure.relay.namespaces.list_keys(group, name, "RootManageSharedAccessKey")
    moved = {
        "resources": [azure.relay.namespaces.get(group, name).id],
        "targetResourceGroup": f"{azure.resources.resource_groups.get(group).id.rsplit('/', 1)[0]}/{target}",
    }
    for operation in (resources.begin_validate_move_resources, resources.begin_move_resources):
        refusal(ResourceNotFoundError, lambda: operation(group, moved).result(), "ResourceGroupNotFound", 404)  # noqa: B023
    azure.resources.resource_groups.create_or_update(target, {"location": "westus"})
    resources.begin_validate_move_resources(group, moved).result()
    resources.begin_move_resources(group, moved).result()
    refusal(ResourceNotFoundError, lambda: azure.relay.namespaces.get(group, name), "ResourceNotFound", 404)
    there = azure.relay.namespaces.get(target, name)
    assert f"/resourceGroups/{target}/" in there.id and there.tags == {"a": "1"}
    assert azure.relay.hybrid_connections.get(target, name, "orders").properties.user_metadata == "kept"
    assert azure.relay.namespaces.list_keys(target, name, "RootManageSharedAccessKey").primary_key == keys.primary_key
    azure.resources.resource_groups.begin_delete(target).result()


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
    refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.create_or_update(group, name, "orders", {}),
        "ScopeLocked", 409)
    refusal(ResourceExistsError, lambda: azure.relay.namespaces.list_keys(group, name, "RootManageSharedAccessKey"),
        "ScopeLocked", 409)
    assert azure.relay.hybrid_connections.get(group, name, "orders").properties.user_metadata == "changed"
    locks.delete_at_resource_level(*place, "keep")
    azure.relay.namespaces.begin_delete(group, name).result()


@pytest.mark.parametrize("kind", ["group", "namespace", "hybrid connection", "subscription"])
def test_a_lock_by_scope_is_the_same(azure, settings, group, namespace, unique, kind):
    """The client writes the slashes of the scope as %2F."""
    locks, name = azure.locks.management_locks, unique("scoped")
    azure.relay.hybrid_connections.create_or_update(group, namespace, "scoped", {})
    scope = {
        "group": f"/subscriptions/{settings.subscription_id}/resourceGroups/{group}",
        "namespace": azure.relay.namespaces.get(group, namespace).id,
        "hybrid connection": azure.relay.hybrid_connections.get(group, namespace, "scoped").id,
        "subscription": f"subscriptions/{settings.subscription_id}",
    }[kind]
    made = locks.create_or_update_by_scope(scope, name, {"level": "CanNotDelete"})
    try:
        assert made.id.lower() == f"/{scope.strip('/')}/providers/microsoft.authorization/locks/{name}".lower()
        assert locks.get_by_scope(scope,
            name).level == "CanNotDelete" and name in [lock.name for lock in locks.list_by_scope(scope)]
        refusal(ResourceExistsError, lambda: azure.relay.hybrid_connections.delete(group, namespace, "scoped"), "ScopeLocked",
            409)
    finally:
        locks.delete_by_scope(scope, name)
    azure.relay.hybrid_connections.delete(group, namespace, "scoped")


def test_rights_can_be_given_and_taken(azure, settings, management, group, namespace, unique):
    made, scope = Principal(management, unique("sdk-reader")), azure.relay.namespaces.get(group, namespace).id
    principal, credential = made.object_id, credential_for(settings, client_id=made.name, client_secret=made.secret)
    reader = RelayAPIMgmtClient(credential, settings.subscription_id, **azure.options)
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
    refusal(HttpResponseError, lambda: reader.namespaces.list_keys(group, namespace, "RootManageSharedAccessKey"),
        "AuthorizationFailed", 403)
    refusal(HttpResponseError, lambda: reader.hybrid_connections.create_or_update(group, namespace, "more", {}),
        "AuthorizationFailed", 403)
    assignments.delete(scope, name)
    refusal(HttpResponseError, lambda: reader.namespaces.get(group, namespace), "AuthorizationFailed", 403)
    management.delete(made.path)
