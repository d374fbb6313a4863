"""What the server answered, against the documents of this repository."""

import json

import pytest

from contract.documents import DOCUMENTS, OPERATIONS


def of(transcript, operation_id, status=200):
    return [exchange for exchange in transcript if exchange.operation == operation_id and exchange.status == status]


def test_the_estate_could_be_built_and_taken_down(estate):
    if estate.problems:
        shown = estate.problems[:40]
        pytest.fail("\n".join([f"{len(estate.problems)} problems:", *shown]), pytrace=False)


@pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
def test_answers_fit_their_document(operation_id, transcript):
    operation = OPERATIONS[operation_id]
    exchanges = [exchange for exchange in transcript if exchange.operation == operation_id]
    assert exchanges, f"{operation_id} was never called; what went wrong before it is in the estate's problems"
    found = [f"{exchange}: {problem}" for exchange in exchanges for problem in operation.problems(exchange)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("name", [document.name for document in DOCUMENTS])
def test_the_server_has_this_document(name, transcript):
    document = next(document for document in DOCUMENTS if document.name == name)
    answers = [exchange.json for exchange in of(transcript, "getDocument") if exchange.url.endswith("/" + name)]
    assert answers == [document.data]
    assert name in [entry["name"] for entry in of(transcript, "listDocuments")[0].json["value"]]


def test_ids_are_spelled_as_clients_split_them(estate, transcript):
    expected = {
        "getNamespace": "/" + estate.scope(""),
        "getHybridConnection": estate.connection_id(),
        "getWcfRelay": "/" + estate.scope("wcfRelays/billing"),
        "getNamespaceAuthorizationRule": "/" + estate.scope("authorizationRules/contract"),
        "getHybridConnectionAuthorizationRule": estate.connection_id() + "/authorizationRules/contract",
        "getPlan": estate.plan_id(),
        "getSiteHybridConnection": f"/{estate.scope()}/providers/Microsoft.Web/sites/{estate.site_name}"
        f"/hybridConnectionNamespaces/{estate.namespace_name}/relays/orders-db",
        "getResourceGroup": "/" + estate.scope(),
    }
    assert {operation: {e.json["id"] for e in of(transcript, operation)} for operation in expected} == {
        operation: {resource_id} for operation, resource_id in expected.items()
    }


def test_a_put_of_an_existing_rule_keeps_its_keys(estate, transcript):
    """listKeys, PUT, listKeys: the same keys, until regenerateKeys names one of them."""
    for level, _ in estate.levels:
        keys = None
        watched = {f"put{level}AuthorizationRule", f"list{level}Keys", f"regenerate{level}Keys"}
        for exchange in transcript:
            if exchange.operation not in watched or "/authorizationRules/contract" not in exchange.url or exchange.status != 200:
                continue
            if exchange.operation == f"list{level}Keys" and keys is not None:
                assert exchange.json == keys, f"{exchange}: keys changed without regenerateKeys"
            if exchange.operation == f"regenerate{level}Keys" and keys is not None:
                slot = exchange.sent.get("keyType") or exchange.sent["policyKey"]
                named, other = ("primaryKey", "secondaryKey") if slot == "PrimaryKey" else ("secondaryKey", "primaryKey")
                assert exchange.json[other] == keys[other], f"{exchange}: {other} changed"
                if "key" in exchange.sent:
                    assert exchange.json[named] == exchange.sent["key"], f"{exchange}: {named} is not the key that was sent"
                else:
                    assert exchange.json[named] != keys[named], f"{exchange}: {named} did not change"
            if exchange.operation != f"put{level}AuthorizationRule":
                keys = exchange.json


def test_a_binding_keeps_its_key_when_none_is_sent(estate, transcript):
    sent = next(
        exchange.json["primaryKey"] for exchange in of(transcript, "listHybridConnectionKeys")
        if exchange.url.endswith("/orders-db/authorizationRules/defaultSender/listKeys")
    )
    for word, _ in estate.apps:
        shown = [exchange.json["properties"] for exchange in of(transcript, f"list{word}HybridConnectionKeys")]
        assert shown and all(key == {"sendKeyName": "defaultSender", "sendKeyValue": sent} for key in shown), word


def test_a_binding_is_answered_in_full(estate, transcript):
    for word, _ in estate.apps:
        for exchange in of(transcript, f"get{word}HybridConnection"):
            properties = exchange.json["properties"]
            assert properties["relayArmUri"] == estate.connection_id()
            assert (properties["serviceBusNamespace"], properties["relayName"]) == (estate.namespace_name, "orders-db")
            assert (properties["hostname"], properties["port"]) == ("sql01.corp.example", 1433)
            assert properties["causeway"]["sendKeyState"] == "Current"


def test_a_plan_counts_distinct_connections(transcript):
    limits = [exchange.json["properties"] for exchange in of(transcript, "getPlanHybridConnectionLimits")]
    assert limits and all(limit == {"current": 2, "maximum": 25} for limit in limits)
    for exchange in of(transcript, "listPlanHybridConnections"):
        assert sorted(item["name"] for item in exchange.json["value"]) == ["orders-db", "spare"]


def test_the_apps_of_a_connection_are_json_text(estate, transcript):
    for exchange in of(transcript, "listPlanHybridConnectionSites"):
        apps = [json.loads(item) for item in exchange.json["value"]]
        assert estate.site_name in [app["name"] for app in apps]
        assert all(app["id"].lower().startswith(f"/{estate.scope()}/providers/microsoft.web/sites/".lower()) for app in apps)


def test_rotating_switches_every_binding(transcript):
    first, second = (exchange.json for exchange in of(transcript, "rotateSendKey")[:2])
    assert {first["keyType"], second["keyType"]} == {"PrimaryKey", "SecondaryKey"}
    assert len(first["bindings"]) == 2 and sorted(first["bindings"]) == sorted(second["bindings"])


def test_usage_is_the_sum_of_its_parts(transcript):
    for exchange in of(transcript, "getUsage"):
        usage = exchange.json
        assert usage["hybridConnectionCount"] == sum(not entry["isDeleted"] for entry in usage["value"])
        for figure in ("listenerCount", "bytesToListener", "bytesToSender", "connections", "requests"):
            assert usage[figure] == sum(entry[figure] for entry in usage["value"])


def test_the_activity_log_tells_of_the_estate(estate):
    events = estate.events
    names = {event["operationName"]["value"].lower() for event in events}
    assert {"microsoft.relay/namespaces/write", "microsoft.web/sites/write"} <= names
    assert all(event["resourceGroupName"].lower() == estate.group_name for event in events)


def test_the_pages_of_the_activity_log_run_from_new_to_old(estate):
    first = next(e for e in reversed(estate.events) if e["operationName"]["value"].lower() == "microsoft.relay/namespaces/write")
    assert (first["status"]["value"], first["resourceId"].lower()) == ("Succeeded", f"/{estate.scope('')}".lower())
    ids = [event["eventDataId"] for event in estate.events]
    assert len(ids) > 100 and len(set(ids)) == len(ids)
    times = [event["eventTimestamp"] for event in estate.events]
    assert times == sorted(times, reverse=True)


def test_providers_are_registered(transcript):
    for exchange in of(transcript, "getProvider"):
        assert exchange.json["registrationState"] == "Registered"
    states = [e.json["registrationState"] for e in of(transcript, "registerProvider")]
    assert states and set(states) == {"Registered"}
