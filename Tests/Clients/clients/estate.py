"""One of everything, small: what the tests of bad input throw things at, and a picture of the store before and after."""

import sqlite3
from pathlib import Path


class Estate:
    def __init__(self, management, group, unique):
        self.management = management
        self.names = {
            "subscription": management.subscription, "group": management.group(group),
            "namespace": management.namespace(group, unique("estate")), "plan": management.plan(group, unique("plan")),
            "site": management.site(group, unique("site")),
        }
        names = self.names
        names["namespaceName"] = names["namespace"].rsplit("/", 1)[1]
        names["entity"] = names["namespace"] + "/hybridConnections/orders"
        names["rule"] = names["entity"] + "/authorizationRules/defaultSender"
        names["relay"] = names["namespace"] + "/wcfRelays/billing"
        names["network"] = names["namespace"] + "/networkRuleSets/default"
        names["endpoint"] = names["namespace"] + "/privateEndpointConnections/plant"
        names["binding"] = f"{names['site']}/hybridConnectionNamespaces/{names['namespaceName']}/relays/orders"
        names["legacy"] = names["site"] + "/hybridconnection/old-orders"
        names["tags"] = names["namespace"] + "/providers/Microsoft.Resources/tags/default"
        names["lock"] = names["relay"] + "/providers/Microsoft.Authorization/locks/keep"

    def path(self, template):
        for name, value in self.names.items():
            template = template.replace("{" + name + "}", value)
        return template

    def body_of_binding(self, **properties):
        return {"properties": {"relayArmUri": self.names["entity"], "hostname": "sql01.corp.example", "port": 1433,
                               "sendKeyName": "defaultSender", **properties}}

    def build(self):
        put = lambda name, body: self.management.put(self.names[name], body)  # noqa: E731
        put("namespace", {"location": "westus", "tags": {"purpose": "estate"}})
        put("entity", {"properties": {"userMetadata": "kept"}})
        put("rule", {"properties": {"rights": ["Send"]}})
        put("relay", {"properties": {"relayType": "NetTcp"}})
        put("network", {"properties": {"defaultAction": "Allow", "ipRules": [{"ipMask": "203.0.113.0/24"}]}})
        put("endpoint",
            {"properties": {"privateEndpoint": {"id": self.path("{group}/providers/Microsoft.Network/privateEndpoints/plant")}}})
        put("plan", {"location": "westus", "sku": {"name": "S1"}})
        put("site", {"location": "westus", "properties": {"serverFarmId": self.names["plan"]}})
        put("binding", self.body_of_binding())
        put("legacy", {"properties": {"entityName": "old-orders", "hostname": "sql00.corp.example", "port": 1433}})
        put("lock", {"properties": {"level": "CanNotDelete"}})
        return self

    def take_down(self):
        self.management.delete(self.names["lock"])


def build_estate(management, unique):
    group = unique("restart")
    management.put(management.group(group), {"location": "westus", "tags": {"kept": "yes"}})
    return Estate(management, group, unique).build()


# What may grow when a request is refused: the activity log tells of refused writes too.
LOGS = {"activity_event"}


def picture(data_directory):
    """Every row of every table of a server's store, except its logs; read beside the running server."""
    database = sqlite3.connect(f"file:{Path(data_directory) / 'causeway.db'}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in database.execute("select name from sqlite_schema where type = 'table' order by name")]
        assert LOGS < set(tables), tables
        return {table: database.execute(f"select * from {table} order by 1").fetchall() for table in tables if table not in LOGS}
    finally:
        database.close()


def difference(before, after):
    """What is in one picture and not in the other, without the contents of cells that are encrypted."""
    found = []
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table, []), after.get(table, [])
        for word, rows in (("gone", [row for row in old if row not in new]), ("new", [row for row in new if row not in old])):
            found += [f"{word} in {table}: {[cell for cell in row if not isinstance(cell, bytes)]}" for row in rows]
    return found
