"""The published Swagger 2.0 schemas, and what an answer has that they do not allow.

A published version describes its own fields; the server answers every api-version with the current shape. A field is
therefore `undeclared` only when no published version of that provider declares it at that place.
"""

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jsonschema

from .documents import FORMATS, ROOT

VARIABLE = "CAUSEWAY_SPECS"
REQUIRE_VARIABLE = "CAUSEWAY_REQUIRE_SPECS"
RELAY = "specification/relay/resource-manager/Microsoft.Relay/stable"

# Label, file, our document. The label starts with provider and api-version.
SOURCES = [
    ("Microsoft.Relay/2026-01-01", "derived/Microsoft.Relay/2026-01-01/relay.json", "microsoft-relay.json"),
    ("Microsoft.Relay/2021-11-01", "derived/Microsoft.Relay/2021-11-01/relay.json", "microsoft-relay.json"),
    ("Microsoft.Relay/2017-04-01", f"{RELAY}/2017-04-01/relay.json", "microsoft-relay.json"),
    ("Microsoft.Relay/2016-07-01", f"{RELAY}/2016-07-01/relay.json", "microsoft-relay.json"),
    ("Microsoft.Web/2022-09-01/WebApps", "cut/Microsoft.Web/2022-09-01/WebApps.json", "microsoft-web.json"),
    ("Microsoft.Web/2022-09-01/AppServicePlans", "cut/Microsoft.Web/2022-09-01/AppServicePlans.json", "microsoft-web.json"),
    ("Microsoft.Web/2018-11-01/WebApps", "cut/Microsoft.Web/2018-11-01/WebApps.json", "microsoft-web.json"),
    ("Microsoft.Web/2018-02-01/AppServicePlans", "cut/Microsoft.Web/2018-02-01/AppServicePlans.json", "microsoft-web.json"),
    ("Microsoft.Web/2016-09-01/AppServicePlans", "cut/Microsoft.Web/2016-09-01/AppServicePlans.json", "microsoft-web.json"),
    ("Microsoft.Web/2016-08-01/WebApps", "cut/Microsoft.Web/2016-08-01/WebApps.json", "microsoft-web.json"),
    ("Microsoft.Resources/2021-04-01/resources", "cut/Microsoft.Resources/2021-04-01/resources.json", "microsoft-resources.json"),
    ("Microsoft.Resources/2021-01-01/subscriptions", "cut/Microsoft.Resources/2021-01-01/subscriptions.json", "microsoft-resources.json"),
    ("Microsoft.Authorization/2022-04-01/roleAssignments", "cut/Microsoft.Authorization/2022-04-01/roleAssignments.json", "microsoft-authorization.json"),
    ("Microsoft.Authorization/2022-04-01/roleDefinitions", "cut/Microsoft.Authorization/2022-04-01/roleDefinitions.json", "microsoft-authorization.json"),
    ("Microsoft.Authorization/2020-05-01/locks", "cut/Microsoft.Authorization/2020-05-01/locks.json", "microsoft-authorization.json"),
    ("Microsoft.Insights/2015-04-01/activityLogs", "cut/Microsoft.Insights/2015-04-01/activityLogs.json", "microsoft-insights.json"),
]
LABELS = [label for label, _, _ in SOURCES]
# The one version that the server answers differently; only answers to it are compared with it.
APART = {"Microsoft.Relay/2016-07-01"}

DROPPED = {"readOnly", "description", "title", "example", "default", "discriminator", "externalDocs", "xml"}


def versions(document_name):
    """The api-versions, beside our own, with which a document's operations are to be called."""
    return sorted({label.split("/")[1] for label, _, ours in SOURCES if ours == document_name}, reverse=True)


def folder():
    text = os.environ.get(VARIABLE)
    return Path(text) if text else ROOT.parent / "shared" / "specs"


def convert(node, key=None):
    """A Swagger 2.0 schema as JSON Schema: notes dropped, `x-nullable` and `x-ms-enum` understood."""
    if isinstance(node, list):
        return [convert(item) for item in node]
    if not isinstance(node, dict):
        return node
    if key == "properties" or key == "definitions":
        return {name: convert(schema) for name, schema in node.items()}
    if "$ref" in node:
        schema = {"$ref": node["$ref"]}
        return {"anyOf": [schema, {"type": "null"}]} if node.get("x-nullable") else schema
    schema = {
        name: value if name in ("enum", "required") else convert(value, name)
        for name, value in node.items() if name not in DROPPED and not name.startswith("x-")
    }
    values = node.get("x-ms-enum", {}).get("values")
    if values and "enum" in schema:
        schema["enum"] = [value["value"] for value in values]
    if node.get("x-nullable") or node.get("nullable"):
        if "type" in schema:
            schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = schema["enum"] + [None]
    return schema


def template(path):
    """A path in which case and parameter names do not matter."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/").lower()


@dataclass(frozen=True)
class Finding:
    document: str
    operation: str
    kind: str
    at: str
    message: str

    def __str__(self):
        return f"{self.operation}: {self.kind} at {self.at or '/'}: {self.message}"


class Schema:
    """A node of one published file, with the file that its references point into."""

    def __init__(self, root, node):
        self.root = root
        self.node = node

    def parts(self):
        """The node and everything that it is composed of, without references."""
        node = self.node
        while "$ref" in node:
            node = self.root["definitions"][node["$ref"].removeprefix("#/definitions/")]
        yield node
        for key in ("allOf", "anyOf"):
            for part in node.get(key, []):
                yield from Schema(self.root, part).parts()

    def child(self, node):
        return Schema(self.root, node)


def undeclared(value, schemas):
    """Pointers of the properties that none of the schemas declares."""
    parts = [(schema, part) for schema in schemas for part in schema.parts()]
    if isinstance(value, list):
        items = [schema.child(part["items"]) for schema, part in parts if "items" in part]
        for item in value if items else []:
            for pointer in undeclared(item, items):
                yield "/*" + pointer
    elif isinstance(value, dict):
        if not any("properties" in part or "additionalProperties" in part for _, part in parts):
            return
        for name, item in value.items():
            below = [schema.child(part["properties"][name]) for schema, part in parts if name in part.get("properties", {})]
            maps = [(schema, part["additionalProperties"]) for schema, part in parts if part.get("additionalProperties")]
            if not below and any(extra is True for _, extra in maps):
                continue
            below = below or [schema.child(extra) for schema, extra in maps]
            if not below:
                yield "/" + name
                continue
            for pointer in undeclared(item, below):
                yield f"/{name}{pointer}"


class PublishedDocument:
    def __init__(self, label, path, ours):
        self.label = label
        self.provider, self.version = label.split("/")[:2]
        self.ours = ours
        self.data = json.loads(path.read_text(encoding="utf-8-sig"))
        self.operations = {
            (method.upper(), template(route)): item
            for route, methods in self.data["paths"].items() for method, item in methods.items() if method != "parameters"
        }

    @cached_property
    def definitions(self):
        return convert(self.data["definitions"], "definitions")

    @property
    def root(self):
        return {"definitions": self.definitions}

    def operation(self, operation):
        return self.operations.get((operation.method, template(operation.path)))

    def applies(self, operation, exchange):
        """Whether the answer is one that this document describes."""
        if operation.document.name != self.ours or self.operation(operation) is None:
            return False
        own = exchange.api_version == operation.document.version and f"{self.provider}/{self.version}" not in APART
        return own or exchange.api_version == self.version

    def schema(self, operation, status):
        """The converted schema of a response; None when the response has no body. KeyError when it is not declared."""
        responses = self.operation(operation)["responses"]
        key = str(status) if str(status) in responses else "default"
        if key == "default" and status < 400:
            raise KeyError(status)
        node = responses[key].get("schema")
        return convert(node) if node is not None else None


class Published:
    def __init__(self, path):
        self.documents = [PublishedDocument(label, path / file, ours) for label, file, ours in SOURCES]

    def document(self, label):
        return next(document for document in self.documents if document.label == label)

    def relatives(self, document, operation, status):
        """The schemas that any version of the provider has for this answer."""
        schemas, name = [], None
        for other in self.documents:
            if other.provider == document.provider and other.operation(operation) is not None:
                try:
                    node = other.schema(operation, status)
                except KeyError:
                    continue
                if node is not None:
                    schemas.append(Schema(other.root, node))
                    name = node.get("$ref") if other is document else name
        if name:
            definition = name.removeprefix("#/definitions/")
            schemas += [
                Schema(other.root, {"$ref": name}) for other in self.documents
                if other.provider == document.provider and definition in other.definitions
            ]
        return schemas

    def findings(self, document, operation, exchange):
        """Everything in the answer that the document does not allow."""
        def finding(kind, at, message):
            return Finding(document.label, operation.id, kind, at, message)

        try:
            node = document.schema(operation, exchange.status)
        except KeyError:
            # The old files describe no errors at all.
            return [] if exchange.status >= 400 else [finding("status", "", f"{exchange.status} is not declared")]
        if node is None or exchange.method == "HEAD":
            return []
        try:
            body = exchange.json
        except ValueError:
            return [finding("type", "", "the body is no JSON")]
        found = []
        validator = jsonschema.Draft202012Validator({**node, **document.root}, format_checker=FORMATS)
        for error in validator.iter_errors(body):
            at = "".join("/*" if isinstance(part, int) else f"/{part}" for part in error.absolute_path)
            if error.validator == "required":
                missing = [name for name in error.validator_value if name not in error.instance]
                found += [finding("required", f"{at}/{name}", "is missing") for name in missing]
            else:
                found.append(finding(error.validator, at, error.message[:200]))
        if exchange.status < 400:
            for at in undeclared(body, self.relatives(document, operation, exchange.status)):
                found.append(finding("undeclared", at, "no published version declares it"))
        return list(dict.fromkeys(found))
