"""Many callers at once: exactly the right number wins, and nobody else changes anything."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.rest import error_of

THREADS = 16


def at_once(calls):
    """Runs the calls in threads that all start together; the answers in the order of the calls."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def statuses(answers):
    return sorted(answer.status_code for answer in answers)


class App:
    """A plan with apps, and a namespace with hybrid connections to bind."""

    def __init__(self, management, group, unique, sku, sites=1, connections=1):
        self.management = management
        self.namespace = management.namespace(group, unique("race"))
        self.plan = management.plan(group, unique("plan"))
        self.sites = [management.site(group, unique("site")) for _ in range(sites)]
        self.connections = [f"race-{i}" for i in range(connections)]
        management.put(self.namespace, {"location": "westus"})
        for name in self.connections:
            management.put(self.connection(name),
                {"properties": {"userMetadata": '[{"key":"endpoint","value":"sql01.corp.example:1433"}]'}})
            management.put(self.connection(name) + "/authorizationRules/defaultSender", {"properties": {"rights": ["Send"]}})
        management.put(self.plan, {"location": "westus", "sku": {"name": sku}})
        for site in self.sites:
            management.put(site, {"location": "westus", "properties": {"serverFarmId": self.plan}})

    def connection(self, name):
        return f"{self.namespace}/hybridConnections/{name}"

    def rule(self, name):
        return self.connection(name) + "/authorizationRules/defaultSender"

    def binding(self, site, name):
        return f"{site}/hybridConnectionNamespaces/{self.namespace.rsplit('/', 1)[1]}/relays/{name}"

    def bind(self, site, name):
        return self.management.call("PUT", self.binding(site, name), {"properties": {"relayArmUri": self.connection(name)}})

    def key_of(self, site, name):
        return self.management.ask("POST", self.binding(site, name) + "/listKeys")["properties"]["sendKeyValue"]

    def limit(self):
        return self.management.get(self.plan + "/hybridConnectionPlanLimits/limit")["properties"]


# MARK: places in a plan


def test_sixteen_callers_fight_for_the_five_places_of_a_basic_plan(management, group, unique):
    app = App(management, group, unique, "B1", sites=4, connections=THREADS)
    answers = at_once([lambda i=i: app.bind(app.sites[i % 4], app.connections[i]) for i in range(THREADS)])
    assert statuses(answers) == [200] * 5 + [409] * 11
    for answer in answers:
        if answer.status_code == 409:
            code, message = error_of_web(answer)
            assert code == "Conflict" and " 5 " in message and "Basic" in message, message
    assert app.limit() == {"current": 5, "maximum": 5}
    bound = {entry["name"] for site in app.sites for entry in management.get(site + "/hybridConnectionRelays")["value"]}
    assert bound == {app.connections[i] for i in range(THREADS) if answers[i].status_code == 200}


def error_of_web(answer):
    body = answer.json()
    assert body["Code"] == body["error"]["code"] and body["Message"] == body["error"]["message"]
    return body["error"]["code"], body["error"]["message"]


def test_the_last_place_goes_to_one_and_a_freed_one_to_one_more(management, group, unique):
    app = App(management, group, unique, "B1", connections=4 + THREADS)
    site = app.sites[0]
    for name in app.connections[:4]:
        assert app.bind(site, name).status_code == 200
    answers = at_once([lambda name=name: app.bind(site, name) for name in app.connections[4:]])
    assert statuses(answers) == [200] + [409] * (THREADS - 1)
    management.delete(app.binding(site, app.connections[0]))
    left = [name for name, answer in zip(app.connections[4:], answers) if answer.status_code == 409]
    assert statuses(at_once([lambda name=name: app.bind(site, name) for name in left])) == [200] + [409] * (len(left) - 1)
    assert app.limit() == {"current": 5, "maximum": 5}


def test_one_connection_of_sixteen_apps_takes_one_place(management, group, unique):
    app = App(management, group, unique, "B1", sites=THREADS)
    assert statuses(at_once([lambda site=site: app.bind(site, app.connections[0]) for site in app.sites])) == [200] * THREADS
    assert app.limit() == {"current": 1, "maximum": 5}


def test_binding_and_scaling_down_at_once_never_leaves_a_plan_over_its_limit(management, group, unique):
    app = App(management, group, unique, "S1", connections=8)
    site = app.sites[0]
    for name in app.connections[:4]:
        assert app.bind(site, name).status_code == 200
    scale = lambda: management.call("PUT", app.plan, {"location": "westus", "sku": {"name": "B1"}})  # noqa: E731
    at_once([*(lambda name=name: app.bind(site, name) for name in app.connections[4:]), scale, scale])
    limit = app.limit()
    assert limit["current"] <= limit["maximum"], limit


# MARK: names


def test_one_of_sixteen_gets_a_namespace_name_and_the_others_update_it(management, group, unique):
    for _ in range(5):
        path = management.namespace(group, unique("name"))
        answers = at_once([lambda: management.call("PUT", path, {"location": "westus"})] * THREADS)
        assert statuses(answers) == [200] * (THREADS - 1) + [201]
        keys = {answer.json()["properties"]["createdAt"] for answer in answers}
        assert len(keys) == 1, "the namespace was created more than once"
        management.delete(path)


def test_one_of_sixteen_groups_gets_a_namespace_name(management, group, unique):
    groups = [unique("race") for _ in range(4)]
    for name in groups:
        management.put(management.group(name), {"location": "westus"})
    for _ in range(5):
        namespace = unique("wanted")
        paths = [management.namespace(groups[i % 4], namespace if i % 2 else namespace.upper()) for i in range(THREADS)]
        answers = at_once([lambda path=path: management.call("PUT", path, {"location": "westus"}) for path in paths])
        created = [path for path, answer in zip(paths, answers) if answer.status_code == 201]
        assert len(created) == 1, statuses(answers)
        winner = created[0].split("/")[4]
        for path, answer in zip(paths, answers):
            if path.split("/")[4] == winner:
                assert answer.status_code in (200, 201)
            else:
                assert answer.status_code == 409 and error_of(answer)[0] in ("NamespaceUnavailable", "Conflict")
    for name in groups:
        management.delete(management.group(name))


def test_a_connection_and_a_relay_never_share_a_name(management, group, unique):
    path = management.namespace(group, unique("shared"))
    management.put(path, {"location": "westus"})
    for i in range(10):
        kinds = ["hybridConnections", "wcfRelays"] * 4
        answers = at_once([lambda kind=kind: management.call("PUT", f"{path}/{kind}/name-{i}",
            {"properties": {}}) for kind in kinds])
        by_kind = {kind: {a.status_code for k, a in zip(kinds, answers) if k == kind} for kind in set(kinds)}
        assert sorted(map(sorted, by_kind.values())) == [[200], [409]], by_kind


def test_thirteen_rules_never_fit_into_twelve_places(management, group, unique):
    path = management.namespace(group, unique("rules"))
    management.put(path, {"location": "westus"})
    body = {"properties": {"rights": ["Listen"]}}
    answers = at_once([lambda i=i: management.call("PUT", f"{path}/authorizationRules/rule-{i}", body) for i in range(THREADS)])
    # The root rule has one place.
    assert statuses(answers) == [200] * 11 + [409] * (THREADS - 11)
    assert len(management.get(path + "/authorizationRules")["value"]) == 12


# MARK: preconditions


@pytest.mark.parametrize("kind", ["hybrid connection", "namespace", "plan"])
def test_one_writer_wins_each_round_of_if_match(management, group, unique, kind):
    namespace = management.namespace(group, unique("match"))
    management.put(namespace, {"location": "westus"})
    path, body = {
        "hybrid connection": (namespace + "/hybridConnections/orders", lambda text: {"properties": {"userMetadata": text}}),
        "namespace": (namespace, lambda text: {"location": "westus", "tags": {"round": text}}),
        "plan": (management.plan(group, unique("match")), lambda text: {"location": "westus", "sku": {"name": "B1"},
            "tags": {"round": text}}),
    }[kind]
    management.put(path, body("start"))
    for round_number in range(10):
        tag = management.call("GET", path).headers["ETag"]
        texts = [f"{round_number}-{i}" for i in range(8)]
        answers = at_once([lambda text=text: management.call("PUT", path, body(text),
            headers={"If-Match": tag}) for text in texts])
        assert statuses(answers) == [200] + [412] * 7, statuses(answers)
        winner = next(text for text, answer in zip(texts, answers) if answer.status_code == 200)
        now = management.call("GET", path)
        assert winner in now.text and now.headers["ETag"] != tag
        assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 412} == {"PreconditionFailed"}


def test_one_creator_wins_with_if_none_match(management, group, unique):
    namespace = management.namespace(group, unique("none"))
    management.put(namespace, {"location": "westus"})
    for i in range(10):
        path = f"{namespace}/hybridConnections/new-{i}"
        answers = at_once([lambda: management.call("PUT", path, {}, headers={"If-None-Match": "*"})] * 8)
        assert statuses(answers) == [200] + [412] * 7


def test_one_deleter_wins_and_a_stale_one_does_nothing(management, group, unique):
    namespace = management.namespace(group, unique("gone"))
    management.put(namespace, {"location": "westus"})
    path = namespace + "/hybridConnections/orders"
    management.put(path, {})
    stale = management.call("GET", path).headers["ETag"]
    management.put(path, {"properties": {"userMetadata": "changed"}})
    assert management.call("DELETE", path, headers={"If-Match": stale}).status_code == 412
    assert management.call("GET", path).status_code == 200
    assert statuses(at_once([lambda: management.call("DELETE", path)] * 8)) == [200] + [204] * 7


# MARK: keys


def new_id():
    return {"x-ms-client-request-id": str(uuid.uuid4())}


@pytest.fixture
def rule(management, group, unique):
    path = management.namespace(group, unique("keys"))
    management.put(path, {"location": "westus"})
    management.put(path + "/authorizationRules/clients", {"properties": {"rights": ["Send", "Listen"]}})
    return path + "/authorizationRules/clients"


def regenerate(management, rule, slot, headers=None):
    return management.ask("POST", rule + "/regenerateKeys", {"keyType": slot}, headers=headers)


@pytest.mark.parametrize("slot, changed, kept", [
    ("PrimaryKey", "primaryKey", "secondaryKey"), ("SecondaryKey", "secondaryKey", "primaryKey"),
])
def test_regenerating_one_key_leaves_the_other(management, rule, slot, changed, kept):
    before = management.keys(rule)
    after = regenerate(management, rule, slot)
    assert after[kept] == before[kept] and after[changed] != before[changed]
    assert management.keys(rule) == after


def test_a_repeated_regeneration_does_not_rotate_twice(management, rule):
    headers = new_id()
    first = regenerate(management, rule, "PrimaryKey", headers)
    assert regenerate(management, rule, "PrimaryKey", headers) == first
    assert management.keys(rule) == first
    assert regenerate(management, rule, "PrimaryKey", new_id())["primaryKey"] != first["primaryKey"]
    assert regenerate(management, rule, "PrimaryKey")["primaryKey"] != first["primaryKey"]


def test_sixteen_copies_of_one_regeneration_rotate_once(management, rule):
    before = management.keys(rule)
    headers = new_id()
    answers = at_once([lambda: regenerate(management, rule, "SecondaryKey", headers)] * THREADS)
    assert len({answer["secondaryKey"] for answer in answers}) == 1
    assert answers[0]["secondaryKey"] != before["secondaryKey"] and answers[0]["primaryKey"] == before["primaryKey"]
    assert management.keys(rule) == answers[0]


def test_one_request_id_is_for_one_action_on_one_rule(management, rule):
    headers, other = new_id(), rule.rsplit("/", 1)[0] + "/others"
    management.put(other, {"properties": {"rights": ["Listen"]}})
    before = management.keys(other)
    first = regenerate(management, rule, "PrimaryKey", headers)
    assert regenerate(management, other, "PrimaryKey", headers)["primaryKey"] != before["primaryKey"]
    second = regenerate(management, rule, "SecondaryKey", headers)
    assert second["secondaryKey"] != first["secondaryKey"], "another key was asked for under the same request id"
    assert second["primaryKey"] == first["primaryKey"]


def test_sixteen_different_regenerations_all_happen(management, rule):
    answers = at_once([lambda: regenerate(management, rule, "PrimaryKey", new_id()) for _ in range(THREADS)])
    keys = [answer["primaryKey"] for answer in answers]
    assert len(set(keys)) == THREADS and management.keys(rule)["primaryKey"] in keys
    assert len({answer["secondaryKey"] for answer in answers}) == 1


def test_puts_of_a_rule_beside_regenerations_never_bring_an_old_key_back(management, rule):
    before = management.keys(rule)
    put = lambda: management.put(rule, {"properties": {"rights": ["Send", "Listen"]}})  # noqa: E731
    at_once([*[put] * 8, lambda: regenerate(management, rule, "PrimaryKey"), *[put] * 7])
    after = management.keys(rule)
    assert after["primaryKey"] != before["primaryKey"] and after["secondaryKey"] == before["secondaryKey"]


# MARK: rotation with bindings


@pytest.fixture
def bound(management, group, unique):
    app = App(management, group, unique, "S1", sites=3, connections=2)
    for site in app.sites:
        assert app.bind(site, "race-0").status_code == 200
    assert app.bind(app.sites[0], "race-1").status_code == 200
    return app


def rotate(management, app, headers=None):
    return management.ask("POST", app.connection("race-0") + "/providers/Causeway.Relay/rotateSendKey", headers=headers)


def test_rotation_alternates_and_the_keys_of_all_bindings_follow(management, bound):
    app = bound
    other, slots = app.key_of(app.sites[0], "race-1"), []
    for _ in range(4):
        before = management.keys(app.rule("race-0"))
        used = {app.key_of(site, "race-0") for site in app.sites}
        answer = rotate(management, app)
        after = management.keys(app.rule("race-0"))
        slot = "primaryKey" if answer["keyType"] == "PrimaryKey" else "secondaryKey"
        kept = "secondaryKey" if slot == "primaryKey" else "primaryKey"
        assert after[slot] != before[slot] and after[kept] == before[kept]
        assert used == {after[kept]}, "the key that was in use stays good until the next rotation"
        assert {app.key_of(site, "race-0") for site in app.sites} == {after[slot]}
        assert sorted(path.lower() for path in answer["bindings"]) == sorted(app.binding(site,
            "race-0").lower() for site in app.sites)
        slots.append(answer["keyType"])
    assert slots in (["PrimaryKey", "SecondaryKey"] * 2, ["SecondaryKey", "PrimaryKey"] * 2)
    assert app.key_of(app.sites[0], "race-1") == other, "a binding of another connection was switched"
    for site in app.sites:
        assert management.get(app.binding(site, "race-0"))["properties"]["causeway"]["sendKeyState"] == "Current"


def test_a_repeated_rotation_does_not_rotate_twice(management, bound):
    headers = new_id()
    answers = at_once([lambda: rotate(management, bound, headers)] * 8)
    assert all(answer == answers[0] for answer in answers)
    keys = management.keys(bound.rule("race-0"))
    assert rotate(management, bound, headers) == answers[0] and management.keys(bound.rule("race-0")) == keys
    assert rotate(management, bound, new_id())["keyType"] != answers[0]["keyType"]


def test_rotations_beside_rebindings_leave_every_binding_with_a_good_key(management, bound):
    app = bound
    again = [lambda site=site: app.bind(site, "race-0") for site in app.sites for _ in range(3)]
    at_once([*again, *[lambda: rotate(management, app, new_id())] * 4])
    keys = management.keys(app.rule("race-0"))
    for site in app.sites:
        assert app.key_of(site, "race-0") in (keys["primaryKey"], keys["secondaryKey"])
        assert management.get(app.binding(site, "race-0"))["properties"]["causeway"]["sendKeyState"] == "Current"


def test_a_key_that_is_regenerated_under_a_binding_shows_it_as_stale(management, bound):
    app, site = bound, bound.sites[0]
    state = lambda: management.get(app.binding(site, "race-0"))["properties"]["causeway"]["sendKeyState"]  # noqa: E731
    keys = management.keys(app.rule("race-0"))
    slot = "PrimaryKey" if app.key_of(site, "race-0") == keys["primaryKey"] else "SecondaryKey"
    assert state() == "Current"
    regenerate(management, app.rule("race-0"), slot)
    assert state() == "Stale"
    rotate(management, app)
    assert state() == "Current"


# MARK: groups


def test_a_group_that_is_deleted_beside_writes_leaves_nothing_behind(management, unique):
    for _ in range(3):
        name = unique("vanish")
        group = management.group(name)
        management.put(group, {"location": "westus"})
        paths = [management.namespace(name, unique("vanish")) for _ in range(8)]
        answers = at_once([*(lambda path=path: management.call("PUT", path, {"location": "westus"}) for path in paths),
            lambda: management.call("DELETE", group)])
        assert answers[-1].status_code in (200, 202) and set(statuses(answers[:-1])) <= {201, 404}, statuses(answers)
        assert management.call("GET", group).status_code == 404
        for path in paths:
            assert management.call("GET", path).status_code == 404
            short = path.rsplit("/", 1)[1]
            check = management.ask("POST", management.subscription + "/providers/Microsoft.Relay/checkNameAvailability",
                {"name": short})
            assert check["nameAvailable"] is True, "a namespace outlives its group"
