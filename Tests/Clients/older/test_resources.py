"""Groups, providers, resources and locks with azure-mgmt-resource 23.1.1, which still has them all in one package."""


def test_the_subscription_is_found(azure, settings):
    assert [s.subscription_id for s in azure.subscriptions.subscriptions.list()] == [settings.subscription_id]
    assert [tenant.tenant_id for tenant in azure.subscriptions.tenants.list()] == [settings.tenant_id]


def test_groups_live(azure, unique, refusal):
    name, groups = unique("Older-Group"), azure.resources.resource_groups
    assert groups.check_existence(name) is False
    assert groups.create_or_update(name, {"location": "westus"}).properties.provisioning_state == "Succeeded"
    assert groups.check_existence(name) is True
    assert groups.update(name, {"tags": {"a": "b"}}).tags == {"a": "b"} and name in [g.name for g in groups.list()]
    groups.begin_delete(name).result()
    refusal(lambda: groups.get(name), 404, "ResourceGroupNotFound")


def test_resources_and_providers_are_listed(azure, group, namespace):
    found = {r.name: r.type for r in azure.resources.resources.list_by_resource_group(group)}
    assert found[namespace].lower() == "microsoft.relay/namespaces"
    identifier = azure.relay.namespaces.get(group, namespace).id
    assert azure.resources.resources.get_by_id(identifier, "2017-04-01").name == namespace
    assert azure.resources.providers.get("Microsoft.Relay").registration_state == "Registered"
    assert azure.resources.providers.register("Microsoft.Web").registration_state == "Registered"


def test_a_lock_holds(azure, group, namespace, refusal):
    place, locks = (group, "Microsoft.Relay", "", "namespaces", namespace), azure.locks.management_locks
    locks.create_or_update_at_resource_level(*place, "keep", {"level": "CanNotDelete"})
    refusal(lambda: azure.relay.namespaces.begin_delete(group, namespace).result(), 409, "ScopeLocked")
    locks.delete_at_resource_level(*place, "keep")
