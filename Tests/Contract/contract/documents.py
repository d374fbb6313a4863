"""The OpenAPI documents of this repository, and the check of an answer against them."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "openapi"
METHODS = ("get", "head", "put", "patch", "post", "delete")

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_date_time(value):
    pattern = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


@FORMATS.checks("uuid")
def is_uuid(value):
    return not isinstance(value, str) or re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None


@FORMATS.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or re.match(r"[a-z][a-z0-9+.-]*://[^/\s]+", value) is not None


def closed(schema):
    """A copy in which an object may have no property that is not declared, unless its schema says so."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: value if key in ("example", "enum", "const") else closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


@dataclass(frozen=True)
class Operation:
    document: "Document"
    method: str
    path: str
    item: dict

    @property
    def id(self):
        return self.item["operationId"]

    @property
    def body(self):
        return self.document.resolve(self.item["requestBody"]) if "requestBody" in self.item else None

    @property
    def is_public(self):
        return not self.item.get("security", self.document.data.get("security", []))

    @property
    def api_version(self):
        """The version to send; None when the operation has no such parameter."""
        names = [self.document.resolve(p)["name"] for p in self.document.data["paths"][self.path].get("parameters", [])]
        if "api-version" not in names:
            return None
        return self.item.get("x-causeway-api-version", self.document.version)

    @property
    def is_on_operations_address(self):
        return "servers" in self.item

    def response(self, status):
        """The declared response, or None. `default` stands for errors only."""
        responses = self.item["responses"]
        declared = responses.get(str(status)) or (responses.get("default") if status >= 400 else None)
        return self.document.resolve(declared) if declared else None

    def problems(self, exchange):
        """What is wrong with an answer, as sentences."""
        response = self.response(exchange.status)
        if response is None:
            return [f"status {exchange.status} is not declared; body: {exchange.text[:300]}"]
        found = []
        for name, declared in response.get("headers", {}).items():
            declared = self.document.resolve(declared)
            value = exchange.headers.get(name)
            if value is None:
                if declared.get("required"):
                    found.append(f"header {name} is missing")
                continue
            if declared["schema"].get("type") == "integer":
                value = int(value) if re.fullmatch(r"\d+", value) else value
            found += [f"header {name}: {e}" for e in self.document.errors(declared["schema"], value)]
        content = response.get("content")
        if exchange.method == "HEAD" or content is None:
            return found + ([f"a body was answered: {exchange.text[:300]}"] if exchange.text else [])
        media, declared = next(iter(content.items()))
        answered = exchange.headers.get("Content-Type", "").split(";")[0].strip()
        if answered != media:
            return found + [f"Content-Type is '{answered}' instead of '{media}'"]
        if media != "application/json":
            return found
        try:
            body = exchange.json
        except ValueError:
            return found + [f"the body is no JSON: {exchange.text[:300]}"]
        return found + self.document.errors(declared["schema"], body)


class Document:
    def __init__(self, path):
        self.path = path
        self.name = path.name
        self.text = path.read_text(encoding="utf-8")
        self.data = json.loads(self.text)

    @property
    def version(self):
        return self.data["info"]["version"]

    @cached_property
    def operations(self):
        return [
            Operation(self, method.upper(), path, item[method])
            for path, item in self.data["paths"].items() for method in METHODS if method in item
        ]

    def resolve(self, node):
        while "$ref" in node:
            target = self.data
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    @cached_property
    def _closed(self):
        return {"components": {"schemas": closed(self.data["components"]["schemas"])}}

    def errors(self, schema, value, is_closed=True):
        root = self._closed if is_closed else {"components": {"schemas": self.data["components"]["schemas"]}}
        schema = {**(closed(schema) if is_closed else schema), **root}
        validator = jsonschema.Draft202012Validator(schema, format_checker=FORMATS)
        return [f"{e.json_path}: {e.message[:300]}" for e in validator.iter_errors(value)]


def load():
    return [Document(path) for path in sorted(FOLDER.glob("*.json"))]


DOCUMENTS = load()
OPERATIONS = {operation.id: operation for document in DOCUMENTS for operation in document.operations}
