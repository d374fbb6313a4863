"""Sign-in, roles and the directory together at one running server: what people, programs, groups and external issuers may do,
until when, and what nobody gets by a detour."""

import asyncio
import json
import os
import pty
import select
import signal
import ssl
import subprocess
import termios
import time
import uuid

import jwt
import pytest
import websockets

from clients.issuer import Issuer
from clients.rest import Management
from clients.servers import OwnServer, binary, clean_environment, run
from clients.waiting import wait_until

ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "RelayOwner": "2787bf04-f1f5-4bfe-8383-c8a24483ee38", "Listener": "26e0b698-aa6d-4085-9386-aadae190014d",
}
DIRECTORY, PASSWORD, RELAY = "/providers/Causeway.Relay", "correct horse battery", "https://relay.azure.net"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class World:
    """A server with an external issuer, a relay, and another tenant with a relay of its own."""

    def __init__(self, folder):
        self.issuer = Issuer()
        keys = folder / "keys.json"
        keys.write_text(json.dumps({"keys": [self.issuer.published(name, *key) for name, key in self.issuer.keys.items()]}))
        config = folder / "causeway.yaml"
        config.write_text(json.dumps({"external-issuers": [
            {"issuer": self.issuer.url, "audiences": ["causeway", RELAY], "jwks-file": str(keys)}]}))
        self.server = OwnServer(folder, f"--config={config}").start()
        self.admin = Management(self.server.settings())
        self.group = self.admin.group("shop")
        self.connection = self.make_relay(self.admin, self.group, "together-relay")
        self.other_tenant = str(uuid.uuid4())
        made = self.admin.put(f"{DIRECTORY}/tenants/{self.other_tenant}", {"properties": {"administratorClientId": "other-admin"}})
        administrator = made["properties"]["administrator"]
        self.other = Management(self.server.settings(
            tenant_id=self.other_tenant, client_id="other-admin", client_secret=administrator["clientSecret"],
            subscription_id=str(uuid.uuid4())))
        self.other.put(f"{DIRECTORY}/subscriptions/{self.other.settings.subscription_id}", {"properties": {"displayName": "Other"}})
        self.make_relay(self.other, self.other.group("theirs"), "their-relay")

    @staticmethod
    def make_relay(management, group, name):
        management.put(group, {"location": "local"})
        namespace = f"{group}/providers/Microsoft.Relay/namespaces/{name}"
        management.put(namespace, {"location": "local"})
        management.put(namespace + "/hybridConnections/orders", {"properties": {"requiresClientAuthorization": True}})
        return namespace + "/hybridConnections/orders"

    def close(self):
        self.server.end()
        self.issuer.close()

    # MARK: rights

    def assign(self, object_id, role, scope="", kind=None, by=None, token=None, expect=(201,)):
        """Gives a role; the path of the assignment."""
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        properties = {"roleDefinitionId": ROLES.get(role, role), "principalId": object_id}
        answer = (by or self.admin).call("PUT", path, {"properties": {**properties, **({"principalType": kind} if kind else {})}}, token=token)
        assert answer.status_code in expect, answer.text
        return path

    def foreign_id(self, subject):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.issuer.url}#sub={subject}"))

    def program(self, name, by=None):
        """A service principal; its object ID and a token."""
        by = by or self.admin
        made = by.put(f"{DIRECTORY}/servicePrincipals/{name}", {"properties": {"displayName": name}})["properties"]
        return made["objectId"], by.sign_in(client_id=name, client_secret=made["clientSecret"])

    def person(self, name):
        made = self.admin.put(f"{DIRECTORY}/users/{name}", {"properties": {"displayName": "Somebody", "password": PASSWORD}})
        return made["properties"]["objectId"]

    def team(self, name):
        return self.admin.put(f"{DIRECTORY}/groups/{name}", {"properties": {"displayName": name}})["properties"]["objectId"]

    # MARK: people

    def form(self, path, **form):
        return self.admin.session.post(self.admin.settings.endpoint + path, data=form, timeout=30)

    def sign_in(self, name, password=PASSWORD, scope=None, client="az", **more):
        form = {"grant_type": "password", "username": name, "password": password, **more}
        return self.form(f"/{self.admin.settings.tenant_id}/oauth2/v2.0/token", client_id=client,
                         scope=scope or self.admin.settings.endpoint + "/.default", **form)

    # MARK: the gateway

    @property
    def host(self):
        runtime = self.server.runtime()
        return f"together-relay.{runtime['relayDomain']}:{runtime['relayAddress'].rsplit(':', 1)[1]}"

    def send(self, token):
        return self.admin.session.get(f"https://{self.host}/orders", headers={"ServiceBusAuthorization": "Bearer " + token}, timeout=30)

    def listen(self, token):
        """A control channel, within a running loop."""
        context = ssl.create_default_context(cafile=self.admin.settings.ca_file)
        return websockets.connect(
            f"wss://{self.host}/$hc/orders?sb-hc-action=listen&sb-hc-id={uuid.uuid4()}", ssl=context, proxy=None,
            additional_headers={"ServiceBusAuthorization": "Bearer " + token})

    def ends(self, token, change):
        """Whether a control channel of the token is closed by the change."""

        async def listening():
            async with self.listen(token) as channel:
                await asyncio.to_thread(change)
                try:
                    await asyncio.wait_for(channel.recv(), 10)
                except websockets.ConnectionClosed:
                    return True
                return False

        return asyncio.run(listening())

    def refused(self, token):
        """The status with which the gateway refuses to let the token listen."""

        async def listening():
            try:
                async with self.listen(token):
                    return 101
            except websockets.InvalidStatus as refusal:
                return refusal.response.status_code

        return asyncio.run(listening())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("together"))
    yield world
    world.close()


@pytest.fixture
def admin(world):
    return world.admin


# MARK: foreign tokens


def test_a_foreign_principal_has_its_role_until_it_is_deleted(world, admin):
    token, somebody = world.issuer.token("mara"), world.foreign_id("mara")
    assert admin.call("GET", world.group, token=token).status_code == 403
    world.assign(somebody, "Reader", world.group, expect=(400,))
    path = world.assign(somebody, "Reader", world.group, "User")
    data = world.assign(somebody, "RelayOwner", world.connection, "User")
    assert admin.call("GET", world.group, token=token).status_code == 200
    assert admin.call("GET", world.connection, token=token).status_code == 200
    assert admin.call("PUT", world.group, {"location": "local"}, token=token).status_code == 403
    assert world.send(token).status_code == 404
    assert world.ends(token, lambda: admin.delete(data))
    assert world.refused(token) == 403 and world.send(token).status_code == 403
    admin.delete(path)
    assert admin.call("GET", world.group, token=token).status_code == 403


def test_a_foreign_group_has_its_role_for_those_whose_token_names_it(world, admin):
    team = str(uuid.uuid4())
    path = world.assign(team, "Listener", world.connection, "Group")
    inside, outside = world.issuer.token("nora", groups=[team]), world.issuer.token("nora", groups=[str(uuid.uuid4())])
    assert [admin.call("GET", world.connection, token=each).status_code for each in (inside, outside, inside)] == [200, 403, 200]
    assert world.refused(outside) == 403
    assert world.ends(inside, lambda: admin.delete(path))
    assert admin.call("GET", world.connection, token=inside).status_code == 403


def test_names_of_foreign_groups_reach_no_principal_and_no_other_group(world, admin):
    """Whoever may name groups at the issuer must not get rights by a name that looks like an ID."""
    somebody = world.foreign_id("chief")
    world.assign(somebody, "Reader", world.group, "User")
    entra = str(uuid.uuid4())
    world.assign(entra, "Reader", world.group, "User")
    named = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{world.issuer.url}#group=chiefs"))
    world.assign(named, "Reader", world.group, "Group")
    for groups in ([somebody], [entra], [named], [somebody.upper()]):
        assert admin.call("GET", world.group, token=world.issuer.token("guest", groups=groups)).status_code == 403, groups
    assert admin.call("GET", world.group, token=world.issuer.token("guest", groups=["chiefs"])).status_code == 200
    assert admin.call("GET", world.group, token=world.issuer.token("guest", oid=entra)).status_code == 200
    assert admin.call("GET", world.group, token=world.issuer.token("guest", oid=somebody)).status_code == 403


def test_a_foreign_token_is_nobody_of_the_directory(world, admin):
    program, _ = world.program("native")
    person, team = world.person("native@shop.example"), world.team("natives")
    for each in (program, person, team):
        world.assign(each, "Owner", world.group)
        assert admin.call("GET", world.group, token=world.issuer.token("x", oid=each)).status_code == 401
    assert admin.call("GET", world.group, token=world.issuer.token("x", groups=[team])).status_code == 403
    for claims in ({"tid": world.other_tenant}, {"tid": world.other_tenant, "groups": [team]}):
        answer = admin.call("GET", world.other.group("theirs"), token=world.issuer.token("x", **claims))
        assert answer.status_code == 403, answer.text
    assert admin.call("GET", "/v1.0/me?", token=world.issuer.token("x")).status_code == 404


def test_an_id_with_a_role_is_no_new_groups_id(world, admin):
    somebody = str(uuid.uuid4())
    world.assign(somebody, "Reader", world.group, "User")
    answer = admin.call("PUT", f"{DIRECTORY}/groups/{somebody}", {"properties": {"displayName": "takeover"}})
    assert answer.status_code == 409, answer.text
    assert admin.call("GET", world.group, token=world.issuer.token("x", oid=somebody)).status_code == 200


def test_the_activity_log_shows_who_it_was(world, admin):
    """Client IDs that callers choose, with a password or in a foreign token, are nobody's names in the log."""
    person = world.person("logged@shop.example")
    world.assign(person, "Contributor")
    administrator = admin.settings.client_id
    token = world.sign_in("logged@shop.example", client=administrator).json()["access_token"]
    admin.put(admin.group("logged"), {"location": "local"}, token=token)
    foreign = str(uuid.uuid4())
    world.assign(foreign, "Contributor", admin.subscription, "User")
    admin.put(admin.group("logged"), {"location": "local", "tags": {"a": "b"}},
              token=world.issuer.token("x", oid=foreign, appid=administrator, name="logged@shop.example"))
    found = admin.get(f"{admin.subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
                      "&$filter=eventTimestamp ge '2020-01-01T00:00:00Z' and resourceGroupName eq 'logged'")["value"]
    assert [each["caller"] for each in found] == [foreign, "logged@shop.example"]
    assert [each["claims"]["oid"] for each in found] == [foreign, person]


# MARK: people


@pytest.mark.parametrize("change", [
    lambda admin, user: admin.put(user, {"properties": {"enabled": False}}),
    lambda admin, user: admin.ask("POST", user + "/setPassword", {"password": "another horse battery"}, expect=(204,)),
    lambda admin, user: admin.put(user, {"properties": {"password": "another horse battery"}}),
    lambda admin, user: admin.delete(user),
], ids=["disabled", "password", "password by PUT", "deleted"])
def test_what_a_person_signed_in_ends_at_once(world, admin, change):
    name = f"p{uuid.uuid4().hex[:8]}@shop.example"
    world.assign(world.person(name), "Contributor")
    team = world.team("listeners")
    if not admin.get(f"{DIRECTORY}/groups/listeners/members")["value"]:
        world.assign(team, "RelayOwner", world.connection, expect=(201, 409))
    member = admin.get(f"{DIRECTORY}/users/{name}")["properties"]["objectId"]
    admin.put(f"{DIRECTORY}/groups/listeners/members/{member}", None)
    found = world.sign_in(name).json()
    relay = world.sign_in(name, scope=RELAY + "/.default").json()["access_token"]
    token = found["access_token"]
    for _ in range(2):
        assert admin.call("GET", world.connection, token=token).status_code == 200
    assert world.send(relay).status_code == 404
    assert world.ends(relay, lambda: change(admin, f"{DIRECTORY}/users/{name}"))
    assert admin.call("GET", world.connection, token=token).status_code == 401
    assert world.send(relay).status_code == 401
    again = world.form(f"/{admin.settings.tenant_id}/oauth2/v2.0/token", client_id="az", grant_type="refresh_token",
                       refresh_token=found["refresh_token"])
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant"
    assert world.sign_in(name).status_code == 400


def test_leaving_a_group_ends_its_rights(world, admin):
    person, team = world.person("leaver@shop.example"), world.team("leavers")
    outer = world.team("outer")
    world.assign(outer, "RelayOwner", world.connection)
    admin.put(f"{DIRECTORY}/groups/outer/members/{team}", None)
    admin.put(f"{DIRECTORY}/groups/leavers/members/{person}", None)
    token = world.sign_in("leaver@shop.example").json()["access_token"]
    relay = world.sign_in("leaver@shop.example", scope=RELAY + "/.default").json()["access_token"]
    assert admin.call("GET", world.connection, token=token).status_code == 200
    assert world.ends(relay, lambda: admin.delete(f"{DIRECTORY}/groups/outer/members/{team}"))
    assert admin.call("GET", world.connection, token=token).status_code == 403


def test_a_device_gets_the_audience_that_it_began_with(world, admin):
    world.assign(world.person("device@shop.example"), "RelayOwner", world.connection)
    path = f"/{admin.settings.tenant_id}/oauth2/v2.0/"
    codes = world.form(path + "devicecode", client_id="az", scope=RELAY + "/.default").json()
    done = world.form("/devicelogin", code=codes["user_code"], action="approve", username="device@shop.example", password=PASSWORD)
    assert done.status_code == 200, done.text
    found = world.form(path + "token", client_id="az", grant_type=DEVICE, device_code=codes["device_code"]).json()
    assert jwt.decode(found["access_token"], options={"verify_signature": False})["aud"] == RELAY
    assert world.send(found["access_token"]).status_code == 404


def test_the_device_page_escapes_what_a_browser_reads(world, admin):
    """Marks that join a quotation mark or a bracket to one character with their neighbours change nothing."""
    codes = world.form(f"/{admin.settings.tenant_id}/oauth2/v2.0/devicecode", client_id="az").json()
    page = world.form("/devicelogin", code=codes["user_code"] + "\"\u0301 \u0600<\u0301>\u0301", action="look")
    assert page.status_code == 200 and "&quot;\u0301 \u0600&lt;\u0301&gt;\u0301" in page.text
    headers = {name.lower(): value for name, value in page.headers.items()}
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_the_password_rule_holds_under_the_object_id_too(world, admin):
    person = world.person("rule-of-names@shop.example")
    for path in ("rule-of-names@shop.example", person):
        answer = admin.call("PUT", f"{DIRECTORY}/users/{path}", {"properties": {"password": "rule-of-names@shop.example"}})
        assert answer.status_code == 400, path


# MARK: more rights than given


@pytest.fixture(scope="module")
def ranks(world):
    """Tokens of principals with one role each, at the tenant or at the group."""
    tokens = {}
    for name, role, scope in (
        ("contributor", "Contributor", ""), ("reader", "Reader", ""), ("access", "Administrator", ""),
        ("group-access", "Administrator", world.group), ("group-owner", "Owner", world.group), ("nobody", None, ""),
    ):
        object_id, tokens[name] = world.program(f"rank-{name}")
        if role:
            world.assign(object_id, role, scope)
        tokens[name + " id"] = object_id
    return tokens


def directory_writes(world, own_id, owners):
    """Calls by which somebody could become another one, or come into a group."""
    principal = world.admin.settings.client_id
    graph = "/v1.0"
    reference = {"@odata.id": f"{graph}/directoryObjects/{own_id}"}
    sp = world.admin.get(f"{DIRECTORY}/servicePrincipals/{principal}")["properties"]["objectId"]
    password = {"passwordProfile": {"password": PASSWORD}}
    return [
        ("PUT", f"{DIRECTORY}/groups/owners/members/{own_id}", None), ("PUT", f"{DIRECTORY}/groups/new", {"properties": {}}),
        ("DELETE", f"{DIRECTORY}/groups/owners", None), ("PUT", f"{DIRECTORY}/users/new@shop.example", {"properties": {"password": PASSWORD}}),
        ("POST", f"{DIRECTORY}/users/chief@shop.example/setPassword", {"password": PASSWORD}),
        ("PUT", f"{DIRECTORY}/users/chief@shop.example", {"properties": {"password": PASSWORD}}),
        ("DELETE", f"{DIRECTORY}/users/chief@shop.example", None),
        ("POST", f"{DIRECTORY}/servicePrincipals/{principal}/addSecret", {}),
        ("PUT", f"{DIRECTORY}/servicePrincipals/{principal}", {"properties": {"enabled": False}}),
        ("PUT", f"{DIRECTORY}/servicePrincipals/{principal}/federatedCredentials/evil",
         {"properties": {"issuer": world.issuer.url, "subject": "evil"}}),
        ("PUT", f"{DIRECTORY}/tenants/{uuid.uuid4()}", {}), ("PUT", f"{DIRECTORY}/subscriptions/{uuid.uuid4()}", {}),
        ("POST", f"{graph}/groups/{owners}/members/$ref?", reference), ("POST", f"{graph}/users?", {
            "userPrincipalName": "new@shop.example", "displayName": "x", "accountEnabled": True, **password}),
        ("PATCH", f"{graph}/users/chief@shop.example?", password), ("DELETE", f"{graph}/users/chief@shop.example?", None),
        ("POST", f"{graph}/servicePrincipals/{sp}/addPassword?", {}), ("POST", f"{graph}/applications/{sp}/addPassword?", {}),
        ("PATCH", f"{graph}/servicePrincipals/{sp}?", {"accountEnabled": False}), ("DELETE", f"{graph}/applications/{sp}?", None),
        ("POST", f"{graph}/applications?", {"displayName": "x"}), ("DELETE", f"{graph}/groups/{owners}?", None),
    ]


@pytest.mark.parametrize("rank", ["contributor", "reader", "access", "group-access", "group-owner", "nobody"])
def test_who_may_not_write_the_directory_becomes_nobody_else(world, admin, ranks, rank):
    owners = world.team("owners")
    world.person("chief@shop.example")
    for method, path, body in directory_writes(world, ranks[rank + " id"], owners):
        answer = admin.call(method, path, body, token=ranks[rank])
        assert answer.status_code == 403, (method, path, answer.status_code, answer.text)


@pytest.mark.parametrize("rank, scopes", [
    ("contributor", []), ("reader", []), ("nobody", []), ("access", ["", "subscription", "group", "connection"]),
    ("group-access", ["group", "connection"]), ("group-owner", ["group", "connection"]),
])
def test_roles_are_given_at_or_below_ones_own_scope_alone(world, admin, ranks, rank, scopes):
    places = {"": "", "subscription": admin.subscription, "group": world.group, "connection": world.connection}
    other, _ = world.program(f"given-by-{rank}")
    for name, scope in places.items():
        path = world.assign(other, "Reader", scope, token=ranks[rank], expect=(201,) if name in scopes else (403,))
        if name in scopes:
            admin.delete(path)
    role = {"properties": {"roleName": f"of {rank}", "type": "CustomRole", "permissions": [{"actions": ["*"]}],
                           "assignableScopes": ["/"]}}
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{uuid.uuid4()}"
    for scope in ("", world.group):
        status = admin.call("PUT", scope + definition, role, token=ranks[rank]).status_code
        assert status == (201 if "" in scopes else 403), scope
    admin.delete(definition)


def test_a_custom_role_cannot_be_widened_beyond_its_writers_scope(world, admin, ranks):
    guid = uuid.uuid4()
    wide = {"properties": {"roleName": f"wide {guid}", "type": "CustomRole", "permissions": [{"actions": ["*/read"]}],
                           "assignableScopes": [world.group, admin.subscription]}}
    path = f"/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    admin.put(world.group + path, wide)
    more = json.loads(json.dumps(wide))
    more["properties"]["permissions"] = [{"actions": ["*"]}]
    narrow = json.loads(json.dumps(more))
    narrow["properties"]["assignableScopes"] = [world.group]
    for body in (more, narrow):
        assert admin.call("PUT", world.group + path, body, token=ranks["group-owner"]).status_code == 403
    assert admin.call("DELETE", world.group + path, token=ranks["group-owner"]).status_code == 403
    admin.delete(world.group + path)


def test_a_deployment_does_nothing_that_its_caller_may_not(world, admin, ranks):
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": str(uuid.uuid4()),
            "properties": {"roleDefinitionId": f"{admin.subscription}/providers/Microsoft.Authorization/roleDefinitions/{ROLES['Owner']}",
                           "principalId": ranks["contributor id"]}}],
    }
    path = f"{world.group}/providers/Microsoft.Resources/deployments/escalate"
    answer = admin.call("PUT", path, {"properties": {"mode": "Incremental", "template": template}}, token=ranks["contributor"])
    if answer.status_code in (200, 201):
        found = wait_until(lambda: (state := admin.get(path)["properties"])["provisioningState"] not in ("Accepted", "Running") and state, "it ends")
        assert found["provisioningState"] == "Failed" and "AuthorizationFailed" in json.dumps(found["error"]), found
    else:
        assert answer.status_code == 403, answer.text
    given = admin.get(f"{world.group}/providers/Microsoft.Authorization/roleAssignments")["value"]
    assert not [each for each in given if each["properties"]["principalId"] == ranks["contributor id"]
                and each["properties"]["roleDefinitionId"].endswith(ROLES["Owner"])]


def test_who_asks_about_others_needs_the_right(world, admin, ranks):
    body = {"Subject": {"Attributes": {"ObjectId": ranks["contributor id"]}}, "Actions": [{"Id": "Microsoft.Relay/namespaces/read"}],
            "Resource": {"Id": world.group}}
    path = world.group + "/providers/Microsoft.Authorization/checkAccess"
    assert admin.call("POST", path, body, token=ranks["nobody"]).status_code == 403
    answer = admin.call("POST", path, body, token=ranks["reader"])
    assert answer.status_code == 200 and "NotAllowed" not in answer.text, answer.text
    own = admin.get(world.group + "/providers/Microsoft.Authorization/permissions", token=ranks["nobody"])
    assert own["value"] == []
    for path in ("getByIds", f"{ranks['reader id']}/checkMemberGroups"):
        answer = admin.call("POST", f"/v1.0/directoryObjects/{path}?", {"ids": [], "groupIds": []}, token=ranks["nobody"])
        assert answer.status_code == 403, answer.text


# MARK: tenants


def test_an_owner_of_a_tenant_sees_and_touches_nothing_of_another(world, admin):
    other, subscription = world.other, admin.subscription
    namespace = world.connection.rsplit("/hybridConnections", 1)[0]
    role = uuid.uuid4()
    roles = "/providers/Microsoft.Authorization/roleDefinitions"
    admin.put(f"{world.group}{roles}/{role}", {"properties": {
        "roleName": f"ours {role}", "type": "CustomRole", "permissions": [{"actions": ["*"]}], "assignableScopes": [subscription]}})
    insights = "/providers/Microsoft.Insights"
    for method, path in [
        ("GET", subscription), ("GET", world.group), ("GET", world.connection), ("DELETE", world.group),
        ("GET", f"{subscription}{insights}/eventtypes/management/values"), ("GET", f"{namespace}{insights}/metrics"),
        ("GET", f"{namespace}{insights}/metricDefinitions"), ("GET", f"{subscription}/providers/Causeway.Relay/usage"),
        ("GET", f"{namespace}/providers/Causeway.Relay/events"), ("POST", f"{world.group}/exportTemplate"),
        ("GET", f"{world.group}/providers/Microsoft.Resources/deployments"), ("GET", f"{subscription}/providers/Microsoft.Resources/deployments"),
        ("GET", f"{world.group}/providers/Microsoft.Authorization/locks"), ("GET", f"{world.group}/providers/Microsoft.Authorization/roleAssignments"),
        ("GET", f"{world.group}{roles}"), ("GET", f"{DIRECTORY}/subscriptions/{admin.settings.subscription_id}"),
        ("DELETE", f"{DIRECTORY}/subscriptions/{admin.settings.subscription_id}"),
        ("POST", f"{namespace}/authorizationRules/RootManageSharedAccessKey/listKeys"),
        ("GET", f"{subscription}/providers/Microsoft.Resources/tags/default"),
    ]:
        answer = other.call(method, path, {} if method == "POST" else None)
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text[:300])
    for path in (f"{DIRECTORY}/subscriptions/{admin.settings.subscription_id}", f"{DIRECTORY}/tenants/{admin.settings.tenant_id}",
                 f"{DIRECTORY}/tenants/{uuid.uuid4()}"):
        assert other.call("PUT", path, {}).status_code == 403, path
    assert other.call("DELETE", f"{DIRECTORY}/tenants/{world.other_tenant}").status_code == 403
    for where in ("", other.group("theirs")):
        assert other.call("GET", f"{where}{roles}/{role}").status_code == 404
        ours = other.call("PUT", f"{where}{roles}/{role}", {"properties": {
            "roleName": "x", "type": "CustomRole", "permissions": [{"actions": ["*"]}], "assignableScopes": [other.group("theirs")]}})
        assert ours.status_code == 409, ours.text
        theirs = other.call("DELETE", f"{where}{roles}/{role}")
        assert theirs.status_code == 204
    world.assign(other.get("/v1.0/me?")["id"], str(role), other.group("theirs"), by=other, expect=(400,))
    found = other.get("/providers/Microsoft.Authorization/roleAssignments")["value"]
    assert len(found) == 1
    assert [each["properties"]["tenantId"] for each in other.get(f"{DIRECTORY}/tenants")["value"]] == [world.other_tenant]


def test_the_directory_of_a_tenant_is_its_own(world, admin):
    other = world.other
    program, _ = world.program("ours-only")
    person, team = world.person("ours@shop.example"), world.team("ours")
    for path in ("servicePrincipals/ours-only", "users/ours@shop.example", f"users/{person}", "groups/ours", f"groups/{team}",
                 "servicePrincipals/ours-only/federatedCredentials", "groups/ours/members"):
        assert other.call("GET", f"{DIRECTORY}/{path}").status_code == 404, path
    for path in (f"servicePrincipals/{program}", f"applications/{program}", f"users/{person}", f"groups/{team}", f"groups/{team}/members",
                 "users/ours@shop.example"):
        assert other.call("GET", f"/v1.0/{path}?").status_code == 404, path
        assert other.call("DELETE", f"/v1.0/{path}?").status_code in (404, 405), path
    for path in ("users", "groups", "servicePrincipals", "applications"):
        assert "ours" not in json.dumps(other.get(f"/v1.0/{path}?")), path
    assert other.ask("POST", "/v1.0/directoryObjects/getByIds?", {"ids": [program, person, team]})["value"] == []
    for path in (f"users/{person}/getMemberGroups", f"groups/{team}/getMemberGroups", f"directoryObjects/{program}/checkMemberGroups"):
        assert other.call("POST", f"/v1.0/{path}?", {"securityEnabledOnly": False, "groupIds": [team]}).status_code == 404, path
    mine = other.put(f"{DIRECTORY}/groups/mine", {})["properties"]["objectId"]
    assert other.call("PUT", f"{DIRECTORY}/groups/mine/members/{person}").status_code == 400
    assert other.call("POST", f"/v1.0/groups/{mine}/members/$ref?", {"@odata.id": f"x/{program}"}).status_code == 400
    assert other.call("POST", f"/v1.0/servicePrincipals/{program}/addPassword?", {}).status_code == 404
    assert other.call("POST", f"{DIRECTORY}/users/ours@shop.example/setPassword", {"password": PASSWORD}).status_code == 404
    world.assign(person, "Reader", other.group("theirs"), "User", by=other, expect=(400,))
    answer = other.call("POST", "/providers/Microsoft.Authorization/checkAccess", {
        "Subject": {"Attributes": {"ObjectId": admin.get("/v1.0/me?")["id"]}}, "Actions": [{"Id": "Microsoft.Relay/namespaces/read"}]})
    assert answer.status_code == 200 and '"NotAllowed"' in answer.text, answer.text
    signed = world.form(f"/{world.other_tenant}/oauth2/v2.0/token", client_id="az", grant_type="password",
                        username="ours@shop.example", password=PASSWORD)
    assert signed.status_code == 400 and signed.json()["error_codes"] == [50126]


def test_tenants_do_not_meet_at_the_tenant_scope(world):
    """The same GUID for a name, and the same foreign principal, in two tenants."""
    name, somebody = uuid.uuid4(), str(uuid.uuid4())
    path = f"/providers/Microsoft.Authorization/roleAssignments/{name}"
    body = {"properties": {"roleDefinitionId": ROLES["Reader"], "principalId": somebody, "principalType": "User"}}
    for management in (world.admin, world.other):
        assert management.call("PUT", path, body).status_code == 201
        assert management.call("PUT", path, body).status_code == 200
    world.other.delete(path)
    assert world.admin.call("GET", path).status_code == 200 and world.other.call("GET", path).status_code == 404
    world.admin.delete(path)


def test_the_last_owner_stays_be_it_a_person_in_a_group(world):
    """In a tenant whose only Owner is a person in a group of a group."""
    tenant = str(uuid.uuid4())
    made = world.admin.put(f"{DIRECTORY}/tenants/{tenant}", {"properties": {"administratorClientId": "lonely-admin"}})["properties"]["administrator"]
    lonely = Management(world.server.settings(tenant_id=tenant, client_id="lonely-admin", client_secret=made["clientSecret"]))
    person = lonely.put(f"{DIRECTORY}/users/last@lonely.example", {"properties": {"password": PASSWORD}})["properties"]["objectId"]
    inner = lonely.put(f"{DIRECTORY}/groups/inner", {})["properties"]["objectId"]
    outer = lonely.put(f"{DIRECTORY}/groups/outer", {})["properties"]["objectId"]
    lonely.put(f"{DIRECTORY}/groups/outer/members/{inner}", None)
    lonely.put(f"{DIRECTORY}/groups/inner/members/{person}", None)
    assignment = world.assign(outer, "Owner", by=lonely)
    world.assign(world.foreign_id("owner"), "Owner", kind="User", by=lonely)
    lonely.delete(f"{DIRECTORY}/servicePrincipals/lonely-admin")
    token = world.form(f"/{tenant}/oauth2/v2.0/token", client_id="az", grant_type="password", username="last@lonely.example",
                       password=PASSWORD).json()["access_token"]
    for method, path, body in [
        ("DELETE", f"{DIRECTORY}/users/last@lonely.example", None), ("DELETE", f"{DIRECTORY}/groups/inner", None),
        ("DELETE", f"{DIRECTORY}/groups/outer/members/{inner}", None), ("DELETE", f"{DIRECTORY}/groups/inner/members/{person}", None),
        ("PUT", f"{DIRECTORY}/users/last@lonely.example", {"properties": {"enabled": False}}), ("DELETE", assignment, None),
        ("DELETE", f"/v1.0/groups/{outer}?", None), ("DELETE", f"/v1.0/groups/{outer}/members/{inner}/$ref?", None),
        ("PATCH", f"/v1.0/users/{person}?", {"accountEnabled": False}), ("DELETE", f"/v1.0/users/{person}?", None),
    ]:
        answer = lonely.call(method, path, body, token=token)
        assert answer.status_code == 409, (method, path, answer.status_code, answer.text)
    assert lonely.call("GET", f"{DIRECTORY}/users", token=token).status_code == 200


# MARK: odd input


def test_a_long_filter_costs_little(admin):
    for text in ("a" * 7900, "/any(x:x eq '" * 350, "a/any(" * 900):
        began = time.monotonic()
        answer = admin.call("GET", "/v1.0/users?$filter=" + text)
        assert answer.status_code == 400 and time.monotonic() - began < 2, time.monotonic() - began
    found = admin.get("/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '" + admin.settings.client_id + "')")["value"]
    assert [each["appId"] for each in found] == [admin.settings.client_id]


# MARK: by command


@pytest.fixture
def command(world, tmp_path):
    settings = world.server.settings()
    secret = tmp_path / "secret"
    secret.write_text(settings.client_secret)

    def call(*arguments, code=0, **environment):
        done = run(*arguments, CAUSEWAY_MANAGEMENT_ENDPOINT=settings.endpoint, CAUSEWAY_CA_FILE=settings.ca_file,
                   CAUSEWAY_TENANT_ID=settings.tenant_id, CAUSEWAY_CLIENT_ID=settings.client_id, CAUSEWAY_CLIENT_SECRET=settings.client_secret,
                   CAUSEWAY_SUBSCRIPTION_ID=settings.subscription_id, **environment)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    return call


def test_federated_credentials_by_command_sign_in(world, admin, command):
    command("identity", "service-principal", "create", "-n", "fed-app", "--display-name", "Fed")
    noun, where = ("identity", "federated-credential"), ("--service-principal", "fed-app")
    command(*noun, "create", *where, "-n", "builds", "--issuer", world.issuer.url, "--subject", "repo:shop:main")
    assert "builds" in command(*noun, "list", *where) and "repo:shop:main" in command(*noun, "show", *where, "-n", "builds")

    def sign_in(subject):
        return world.form(f"/{admin.settings.tenant_id}/oauth2/v2.0/token", grant_type="client_credentials", client_id="fed-app",
                          client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer", scope=admin.settings.endpoint + "/.default",
                          client_assertion=world.issuer.token(subject, audience="api://AzureADTokenExchange"))

    assert sign_in("repo:shop:main").status_code == 200 and sign_in("repo:shop:release").status_code == 401
    command(*noun, "update", *where, "-n", "builds", "--subject", "repo:shop:release")
    assert sign_in("repo:shop:main").status_code == 401 and sign_in("repo:shop:release").status_code == 200
    command(*noun, "delete", *where, "-n", "builds")
    assert sign_in("repo:shop:release").status_code == 401
    assert "builds" not in command(*noun, "list", *where)


def test_people_groups_and_roles_by_command(world, admin, command, tmp_path):
    word = tmp_path / "word"
    word.write_text(PASSWORD + "\n")
    ada = ("-n", "ada@shop.example")
    command("identity", "user", "create", *ada, "--display-name", "Ada", "--password", f"@{word}")
    token = world.sign_in("ada@shop.example").json()["access_token"]
    command("identity", "group", "create", "-n", "operators", "--description", "They run it")
    command("identity", "group", "member", "add", "-n", "operators", "--member", "ada@shop.example")
    assert "ada@shop.example" in command("identity", "group", "member", "list", "-n", "operators")
    assert admin.call("GET", world.group, token=token).status_code == 403
    command("role", "assignment", "create", "--role", "Reader", "--assignee", "operators", "--scope", world.group)
    assert admin.call("GET", world.group, token=token).status_code == 200
    command("identity", "group", "member", "remove", "-n", "operators", "--member", "ada@shop.example")
    assert admin.call("GET", world.group, token=token).status_code == 403
    command("identity", "user", "set-password", *ada, CAUSEWAY_USER_PASSWORD="another horse battery")
    assert world.sign_in("ada@shop.example", "another horse battery").status_code == 200
    command("identity", "user", "update", *ada, "--enabled", "false")
    assert world.sign_in("ada@shop.example", "another horse battery").status_code == 400
    assert "ada@shop.example" in command("identity", "user", "list")
    assert "horse" not in command("identity", "user", "show", *ada, "-o", "json")
    assert "password" in command("identity", "user", "create", "-n", "eve@shop.example", code=1)
    command("identity", "user", "delete", *ada)
    command("identity", "group", "delete", "-n", "operators")
    command("identity", "user", "show", *ada, code=1)


class Terminal:
    """The set-password command at a terminal of its own."""

    def __init__(self, world, name):
        settings = world.server.settings()
        environment = clean_environment(
            CAUSEWAY_MANAGEMENT_ENDPOINT=settings.endpoint, CAUSEWAY_CA_FILE=settings.ca_file, CAUSEWAY_TENANT_ID=settings.tenant_id,
            CAUSEWAY_CLIENT_ID=settings.client_id, CAUSEWAY_CLIENT_SECRET=settings.client_secret,
        )
        self.keyboard, self.screen = pty.openpty()
        self.program = subprocess.Popen([binary(), "identity", "user", "set-password", "-n", name], env=environment,
                                        stdin=self.screen, stdout=self.screen, stderr=self.screen)
        self.shown = ""

    def wait_for(self, text):
        while text not in self.shown:
            assert select.select([self.keyboard], [], [], 20)[0], self.shown
            self.shown += os.read(self.keyboard, 4096).decode()
        self.shown = self.shown.split(text, 1)[1]

    def type(self, text):
        os.write(self.keyboard, text.encode())

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self.screen)[3] & termios.ECHO)

    def end(self):
        code = self.program.wait(20)
        while select.select([self.keyboard], [], [], 0)[0]:
            self.shown += os.read(self.keyboard, 4096).decode()
        return code


def test_a_password_is_asked_for_and_not_shown(world, command, tmp_path):
    name = "typist@shop.example"
    assert "list of processes" in command("identity", "user", "create", "-n", name, "--password", PASSWORD, code=1)
    word = tmp_path / "word"
    word.write_text(PASSWORD)
    command("identity", "user", "create", "-n", name, "--display-name", "Typist", "--password", f"@{word}")

    def asked(first, second):
        terminal = Terminal(world, name)
        for question, answer in (("Password: ", first), ("Again: ", second)):
            terminal.wait_for(question)
            assert not terminal.echoes
            terminal.type(answer)
        code = terminal.end()
        assert terminal.echoes and "battery" not in terminal.shown
        return code

    assert asked("wrong\x15correct x \x17\x1a\x1b[A\x1b[1;5Dhorsé\x7f\x7fse battery\r", "correct horse battery\n") == 0
    assert world.sign_in(name, "correct horse battery").status_code == 200
    assert asked("one horse battery\n", "another battery\n") == 1
    assert world.sign_in(name, "correct horse battery").status_code == 200

    terminal = Terminal(world, name)
    terminal.wait_for("Password: ")
    terminal.type("half a word\x03")
    # 1 where the tests were started with the signal ignored.
    assert terminal.end() in (-signal.SIGINT, 1)
    assert terminal.echoes
    command("identity", "user", "delete", "-n", name)


def test_service_principals_tenants_and_subscriptions_by_command(world, admin, command):
    name = ("-n", "by-command")
    made = json.loads(command("identity", "service-principal", "create", *name, "--display-name", "x", "-o", "json"))["properties"]
    assert admin.sign_in(client_id="by-command", client_secret=made["clientSecret"])
    more = json.loads(command("identity", "service-principal", "secret", "add", *name, "-o", "json"))
    assert more["clientSecret"] not in command("identity", "service-principal", "secret", "list", *name, "-o", "json")
    command("identity", "service-principal", "secret", "delete", *name, "--secret-id", more["secretId"])
    command("identity", "service-principal", "delete", *name)
    for noun, guid in (("tenant", str(uuid.uuid4())), ("subscription", str(uuid.uuid4()))):
        command("identity", noun, "create", "-n", guid, "--display-name", "North")
        command("identity", noun, "update", "-n", guid, "--display-name", "South")
        assert "South" in command("identity", noun, "list") and "South" in command("identity", noun, "show", "-n", guid)
        command("identity", noun, "delete", "-n", guid)
        command("identity", noun, "show", "-n", guid, code=1)


def test_no_secret_stands_in_the_log(world, admin):
    """Last in the file: after everything above."""
    found = world.server.log() + json.dumps(admin.get(
        f"{admin.subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
        "&$filter=eventTimestamp ge '2020-01-01T00:00:00Z'"))
    for secret in (PASSWORD, "another horse", admin.settings.client_secret, "eyJ"):
        assert secret not in found
    assert "Fatal" not in world.server.log()
