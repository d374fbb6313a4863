"""Callers whose token is good and whose right is not."""

import uuid

import pytest
import requests

from clients.principals import OWNER, READER, RELAY_OWNER, Principal
from clients.rest import error_of
from clients.waiting import wait_until


@pytest.fixture(scope="module")
def paths(management, group):
    """A resource that is there, and one that is not."""
    return management.group(group), management.group(group) + "-not"


@pytest.fixture
def principal(management, unique):
    principal = Principal(management, unique("principal"))
    yield principal
    management.delete(principal.path)


def test_a_token_without_a_right_is_403_whether_the_resource_exists_or_not(management, principal, paths):
    messages = []
    for path in paths:
        answer = management.call("GET", path, token=principal.token)
        assert answer.status_code == 403
        code, message = error_of(answer)
        assert code == "AuthorizationFailed" and principal.object_id in message
        messages.append(message.replace(path, "PATH"))
    assert messages[0] == messages[1]


def test_an_owner_of_one_group_moves_nothing_into_another_and_links_to_nothing_that_it_cannot_read(management, principal, unique):
    own, other, missing = (management.group(unique(name)) for name in ("own", "other", "missing"))
    for group in (own, other):
        management.put(group, {"location": "westus"})
    mine, theirs = (management.namespace(group.rsplit("/", 1)[1], unique("relay")) for group in (own, other))
    for namespace in (mine, theirs):
        management.put(namespace, {"location": "westus"})
    principal.assign(OWNER, own)

    for name in ("validateMoveResources", "moveResources"):
        messages = set()
        for target in (other, missing):
            answer = principal.call("POST", f"{own}/{name}", {"resources": [mine], "targetResourceGroup": target})
            code, message = error_of(answer)
            assert (answer.status_code, code) == (403, "AuthorizationFailed") and "resourceGroups/write" in message
            messages.add(message.replace(target, "TARGET"))
        assert len(messages) == 1
    assert principal.call("POST", f"{other}/moveResources", {"resources": [theirs], "targetResourceGroup": own}).status_code == 403
    assert management.call("GET", mine).status_code == management.call("GET", theirs).status_code == 200

    link = mine + "/providers/Microsoft.Resources/links/l"
    messages = set()
    for target in (theirs, theirs + "-not"):
        answer = principal.call("PUT", link, {"properties": {"targetId": target}})
        code, message = error_of(answer)
        assert (answer.status_code, code) == (403, "AuthorizationFailed")
        messages.add(message.replace(target, "TARGET"))
    assert len(messages) == 1
    assert principal.call("PUT", link, {"properties": {"targetId": own}}).status_code == 201
    for text in (f"targetId ne '{own}'", f"targetId eq '{own}' or atScope()", "name eq 'l'", "not atScope()"):
        answer = management.call("GET", own + "/providers/Microsoft.Resources/links?api-version=2016-09-01&$filter=" + text)
        assert (answer.status_code, error_of(answer)[0]) == (400, "InvalidFilter"), text


def test_a_reader_reads_and_gets_no_key(management, principal, group, unique):
    namespace = management.namespace(group, unique("reader"))
    management.put(namespace, {"location": "westus"})
    management.put(namespace + "/hybridConnections/orders", {})
    assignment = principal.assign(READER, management.group(group))
    call = principal.call
    assert call("GET", namespace + "/hybridConnections/orders").status_code == 200
    rule = namespace + "/authorizationRules/RootManageSharedAccessKey"
    assert call("GET", rule).status_code == 200
    for method, path, body in (
        ("POST", rule + "/listKeys", None), ("POST", rule + "/regenerateKeys", {"keyType": "PrimaryKey"}),
        ("PUT", namespace, {"location": "westus"}),
        ("PUT", namespace + "/hybridConnections/more", {}), ("DELETE", namespace + "/hybridConnections/orders", None),
        ("POST", namespace + "/hybridConnections/orders/providers/Causeway.Relay/rotateSendKey", None),
    ):
        answer = call(method, path, body)
        assert answer.status_code == 403 and error_of(answer)[0] == "AuthorizationFailed", (method, path, answer.text)
    keys = management.keys(rule)
    assert keys["primaryKey"] not in call("GET", rule).text
    assert management.call("GET", namespace + "/hybridConnections/more").status_code == 404
    management.delete(assignment)
    assert call("GET", namespace).status_code == 403, "the right outlives its assignment"
    management.delete(namespace)


def test_the_token_of_a_deleted_principal_is_401(management, principal, paths):
    principal.assign(READER, paths[0])
    assert management.call("GET", paths[0], token=principal.token).status_code == 200
    management.delete(principal.path)
    wait_until(lambda: management.call("GET", paths[0], token=principal.token).status_code == 401, "the token is refused",
        limit=2)


def forbidden(answer):
    assert answer.status_code == 403, (answer.status_code, answer.text[:300])
    assert error_of(answer)[0] == "AuthorizationFailed"


def test_a_right_ends_where_its_scope_ends(management, principal, unique):
    """A scope whose name starts with the name of another one is another one."""
    group = unique("scope")
    namespace = management.namespace(group, unique("scoped"))
    scopes = [management.group(group), namespace, namespace + "/hybridConnections/orders"]
    for scope, body in zip(scopes, ({"location": "westus"}, {"location": "westus"}, {})):
        management.put(scope, body)
        management.put(scope + "1", body)
    for index, scope in enumerate(scopes):
        assignment = principal.assign(READER, scope.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/") if index else scope)
        assert [principal.call("GET", path).status_code for path in scopes] == [403] * index + [200] * (3 - index)
        for other in scopes:
            forbidden(principal.call("GET", other + "1")) if other is scope else None
        management.delete(assignment)
    management.delete(scopes[0])
    management.delete(scopes[0] + "1")


def test_the_owner_of_a_relay_owns_nothing_else(management, principal, group, unique):
    namespace = management.namespace(group, unique("owned"))
    management.put(namespace, {"location": "westus"})
    principal.assign(RELAY_OWNER, namespace)
    assert principal.call("PUT", namespace + "/hybridConnections/orders", {}).status_code == 200
    assert principal.call("POST", namespace + "/authorizationRules/RootManageSharedAccessKey/listKeys").status_code == 200
    assignments = "/providers/Microsoft.Authorization/roleAssignments/"
    for method, path, body in (
        ("PUT", f"{namespace}{assignments}{uuid.uuid4()}", principal.assignment_of(OWNER)),
        ("PUT", f"{namespace}/hybridConnections/orders{assignments}{uuid.uuid4()}", principal.assignment_of(OWNER)),
        ("PUT", f"{management.subscription}{assignments}{uuid.uuid4()}", principal.assignment_of(OWNER)),
        ("PUT", f"{namespace}/providers/Microsoft.Authorization/locks/mine", {"properties": {"level": "ReadOnly"}}),
        ("PUT", management.namespace(group, unique("more")), {"location": "westus"}), ("GET", management.group(group), None),
        ("DELETE", management.group(group), None), ("GET", management.namespace(group, "some-other-relay"), None),
    ):
        forbidden(principal.call(method, path, body))
    listed = principal.call("GET", f"{management.subscription}/resources").json()["value"]
    assert [resource["id"] for resource in listed] == [namespace], "a list shows what its caller may not read"


@pytest.mark.parametrize("role", [None, READER, OWNER])
def test_only_who_owns_the_tenant_manages_principals(management, principal, group, role):
    """Neither a reader of the subscription nor the owner of a group gets hold of another principal."""
    if role:
        principal.assign(role, management.group(group) if role == OWNER else management.subscription)
    principals = "/providers/Causeway.Relay/servicePrincipals"
    administrator = f"{principals}/{management.settings.client_id}"
    for method, path, body in (
        ("GET", principals, None), ("GET", administrator, None), ("POST", administrator + "/addSecret", None),
        ("DELETE", administrator, None), ("PUT", administrator, {"properties": {"displayName": "mine"}}),
        ("PUT", principals + "/mine", {"properties": {}}), ("POST", principal.path + "/addSecret", None),
        ("PUT", f"/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}", principal.assignment_of(OWNER)),
        ("PUT", f"{management.subscription}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
            principal.assignment_of(OWNER)),
    ):
        forbidden(principal.call(method, path, body))


def test_the_last_owner_cannot_be_deleted(management):
    answer = management.call("DELETE", f"/providers/Causeway.Relay/servicePrincipals/{management.settings.client_id}")
    assert answer.status_code == 409 and error_of(answer)[0] == "Conflict"
    assert management.call("GET", management.subscription).status_code == 200


def test_a_key_is_copied_only_for_who_may_read_it(management, principal, estate):
    """The owner of an app binds a connection of somebody else: with a key of his own, not with one that he may not see."""
    namespace, site = estate.names["namespace"], estate.names["site"]
    management.put(namespace + "/hybridConnections/secret", {})
    rule = namespace + "/hybridConnections/secret/authorizationRules/defaultSender"
    management.put(rule, {"properties": {"rights": ["Send"]}})
    principal.assign(OWNER, site)
    principal.assign(READER, namespace)
    binding = f"{site}/hybridConnectionNamespaces/{estate.names['namespaceName']}/relays/secret"
    body = {"properties": {"hostname": "sql01.corp.example", "port": 1433}}
    forbidden(principal.call("PUT", binding, body))
    assert management.call("GET", binding).status_code == 404
    key = management.keys(rule)["primaryKey"]
    body["properties"]["sendKeyValue"] = "A" * 43 + "="
    assert principal.call("PUT", binding, body).status_code == 200
    del body["properties"]["sendKeyValue"]
    for properties in (body["properties"], {**body["properties"], "sendKeyName": "defaultSender"},
            {**body["properties"], "sendKeyName": "RootManageSharedAccessKey"}):
        principal.call("PUT", binding, {"properties": properties})
        root = management.keys(namespace + "/authorizationRules/RootManageSharedAccessKey")["primaryKey"]
        shown = principal.call("POST", binding + "/listKeys").json()["properties"]["sendKeyValue"]
        assert shown not in (key, root), "the owner of the app got a key that he may not read"
    management.delete(binding)
    management.delete(namespace + "/hybridConnections/secret")


def test_a_secret_ends_with_its_deletion(management, principal):
    added = management.ask("POST", principal.path + "/addSecret", {"endDateTime": "2099-01-01T00:00:00Z"})
    assert management.sign_in(client_id=principal.name, client_secret=added["clientSecret"])
    assert management.call("POST", principal.path + "/addSecret").status_code == 409, "a third secret"
    management.delete(f"{principal.path}/secrets/{added['secretId']}")
    with pytest.raises(requests.HTTPError, match="401"):
        management.sign_in(client_id=principal.name, client_secret=added["clientSecret"])
    assert management.sign_in(client_id=principal.name, client_secret=principal.secret)


def test_a_disabled_principal_is_401_until_it_is_enabled(management, principal, paths):
    principal.assign(READER, paths[0])
    for enabled, status in ((True, 200), (False, 401), (True, 200)):
        management.put(principal.path, {"properties": {"displayName": principal.name, "enabled": enabled}})
        assert principal.call("GET", paths[0]).status_code == status
        if enabled:
            management.sign_in(client_id=principal.name, client_secret=principal.secret)
        else:
            with pytest.raises(requests.HTTPError, match="401"):
                management.sign_in(client_id=principal.name, client_secret=principal.secret)
