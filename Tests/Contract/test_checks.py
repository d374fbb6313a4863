"""The checks themselves: planted mistakes must be found. No server is needed."""

import copy
from types import SimpleNamespace

import pytest

from contract.deviations import Deviations
from contract.documents import OPERATIONS
from contract.published import Finding, Schema, convert, undeclared
from contract.server import Exchange

HEADERS = {"x-ms-request-id": "1", "ETag": '"1"', "Content-Type": "application/json; charset=utf-8"}
OPERATION = OPERATIONS["getHybridConnection"]


def answer(change=lambda body: None, status=200, headers=HEADERS):
    body = copy.deepcopy(OPERATION.response(200)["content"]["application/json"]["example"])
    change(body)
    exchange = SimpleNamespace(method="GET", status=status, headers=headers, json=body, text=str(body))
    return OPERATION.problems(exchange)


def test_a_good_answer_has_no_problems():
    assert answer() == []


@pytest.mark.parametrize("change", [
    lambda body: body.pop("location"),
    lambda body: body["properties"].pop("listenerCount"),
    lambda body: body["properties"].update(listenerCount="0"),
    lambda body: body["properties"].update(listenerCount=26),
    lambda body: body["properties"].update(createdAt="yesterday"),
    lambda body: body["properties"].update(userMetadata=None),
    lambda body: body["properties"].update(listenersCount=0),
], ids=["no location", "no count", "count as text", "count too high", "no date", "null", "undeclared"])
def test_a_wrong_body_is_found(change):
    assert len(answer(change)) == 1


def test_a_wrong_status_or_header_is_found():
    assert len(answer(status=201)) == 1
    assert len(answer(headers={**HEADERS, "Content-Type": "text/html"})) == 1
    assert len(answer(headers={name: value for name, value in HEADERS.items() if name != "ETag"})) == 1


def test_a_body_where_none_belongs_is_found():
    operation = OPERATIONS["deleteHybridConnection"]
    assert operation.problems(Exchange("", "DELETE", "", None, 204, HEADERS, "")) == []
    assert len(operation.problems(Exchange("", "DELETE", "", None, 204, HEADERS, "{}"))) == 1


def test_swagger_is_converted():
    schema = {
        "type": "object", "description": "d", "readOnly": True, "required": ["a"], "x-ms-azure-resource": True,
        "properties": {
            "a": {"type": "string", "enum": ["X"], "x-ms-enum": {"name": "E", "values": [{"value": "X"}, {"value": "Y"}]}},
            "description": {"type": "string", "x-nullable": True},
            "other": {"$ref": "#/definitions/Other", "readOnly": True},
        },
    }
    assert convert(schema) == {
        "type": "object", "required": ["a"],
        "properties": {
            "a": {"type": "string", "enum": ["X", "Y"]},
            "description": {"type": ["string", "null"]},
            "other": {"$ref": "#/definitions/Other"},
        },
    }


def test_undeclared_properties_are_found_at_any_depth():
    root = {"definitions": {
        "Base": {"properties": {"id": {"type": "string"}}},
        "Item": {
            "allOf": [{"$ref": "#/definitions/Base"}],
            "properties": {"free": {"type": "object"}, "map": {"additionalProperties": {"properties": {"x": {}}}}},
        },
        "List": {"properties": {"value": {"type": "array", "items": {"$ref": "#/definitions/Item"}}}},
    }}
    body = {"value": [{"id": "1", "free": {"any": 1}, "map": {"k": {"x": 1, "y": 2}}, "more": 1}], "count": 1}
    schemas = [Schema(root, {"$ref": "#/definitions/List"})]
    assert sorted(undeclared(body, schemas)) == ["/count", "/value/*/map/k/y", "/value/*/more"]


def test_a_deviation_explains_its_finding_and_nothing_else():
    entry = {"kind": "undeclared", "documents": ["Microsoft.Web/*"], "operations": ["get*", "put*"], "at": ["/location"], "evidence": "e"}
    deviations = Deviations([entry])
    finding = Finding("Microsoft.Web/2016-08-01/WebApps", "getSite", "undeclared", "/location", "")
    assert deviations.explains(finding)
    assert not deviations.explains(Finding(finding.document, "getSite", "type", "/location", ""))
    assert not deviations.explains(Finding(finding.document, "getSite", "undeclared", "/tags", ""))
    assert not deviations.explains(Finding("Microsoft.Relay/2026-01-01", "getSite", "undeclared", "/location", ""))
    assert deviations.unused() == ["entry 0 (undeclared): operations 'put*'"]
