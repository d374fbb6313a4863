"""App Service plans and the bindings of hybrid connections, as azurerm has them."""

from .terraform import (BINDING, COMPUTED, CONNECTION_RULE, HYBRID_CONNECTION, NAMESPACE_RULE, PLAN, RELAY, SITE, WEB,
    NotFound,
    ProviderError, Resource, Values, location, tags_of, through, without_absent)
from .terraform_relay import KEYS

PLAN_SHAPE = {"id": str, "kind": str, "location": str, "name": str, "tags": {"*": str}, "type": str,
    "sku": {"capacity": int, "family": str, "locations": [str], "name": str, "size": str, "tier": str},
    "properties": {"elasticScaleEnabled": bool, "freeOfferExpirationTime": str, "geoRegion": str,
        "hostingEnvironmentProfile": {"id": str, "name": str, "type": str}, "hyperV": bool, "isSpot": bool,
        "isXenon": bool,
        "maximumElasticWorkerCount": int, "maximumNumberOfWorkers": int, "numberOfSites": int, "numberOfWorkers": int,
        "perSiteScaling": bool, "provisioningState": str, "reserved": bool, "resourceGroup": str,
        "spotExpirationTime": str,
        "status": str, "subscription": str, "targetWorkerCount": int, "targetWorkerSizeId": int, "workerTierName": str,
        "zoneRedundant": bool}}
BINDING_SHAPE = {"id": str, "kind": str, "name": str, "type": str, "properties": {"hostname": str, "port": int,
    "relayArmUri": str, "relayName": str, "sendKeyName": str, "sendKeyValue": str, "serviceBusNamespace": str,
    "serviceBusSuffix": str}}
PREMIUM = {"P1v2", "P2v2", "P3v2", "P0v3", "P1v3", "P2v3", "P3v3", "P1mv3", "P2mv3", "P3mv3", "P4mv3", "P5mv3",
    "P0v4", "P1v4",
    "P2v4", "P3v4", "P1mv4", "P2mv4", "P3mv4", "P4mv4", "P5mv4"}


class ServicePlan(Resource):
    TYPE, ID = "azurerm_service_plan", PLAN
    FORCES_NEW = {"name", "resource_group_name", "location", "os_type"}
    SCHEMA = {"name": "", "resource_group_name": "", "location": "", "sku_name": "", "os_type": "",
        "app_service_environment_id": "", "per_site_scaling_enabled": False, "worker_count": COMPUTED,
        "premium_plan_auto_scale_enabled": False, "maximum_elastic_worker_count": COMPUTED,
        "zone_balancing_enabled": False,
        "tags": {}}

    def create(self, config):
        path = PLAN.make(subscription=self.provider.subscription, group=config["resource_group_name"],
            plan=config["name"])
        self.provider.refuse_existing(self.TYPE, path, WEB)
        properties = {"elasticScaleEnabled": config["premium_plan_auto_scale_enabled"],
            "hyperV": config["os_type"] == "WindowsContainer",
            "maximumElasticWorkerCount": config["maximum_elastic_worker_count"],
            "perSiteScaling": config["per_site_scaling_enabled"], "reserved": config["os_type"] == "Linux",
            "zoneRedundant": config["zone_balancing_enabled"]}
        self.write(path, {"location": location(config["location"]), "properties": without_absent(properties),
            "sku": without_absent({"capacity": config["worker_count"], "name": config["sku_name"]}),
            "tags": config["tags"]})
        return path

    def write(self, path, body):
        self.provider.poll(self.provider.call("PUT", path, WEB, body, accepted=(200, 202)))

    def update(self, resource, config, changed):
        """What was read goes back, with what changed in it."""
        model = self.provider.call("GET", resource, WEB).model(PLAN_SHAPE)
        properties, sku = through(model["properties"], "model.Properties"), through(model["sku"], "model.Sku")
        for attribute, fields, field in (("per_site_scaling_enabled", properties, "perSiteScaling"), ("sku_name", sku,
            "name"),
                ("tags", model, "tags"), ("worker_count", sku, "capacity"),
                ("premium_plan_auto_scale_enabled", properties, "elasticScaleEnabled"),
                ("maximum_elastic_worker_count", properties, "maximumElasticWorkerCount"),
                ("zone_balancing_enabled", properties, "zoneRedundant")):
            if attribute in changed:
                fields[field] = config[attribute]
        self.write(resource, model)

    def read(self, resource):
        names = PLAN.parse(resource)
        try:
            model = self.provider.call("GET", resource, WEB).model(PLAN_SHAPE)
        except NotFound:
            return None
        sku, properties = model["sku"] or Values(), model["properties"] or Values()
        system = "WindowsContainer" if properties["hyperV"] else "Windows"
        return {"name": names["plan"], "resource_group_name": names["group"], "location": location(model["location"]),
            "kind": model["kind"], "sku_name": sku["name"], "worker_count": sku["capacity"] or 0,
            "os_type": "Linux" if properties["reserved"] else system, "reserved": bool(properties["reserved"]),
            "app_service_environment_id": (properties["hostingEnvironmentProfile"] or Values())["id"] or "",
            "per_site_scaling_enabled": bool(properties["perSiteScaling"]),
            "premium_plan_auto_scale_enabled": bool(properties["elasticScaleEnabled"] and sku["name"] in PREMIUM),
            "maximum_elastic_worker_count": properties["maximumElasticWorkerCount"] or 0,
            "zone_balancing_enabled": bool(properties["zoneRedundant"]), "tags": tags_of(model)}

    def is_same(self, name, wanted, stored):
        return wanted.lower() == stored.lower() if name == "sku_name" else super().is_same(name, wanted, stored)

    def delete(self, resource):
        self.provider.call("DELETE", resource, WEB, accepted=(200, 204))


class Binding(Resource):
    """A hybrid connection of an app; the two types differ in the name of one attribute."""

    APP, UNSUPPORTED, ID = None, (), BINDING
    SCHEMA = {"relay_id": "", "hostname": "", "port": 0, "send_key_name": "RootManageSharedAccessKey"}

    def send_key(self, relay, name):
        """The primary key of the namespace's rule with that name, otherwise of the hybrid connection's."""
        names = HYBRID_CONNECTION.parse(relay)
        try:
            keys = self.provider.call("POST", NAMESPACE_RULE.make(rule=name, **names) + "/listKeys", RELAY).model(KEYS)
            if keys and keys["primaryKey"] is not None:
                return keys["primaryKey"]
        except NotFound:
            pass
        keys = self.provider.call("POST", CONNECTION_RULE.make(rule=name, **names) + "/listKeys", RELAY).model(KEYS)
        if not keys or keys["primaryKey"] is None:
            raise ProviderError(f"reading Send Key Value for {name}")
        return keys["primaryKey"]

    def create(self, config):
        app, relay = SITE.parse(config[self.APP]), HYBRID_CONNECTION.parse(config["relay_id"])
        path = BINDING.make(**app, namespace=relay["namespace"], connection=relay["connection"])
        self.provider.refuse_existing(self.TYPE, path, WEB)
        body = {"properties": {"hostname": config["hostname"], "port": config["port"],
            "relayArmUri": config["relay_id"],
            "sendKeyName": config["send_key_name"], "sendKeyValue": self.send_key(config["relay_id"],
            config["send_key_name"])}}
        self.provider.call("PUT", path, WEB, body)
        return path

    def update(self, resource, config, changed):
        """The key of another rule goes under the name of the rule before: the provider forgets to change the name."""
        model = self.provider.call("GET", resource, WEB).model(BINDING_SHAPE)
        properties = through(model["properties"], "model.Properties")
        if "hostname" in changed:
            properties["hostname"] = config["hostname"]
        if "port" in changed:
            properties["port"] = config["port"]
        if "send_key_name" in changed:
            properties["sendKeyValue"] = self.send_key(config["relay_id"], config["send_key_name"])
        self.provider.call("PUT", resource, WEB, model)

    def read(self, resource):
        names = BINDING.parse(resource)
        try:
            model = self.provider.call("GET", resource, WEB).model(BINDING_SHAPE)
        except NotFound:
            return None
        found = model["properties"] or Values()
        if found["serviceBusNamespace"] and found["sendKeyName"]:
            relay = HYBRID_CONNECTION.parse(found["relayArmUri"], insensitively=True)
            place = {**relay, "namespace": found["serviceBusNamespace"], "rule": found["sendKeyName"]}
            paths = NAMESPACE_RULE.make(**place), CONNECTION_RULE.make(**{**place,
                "connection": through(model["name"], "model.Name")})
            for path in paths:
                # What they answer is dropped, whatever it is.
                self.provider.call("POST", path + "/listKeys", RELAY, accepted=(200, 403, 404))
        return {self.APP: SITE.make(**names), "relay_name": names["connection"], "namespace_name": names["namespace"],
            "relay_id": found["relayArmUri"] or "", "hostname": found["hostname"] or "", "port": found["port"] or 0,
            "send_key_name": found["sendKeyName"] or "", "service_bus_namespace": found["serviceBusNamespace"] or "",
            "service_bus_suffix": found["serviceBusSuffix"] or "", "send_key_value": found["sendKeyValue"] or ""}

    def delete(self, resource):
        try:
            self.provider.call("DELETE", resource, WEB)
        except NotFound:
            pass

    def check_import(self, resource):
        """Looks for the app and its plan first."""
        app = SITE.make(**BINDING.parse(resource))
        site = self.provider.call("GET", app, WEB).model({"properties": {"serverFarmId": str}})
        plan = PLAN.parse(through((site["properties"] or Values())["serverFarmId"], "props.ServerFarmId"),
            insensitively=True)
        model = self.provider.call("GET", PLAN.make(**plan), WEB).model(PLAN_SHAPE)
        if model["kind"] is None:
            raise ProviderError("retrieving Service Plan: no kind")
        if ((model["sku"] or Values())["name"] or "").lower() in self.UNSUPPORTED:
            raise ProviderError("unsupported plan type. Hybrid Connections are not supported on it")


class WebAppBinding(Binding):
    TYPE, APP, UNSUPPORTED = "azurerm_web_app_hybrid_connection", "web_app_id", ("y1", "ep1", "ep2", "ep3")
    SCHEMA, FORCES_NEW = {"web_app_id": "", **Binding.SCHEMA}, {"web_app_id", "relay_id"}


class FunctionAppBinding(Binding):
    TYPE, APP, UNSUPPORTED = "azurerm_function_app_hybrid_connection", "function_app_id", ("y1",)
    SCHEMA, FORCES_NEW = {"function_app_id": "", **Binding.SCHEMA}, {"function_app_id", "relay_id"}
