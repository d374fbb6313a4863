"""What the management API shows of the data plane: listeners, events, connections and use."""

import json
import secrets
import time
import uuid

import pytest

from contract.listener import Relay, eventually, shared_access_token

ENTITY = "orders-db"
LISTENER_ROLE = "26e0b698-aa6d-4085-9386-aadae190014d"
PREFIX = "Microsoft.Relay/HybridConnections/"


class Plane:
    """One namespace with one hybrid connection, its listeners and what is shown of them."""

    def __init__(self, server):
        self.server, self.relay = server, Relay(server.settings)
        name = f"plane-{secrets.token_hex(4)}"
        self.subscription = {"subscriptionId": server.settings.subscription_id}
        self.group = {**self.subscription, "resourceGroupName": name}
        self.name = name
        self.namespace = {**self.group, "namespaceName": name}
        self.connection = {**self.namespace, "hybridConnectionName": ENTITY}
        self.scope = f"subscriptions/{server.settings.subscription_id}/resourceGroups/{name}/providers/Microsoft.Relay/namespaces/{name}"

    def build(self):
        call = self.server.call
        call("putResourceGroup", self.group, {"location": "westus"}, expect=(201,))
        call("putNamespace", self.namespace, {"location": "westus"}, expect=(201,))
        call("putHybridConnection", self.connection, {})
        rule = {**self.connection, "authorizationRuleName": "defaultListener"}
        call("putHybridConnectionAuthorizationRule", rule, {"properties": {"rights": ["Listen"]}})
        self.key = call("listHybridConnectionKeys", rule).json["primaryKey"]

    def listen(self):
        token = shared_access_token(f"http://{self.relay.host(self.name)}/{ENTITY}", "defaultListener", self.key)
        connection, status = self.relay.listen(self.name, ENTITY, token)
        assert status == 101
        return connection

    def count(self):
        return self.server.call("getHybridConnection", self.connection).json["properties"]["listenerCount"]

    def events(self, filter=None, below=""):
        query = {"$filter": filter} if filter else {}
        return self.server.call("listRelayEvents", {"scope": self.scope + below}, query=query).json["value"]

    def usage(self, below=f"/hybridConnections/{ENTITY}"):
        return self.server.call("getUsage", {"scope": self.scope + below}).json

    def stream(self, **headers):
        """An open stream of events of the namespace: the response, and its lines."""
        headers = {"Authorization": "Bearer " + self.server.token, "Accept": "text/event-stream", **headers}
        url = f"{self.server.settings.endpoint}/{self.scope}/providers/Causeway.Relay/events?api-version=2026-01-01"
        answer = self.server.session.get(url, headers=headers, stream=True, timeout=30)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
        return answer, answer.iter_lines(chunk_size=1, decode_unicode=True)


def read_event(lines):
    """The next event of a stream: its ID and its body."""
    number = None
    for line in lines:
        if line.startswith("id: "):
            number = line.removeprefix("id: ")
        if line.startswith("data: "):
            return number, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


@pytest.fixture(scope="module")
def plane(server):
    server.sign_in()
    plane = Plane(server)
    plane.build()
    yield plane
    server.call("deleteResourceGroup", plane.group, expect=(200, 202))


def test_what_is_kept_shows_listeners_that_come_and_go(plane):
    assert plane.count() == plane.count() == 0
    with plane.listen():
        eventually(lambda: plane.count() == 1, "one listener")
        with plane.listen():
            eventually(lambda: plane.count() == 2, "two listeners")
        eventually(lambda: plane.count() == 1, "one listener again")
    eventually(lambda: plane.count() == 0, "no listener")


def test_connections_show_who_listens(plane):
    assert plane.server.call("listLiveConnections", plane.connection).json == {"value": []}
    with plane.listen() as listener:
        shown = eventually(lambda: plane.server.call("listLiveConnections", plane.connection).json["value"], "a connection")
        assert [entry["kind"] for entry in shown] == ["Listener"]
        assert shown[0]["identity"] == "defaultListener"
        host, port = listener.getsockname()[:2]
        assert shown[0]["remoteEndpoint"] == f"{host}:{port}"
    eventually(lambda: not plane.server.call("listLiveConnections", plane.connection).json["value"], "no connection")


def test_a_refusal_is_an_event_with_the_tracking_id_that_the_client_saw(plane):
    connection, status, head = plane.relay.exchange(plane.name, "/no-such-thing/at-all")
    connection.close()
    tracking = next(line.split(": ", 1)[1] for line in head.splitlines() if line.lower().startswith("x-ms-request-id"))
    event = eventually(lambda: plane.events(f"trackingId eq '{tracking}'"), "the event")[0]
    assert (event["status"], event["activityId"]) == (status, tracking)
    assert event["resourceId"] == f"/{plane.scope}".upper()
    assert event["endpoint"].startswith(f"sb://{plane.relay.host(plane.name)}/no-such-thing") and event["endpoint"].endswith(tracking)
    assert plane.events(f"trackingId eq '{tracking}'", below=f"/hybridConnections/{ENTITY}") == []


def test_events_come_in_order_and_by_pages(plane):
    with plane.listen():
        pass
    wanted = [PREFIX + "NewListenerRegistered", PREFIX + "ListenerUnregistered"]
    below = f"/hybridConnections/{ENTITY}"
    eventually(lambda: wanted[1] in [e["operationName"] for e in plane.events(below=below)], "the end of the listener")
    events = plane.events(below=below)
    last = [event for event in events if event["operationName"] in wanted][-2:]
    assert [event["operationName"] for event in last] == wanted
    assert {event["identity"] for event in last} == {"defaultListener"} and last[1]["durationMilliseconds"] >= 0
    assert [event["entityName"] for event in last] == [ENTITY] * 2
    ids = [int(event["id"]) for event in events]
    assert ids == sorted(set(ids))

    paged, exchange = [], plane.server.call("listRelayEvents", {"scope": plane.scope}, query={"$top": "1"})
    while True:
        paged += [int(event["id"]) for event in exchange.json["value"]]
        if "nextLink" not in exchange.json:
            break
        exchange = plane.server.follow("listRelayEvents", exchange.json["nextLink"])
    assert paged == sorted(paged) and set(ids) <= set(paged)


def test_a_stream_tells_what_happens_and_goes_on_where_it_was(plane):
    answer, lines = plane.stream()
    with answer, plane.listen():
        first, event = read_event(lines)
        assert event["operationName"] == PREFIX + "NewListenerRegistered" and event["id"] == first
    eventually(lambda: plane.events(f"id gt '{first}'"), "the end of the listener")
    missed = plane.events(f"id gt '{first}'")

    answer, lines = plane.stream(**{"Last-Event-ID": first})
    with answer:
        assert [read_event(lines) for _ in missed] == [(event["id"], event) for event in missed]
    answer, lines = plane.stream(**{"Last-Event-ID": "0"})
    with answer:
        assert read_event(lines)[1] == plane.events()[0]


@pytest.mark.parametrize("headers, query, status", [
    ({"Last-Event-ID": "x"}, "", 400), ({"Last-Event-ID": "-1"}, "", 400), ({}, "&$filter=id lt '1'", 400),
    ({"Authorization": "Bearer a.b.c"}, "", 401),
])
def test_a_wrong_request_for_a_stream_is_refused_as_any_other(plane, headers, query, status):
    headers = {"Authorization": "Bearer " + plane.server.token, "Accept": "text/event-stream", **headers}
    url = f"{plane.server.settings.endpoint}/{plane.scope}/providers/Causeway.Relay/events?api-version=2026-01-01{query}"
    answer = plane.server.session.get(url, headers=headers, timeout=30)
    assert answer.status_code == status and "code" in answer.json()["error"]


def test_a_stream_ends_with_what_it_follows(plane):
    other = Plane(plane.server)
    other.build()
    answer, lines = other.stream()
    with answer:
        assert next(lines) == "retry: 2000"
        other.server.call("deleteResourceGroup", other.group, expect=(200, 202))
        # One event may still come: the feed is woken by it, or by the next heartbeat.
        assert not [line for line in lines if line.startswith("data: ")]


def test_use_grows_with_time_and_survives_the_hybrid_connection(plane):
    before = plane.usage()
    with plane.listen():
        grown = eventually(lambda: plane.usage()["listenerSeconds"] >= before["listenerSeconds"] + 1, "a second of use")
        assert grown
    usage = plane.usage()
    assert usage["value"][0]["listenersPeak"] >= 1
    assert sum(hour["listenerSeconds"] for hour in usage["value"][0]["hours"]) <= usage["listenerSeconds"]

    gone = {**plane.namespace, "hybridConnectionName": "short-lived"}
    plane.server.call("putHybridConnection", gone, {})
    rule = {**gone, "authorizationRuleName": "l"}
    plane.server.call("putHybridConnectionAuthorizationRule", rule, {"properties": {"rights": ["Listen"]}})
    key = plane.server.call("listHybridConnectionKeys", rule).json["primaryKey"]
    token = shared_access_token(f"http://{plane.relay.host(plane.name)}/short-lived", "l", key)
    connection, _ = plane.relay.listen(plane.name, "short-lived", token)
    with connection:
        time.sleep(0.05)
        plane.server.call("deleteHybridConnection", gone)
    def entry():
        return next((e for e in plane.usage("")["value"] if e["name"] == "short-lived"), None)
    kept = eventually(entry, "the use of what is gone")
    assert kept["isDeleted"] and kept["listenersPeak"] == 1 and kept["listenerCount"] == 0
    assert plane.usage("")["hybridConnectionCount"] == 1


def test_a_regenerated_key_is_refused_at_once(plane):
    rule = {**plane.connection, "authorizationRuleName": "spare"}
    plane.server.call("putHybridConnectionAuthorizationRule", rule, {"properties": {"rights": ["Listen"]}})
    old = plane.server.call("listHybridConnectionKeys", rule).json["primaryKey"]
    uri = f"http://{plane.relay.host(plane.name)}/{ENTITY}"
    new = plane.server.call("regenerateHybridConnectionKeys", rule, {"keyType": "PrimaryKey"}).json["primaryKey"]
    limit = time.monotonic() + 1
    eventually(lambda: plane.relay.listen(plane.name, ENTITY, shared_access_token(uri, "spare", old))[0] is None, "refused", limit=1)
    connection, status = plane.relay.listen(plane.name, ENTITY, shared_access_token(uri, "spare", new))
    assert status == 101 and time.monotonic() < limit + 1
    connection.close()


def test_an_access_token_listens_with_the_role_for_it(plane):
    server = plane.server
    client = f"plane-{secrets.token_hex(4)}"
    created = server.call("putServicePrincipal", {"clientId": client}, {}, expect=(201,)).json["properties"]

    def token(scope):
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": created["clientSecret"], "scope": scope}
        return "Bearer " + server.call("createToken", {"tenant": server.settings.tenant_id}, form).json["access_token"]

    relay = token("https://relay.azure.net/.default")
    try:
        assert plane.relay.listen(plane.name, ENTITY, relay)[1] == 403
        scope = f"{plane.scope}/hybridConnections/{ENTITY}"
        assignment = {"scope": scope, "roleAssignmentName": str(uuid.uuid4())}
        role = f"/subscriptions/{server.settings.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{LISTENER_ROLE}"
        body = {"properties": {"roleDefinitionId": role, "principalId": created["objectId"], "principalType": "ServicePrincipal"}}
        server.call("putRoleAssignment", assignment, body, expect=(201,))
        connection, status = plane.relay.listen(plane.name, ENTITY, relay)
        assert status == 101
        with connection:
            assert plane.relay.listen(plane.name, ENTITY, token(server.settings.endpoint + "/.default"))[1] == 401
            shown = server.call("listLiveConnections", plane.connection).json["value"]
            assert created["displayName"] in [entry["identity"] for entry in shown]
            server.call("deleteRoleAssignment", assignment)
            # A close frame with 1008 comes, and then the end.
            assert connection.recv(4)[2:4] == (1008).to_bytes(2, "big")
        assert plane.relay.listen(plane.name, ENTITY, relay)[1] == 403
    finally:
        server.call("deleteServicePrincipal", {"clientId": client})
