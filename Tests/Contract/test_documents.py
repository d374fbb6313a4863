"""The documents themselves. No server is needed."""

import json
import re

import pytest

from contract.documents import DOCUMENTS, OPERATIONS
from contract.deviations import KEYS, PATH

NAMES = [document.name for document in DOCUMENTS]
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)


def walk(node, path=""):
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from walk(value, f"{path}/{key}")


def without_examples(node):
    if isinstance(node, dict):
        return {key: without_examples(value) for key, value in node.items() if key != "example"}
    return [without_examples(item) for item in node] if isinstance(node, list) else node


def test_all_documents_are_there():
    assert NAMES == [
        "causeway.json", "graph.json", "microsoft-authorization.json", "microsoft-insights.json", "microsoft-relay.json",
        "microsoft-resources.json", "microsoft-web.json", "sign-in.json",
    ]


@EACH
def test_text_is_in_the_one_form(document):
    assert document.text == json.dumps(document.data, indent=2, ensure_ascii=False) + "\n"


def test_deviations_are_in_the_one_form():
    text = PATH.read_text(encoding="utf-8")
    entries = json.loads(text)
    assert text == json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    for entry in entries:
        assert set(entry) == KEYS and all(entry.values())
        assert all(any(re.fullmatch(p.replace("*", ".*"), o) for o in OPERATIONS) for p in entry["operations"])


def test_operation_ids_are_unique():
    assert len(OPERATIONS) == sum(len(document.operations) for document in DOCUMENTS)


@EACH
def test_every_reference_leads_somewhere_and_every_component_is_used(document):
    used = {node["$ref"] for _, node in walk(without_examples(document.data)) if isinstance(node, dict) and "$ref" in node}
    components = document.data["components"]
    there = {
        f"#/components/{kind}/{name}" for kind in ("parameters", "headers", "responses", "schemas") for name in components.get(kind, {})
    }
    assert used == there


@EACH
def test_path_parameters_match_their_path(document):
    for path, item in document.data["paths"].items():
        shared = [document.resolve(p) for p in item.get("parameters", [])]
        for operation in (o for o in document.operations if o.path == path):
            own = [document.resolve(p) for p in operation.item.get("parameters", [])]
            names = [p["name"] for p in shared + own if p["in"] == "path"]
            assert names == re.findall(r"\{(\w+)\}", path), path
            keys = [(p["name"], p["in"]) for p in shared + own]
            assert len(keys) == len(set(keys)), operation.id


@EACH
def test_every_operation_has_what_clients_need(document):
    tags = {tag["name"] for tag in document.data["tags"]}
    for operation in document.operations:
        assert re.fullmatch(r"[a-z][A-Za-z0-9]+", operation.id)
        assert operation.item["summary"] and set(operation.item["tags"]) <= tags
        default = document.resolve(operation.item["responses"]["default"])
        if not operation.is_on_operations_address:
            schema = default["content"]["application/json"]["schema"]
            assert document.errors(schema, {"error": {"code": "A", "message": "b"}}) == []
        assert any(status.startswith("2") for status in operation.item["responses"])
        is_platform = document.name.startswith("microsoft-") or "/providers/" in operation.path
        assert (operation.api_version is not None) == is_platform, operation.id


@EACH
def test_every_body_has_an_example_that_fits(document):
    for operation in document.operations:
        bodies = [document.resolve(response) for response in operation.item["responses"].values()]
        bodies += [operation.body] if operation.body else []
        for content in (body["content"] for body in bodies if "content" in body):
            for media in content.values():
                assert "example" in media, operation.id
                assert document.errors(media["schema"], media["example"]) == [], operation.id


def test_statuses_that_clients_depend_on():
    for operation in OPERATIONS.values():
        statuses = set(operation.item["responses"]) - {"default"}
        if operation.method == "PUT" and re.search("HybridConnection|WcfRelay|AuthorizationRule|RelayService|Plan|Site|Slot", operation.id):
            assert statuses == {"200"}, operation.id
        if re.fullmatch("delete(Site|Slot)HybridConnection", operation.id):
            assert statuses == {"200", "404"}, operation.id
