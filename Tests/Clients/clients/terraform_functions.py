"""Function apps on Linux, as azurerm has them."""

from .terraform import COMPUTED, WEB, Values, through, without_absent
from .terraform_apps import EVICTION, POLICIES, SCHEMA, SITE_CONFIG, App, pairs
from .terraform_settings import FLAGS, restrictions
from .terraform_shapes import SITE_SHAPE
from .terraform_web import PLAN_SHAPE

# Runtimes by attribute: the prefix of `linuxFxVersion`, and the setting FUNCTIONS_WORKER_RUNTIME.
RUNTIMES = {"node_version": ("NODE", "node"), "python_version": ("PYTHON", "python"), "java_version": ("JAVA", "java"),
    "dotnet_version": ("DOTNET", "dotnet"), "powershell_core_version": ("POWERSHELL", "powershell")}
# Settings that are attributes, or that the provider sets by itself.
OWN = {"FUNCTIONS_EXTENSION_VERSION", "WEBSITE_NODE_DEFAULT_VERSION", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE", "WEBSITE_HTTPLOGGING_RETENTION_DAYS", "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage",
    "AzureWebJobsDashboard", "WEBSITE_VNET_ROUTE_ALL", EVICTION}


class LinuxFunctionApp(App):
    TYPE = "azurerm_linux_function_app"
    SCHEMA = {**SCHEMA, "client_certificate_mode": "Optional", "daily_memory_time_quota": 0,
        "builtin_logging_enabled": True,
        "functions_extension_version": "~4", "storage_account_name": "", "storage_account_access_key": ""}
    CONFIG = {**{name: default for name, default in SITE_CONFIG.items() if name not in ("auto_heal_setting",
        "local_mysql_enabled")}, "always_on": COMPUTED, "use_32_bit_worker": False, "app_service_logs": []}

    def takes_plan(self, kind):
        return any(word in kind for word in ("linux", "elastic", "functionapp"))

    def storage(self, config):
        return (f"DefaultEndpointsProtocol=https;AccountName={config['storage_account_name']};"
            f"AccountKey={config['storage_account_access_key']};EndpointSuffix={self.provider.cloud.storage_suffix}")

    def system_settings(self, config):
        settings = {"FUNCTIONS_EXTENSION_VERSION": config["functions_extension_version"],
            "AzureWebJobsStorage": self.storage(config)}
        given = config["site_config"]
        if given["health_check_eviction_time_in_min"] and given["health_check_path"]:
            settings[EVICTION] = str(given["health_check_eviction_time_in_min"])
        for name in given["application_stack"] or {}:
            settings["FUNCTIONS_WORKER_RUNTIME"] = RUNTIMES[name][1]
        if "node_version" in (given["application_stack"] or {}):
            settings["WEBSITE_NODE_DEFAULT_VERSION"] = given["application_stack"]["node_version"]
        if config["builtin_logging_enabled"]:
            settings["AzureWebJobsDashboard"] = self.storage(config)
        return {**settings, **config["app_settings"]}

    def expand(self, config, existing=None):
        """What differs from nothing is sent at creation, and what was there otherwise."""
        given, found = config["site_config"], dict(existing or {})
        found.update(alwaysOn=bool(given["always_on"]), use32BitWorkerProcess=given["use_32_bit_worker"])
        for name, field in FLAGS.items():
            if name in self.CONFIG and name not in ("always_on",
                "use_32_bit_worker") and (given[name] or existing is not None):
                found[field] = given[name]
        for name, field in (("default_documents", "defaultDocuments"), ("worker_count", "numberOfWorkers")):
            if given[name]:
                found[field] = given[name]
        if given["ip_restriction"]:
            found["ipSecurityRestrictions"] = restrictions(given["ip_restriction"])
        if given["cors"]:
            cors = given["cors"][0]
            found["cors"] = {"allowedOrigins": cors["allowed_origins"],
                "supportCredentials": cors["support_credentials"]}
        if existing is None:
            found["preWarmedInstanceCount"] = 0
        found["linuxFxVersion"] = ""
        for name, version in (given["application_stack"] or {}).items():
            found["linuxFxVersion"] = f"{RUNTIMES[name][0]}|{version}"
        found["appSettings"] = pairs(self.system_settings(config))
        return without_absent(found)

    def create(self, config):
        """The plan is read first, and the same site is written twice."""
        path = self.path(config)
        self.plan(config)
        self.provider.refuse_existing(self.TYPE, path, WEB)
        self.check_name(config)
        body = {**self.envelope(config, self.expand(config)), "kind": "functionapp,linux"}
        self.write(path, body)
        self.write_policies(path, config, {name for name in POLICIES if not config[name]})
        self.write(path, body)
        self.write_parts(path, config)
        if config["site_config"]["app_service_logs"]:
            self.put(path, "/config/logs", self.logs(config))
        return path

    @staticmethod
    def logs(config):
        given = config["site_config"]["app_service_logs"]
        if not given:
            return {"httpLogs": {"fileSystem": {"enabled": False}}}
        return {"httpLogs": {"fileSystem": {"enabled": True, "retentionInDays": given[0]["retention_period_days"],
            "retentionInMb": given[0]["disk_quota_mb"]}}}

    def update(self, resource, config, changed):
        model = self.provider.call("GET", resource, WEB).model(SITE_SHAPE)
        properties = through(model["properties"], "model.Properties")
        self.provider.call("GET", resource, WEB)
        plan = self.provider.call("GET", config["service_plan_id"], WEB).model(PLAN_SHAPE)
        through(plan["kind"], "sp.Model.Kind")
        for name, field in (("enabled", "enabled"), ("https_only", "httpsOnly")):
            if name in changed:
                properties[field] = config[name]
        if "tags" in changed:
            model["tags"] = config["tags"] or None
        if "storage_account" in changed:
            self.put(resource, "/config/azurestorageaccounts", dict(config["storage_account"]))
        site_config = self.expand(config, properties["siteConfig"])
        if "site_config" in changed:
            properties["siteConfig"] = site_config
        through(properties["siteConfig"], "model.Properties.SiteConfig")["appSettings"] = site_config["appSettings"]
        self.write(resource, without_absent(model))
        self.write_policies(resource, config, changed & POLICIES.keys())
        self.provider.call("PATCH", resource + "/config/web", WEB, {"properties": properties["siteConfig"]})
        if "connection_string" in changed:
            self.put(resource, "/config/connectionStrings", config["connection_string"])
        if "site_config" in changed:
            self.put(resource, "/config/logs", self.logs(config))

    def finish(self, state, configuration, settings, metadata, logs):
        found, flat = self.flatten_config(configuration, settings)
        version = found["linuxFxVersion"]
        names = {prefix: name for name, (prefix, _) in RUNTIMES.items()}
        flat["application_stack"] = {names[version.split("|")[0]]: version.split("|")[1]} if version else None
        files = ((logs["properties"] or Values())["httpLogs"] or Values())["fileSystem"] or Values()
        flat["app_service_logs"] = [{"disk_quota_mb": files["retentionInMb"] or 0,
            "retention_period_days": files["retentionInDays"] or 0}] if files["enabled"] else []
        state["site_config"] = flat
        storage = dict(part.split("=", 1) for part in settings.get("AzureWebJobsStorage", "").split(";") if part)
        state.update(functions_extension_version=settings.get("FUNCTIONS_EXTENSION_VERSION", ""),
            builtin_logging_enabled="AzureWebJobsDashboard" in settings,
            storage_account_name=storage.get("AccountName", ""),
            storage_account_access_key=storage.get("AccountKey", ""),
            app_settings={name: value for name, value in settings.items() if name not in OWN})
