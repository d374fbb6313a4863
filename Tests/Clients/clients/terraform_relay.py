"""Resource groups and the relay resources of azurerm."""

from .terraform import (CONNECTION_RULE, GROUP, GROUPS, HYBRID_CONNECTION, NAMESPACE, NAMESPACE_RULE, RELAY, NotFound,
    ProviderError, Resource, Values, location, tags_of, through)
from .waiting import wait_until

KEYS = {"keyName": str, "primaryConnectionString": str, "primaryKey": str, "secondaryConnectionString": str,
    "secondaryKey": str}
RULE_SHAPE = {"id": str, "location": str, "name": str, "properties": {"rights": [str]}, "type": str}
NAMESPACE_SHAPE = {"id": str, "location": str, "name": str, "type": str, "tags": {"*": str}, "sku": {"name": str,
    "tier": str},
    "properties": {"createdAt": str, "metricId": str, "provisioningState": str, "publicNetworkAccess": str,
        "serviceBusEndpoint": str, "status": str, "updatedAt": str}}
CONNECTION_SHAPE = {"id": str, "location": str, "name": str, "type": str, "properties": {"createdAt": str,
    "listenerCount": int,
    "requiresClientAuthorization": bool, "updatedAt": str, "userMetadata": str}}
GROUP_SHAPE = {"id": str, "location": str, "managedBy": str, "name": str, "tags": {"*": str},
    "properties": {"provisioningState": str}}


class ResourceGroup(Resource):
    TYPE, ID, FORCES_NEW = "azurerm_resource_group", GROUP, {"name", "location"}
    SCHEMA = {"name": "", "location": "", "tags": {}, "managed_by": ""}

    def create(self, config):
        path = GROUP.make(subscription=self.provider.subscription, group=config["name"])
        self.provider.refuse_existing(self.TYPE, path, GROUPS)
        body = {"location": location(config["location"]), "tags": config["tags"]}
        if config["managed_by"]:
            body["managedBy"] = config["managed_by"]
        self.provider.call("PUT", path, GROUPS, body, accepted=(200, 201))
        # It believes in the group once it was there three times in a row.
        for _ in range(3):
            wait_until(lambda: self.provider.exists(path, GROUPS), f"{path} is there")
        return path

    def read(self, resource):
        names = GROUP.parse(resource, insensitively=True)
        try:
            model = self.provider.call("GET", GROUP.make(**names), GROUPS).model(GROUP_SHAPE)
        except NotFound:
            return None
        return {"name": names["group"], "location": location(model["location"]), "tags": tags_of(model),
            "managed_by": model["managedBy"] or ""}

    def update(self, resource, config, changed):
        body = {}
        if "managed_by" in changed:
            body["managedBy"] = config["managed_by"]
        if "tags" in changed:
            body["tags"] = config["tags"]
        self.provider.call("PATCH", resource, GROUPS, body)

    def delete(self, resource):
        """Refuses a group that still has something in it."""
        inside = self.provider.pages(resource + "/resources", GROUPS, {"id": str},
            {"$expand": "provisioningState", "$top": "10"})
        if inside:
            raise ProviderError(f"the Resource Group still contains Resources: {[item['id'] for item in inside]}")
        try:
            answer = self.provider.call("DELETE", resource, GROUPS, accepted=(200, 202))
        except NotFound:
            return
        self.provider.poll(answer)


class RelayNamespace(Resource):
    TYPE, ID, FORCES_NEW = "azurerm_relay_namespace", NAMESPACE, {"name", "location", "resource_group_name"}
    SCHEMA = {"name": "", "location": "", "resource_group_name": "", "sku_name": "", "tags": {}}

    def path(self, config):
        assert 6 <= len(config["name"]) <= 50 and config["sku_name"] == "Standard", "the provider itself refuses this"
        return NAMESPACE.make(subscription=self.provider.subscription, group=config["resource_group_name"],
            namespace=config["name"])

    def write(self, config):
        body = {"location": location(config["location"]), "properties": {}, "tags": config["tags"],
            "sku": {"name": config["sku_name"], "tier": config["sku_name"]}}
        self.provider.poll(self.provider.call("PUT", self.path(config), RELAY, body, accepted=(200, 201)))

    def create(self, config):
        self.provider.refuse_existing(self.TYPE, self.path(config), RELAY)
        self.write(config)
        return self.path(config)

    def update(self, resource, config, changed):
        self.write(config)

    def read(self, resource):
        names = NAMESPACE.parse(resource)
        try:
            model = self.provider.call("GET", resource, RELAY).model(NAMESPACE_SHAPE)
        except NotFound:
            return None
        rule = NAMESPACE_RULE.make(rule="RootManageSharedAccessKey", **names)
        keys = self.provider.call("POST", rule + "/listKeys", RELAY).model(KEYS)
        properties = model["properties"] or Values()
        return {"name": names["namespace"], "resource_group_name": names["group"],
            "location": location(model["location"]),
            "sku_name": (model["sku"] or Values())["name"], "metric_id": properties["metricId"], "tags": tags_of(model),
            **outputs(keys)}

    def delete(self, resource):
        answer = self.provider.call("DELETE", resource, RELAY, accepted=(200, 202, 204))
        self.provider.poll(answer)


def outputs(keys):
    return {"primary_connection_string": keys["primaryConnectionString"], "primary_key": keys["primaryKey"],
        "secondary_connection_string": keys["secondaryConnectionString"], "secondary_key": keys["secondaryKey"]}


class RelayHybridConnection(Resource):
    TYPE, ID = "azurerm_relay_hybrid_connection", HYBRID_CONNECTION
    FORCES_NEW = {"name", "resource_group_name", "relay_namespace_name", "requires_client_authorization"}
    SCHEMA = {"name": "", "resource_group_name": "", "relay_namespace_name": "", "requires_client_authorization": True,
        "user_metadata": ""}

    def path(self, config):
        return HYBRID_CONNECTION.make(subscription=self.provider.subscription, group=config["resource_group_name"],
            namespace=config["relay_namespace_name"], connection=config["name"])

    def write(self, config):
        body = {"properties": {"requiresClientAuthorization": config["requires_client_authorization"],
            "userMetadata": config["user_metadata"]}}
        self.provider.call("PUT", self.path(config), RELAY, body)

    def create(self, config):
        self.provider.refuse_existing(self.TYPE, self.path(config), RELAY)
        self.write(config)
        return self.path(config)

    def update(self, resource, config, changed):
        self.write(config)

    def read(self, resource):
        names = HYBRID_CONNECTION.parse(resource)
        try:
            model = self.provider.call("GET", resource, RELAY).model(CONNECTION_SHAPE)
        except NotFound:
            return None
        properties = model["properties"] or Values()
        return {"name": names["connection"], "relay_namespace_name": names["namespace"],
            "resource_group_name": names["group"],
            "requires_client_authorization": bool(properties["requiresClientAuthorization"]),
            "user_metadata": properties["userMetadata"] or ""}

    def delete(self, resource):
        self.provider.call("DELETE", resource, RELAY, accepted=(200, 204))
        self.provider.poll_until_gone(resource, RELAY)


class AuthorizationRule(Resource):
    """The same calls at a namespace and at a hybrid connection."""

    def path(self, config):
        return self.ID.make(subscription=self.provider.subscription, group=config["resource_group_name"],
            rule=config["name"],
            namespace=config["namespace_name"], connection=config.get("hybrid_connection_name"))

    def write(self, config):
        assert config["listen"] or config["send"] or config["manage"], "the provider itself refuses this"
        assert not config["manage"] or (config["listen"] and config["send"]), "the provider itself refuses this"
        rights = [right.capitalize() for right in ("listen", "send", "manage") if config[right]]
        self.provider.call("PUT", self.path(config), RELAY, {"name": config["name"], "properties": {"rights": rights}})

    def create(self, config):
        self.provider.refuse_existing(self.TYPE, self.path(config), RELAY)
        self.write(config)
        return self.path(config)

    def update(self, resource, config, changed):
        self.write(config)

    def read(self, resource):
        names = self.ID.parse(resource)
        try:
            model = self.provider.call("GET", resource, RELAY).model(RULE_SHAPE)
        except NotFound:
            return None
        keys = self.provider.call("POST", resource + "/listKeys", RELAY).model(KEYS)
        rights = through(model["properties"], "model.Properties")["rights"] or []
        place = {"name": names["rule"], "namespace_name": names["namespace"], "resource_group_name": names["group"]}
        if "connection" in names:
            place["hybrid_connection_name"] = names["connection"]
        return {**place, **{right.lower(): right in rights for right in ("Listen", "Send", "Manage")},
            **outputs(through(keys, "keysResp.Model"))}

    def delete(self, resource):
        self.provider.call("DELETE", resource, RELAY, accepted=(200, 204))


class NamespaceRule(AuthorizationRule):
    TYPE, ID = "azurerm_relay_namespace_authorization_rule", NAMESPACE_RULE
    FORCES_NEW = {"name", "namespace_name", "resource_group_name"}
    SCHEMA = {"name": "", "namespace_name": "", "resource_group_name": "", "listen": False, "send": False,
        "manage": False}


class HybridConnectionRule(AuthorizationRule):
    TYPE, ID = "azurerm_relay_hybrid_connection_authorization_rule", CONNECTION_RULE
    FORCES_NEW = NamespaceRule.FORCES_NEW | {"hybrid_connection_name"}
    SCHEMA = {**NamespaceRule.SCHEMA, "hybrid_connection_name": ""}
