"""Web apps and function apps of azurerm: one site, and the sub-resources that the provider reads and writes with it."""

from .terraform import (COMPUTED, ENVIRONMENT, PLAN, SITE, SUBNET, WEB, WEB_NAMES, NotFound, Panic, ProviderError,
    Resource,
    Values, location, tags_of, through, without_absent)
from .terraform_shapes import (AUTH, AUTH_V2, BACKUP, CONFIGURATION, CONNECTION_STRINGS, LOGS, POLICY, SITE_SHAPE,
    SLOT_NAMES,
    STORAGE, TEXTS, USER)
from .terraform_settings import (FLAGS, LINUX_STACKS, expand_auth, expand_auth_v2, expand_backup, expand_logs,
    flatten_auth,
    flatten_auth_v2, flatten_backup, flatten_logs, flatten_restrictions, heal_rules, heal_setting, restrictions)
from .terraform_web import PLAN_SHAPE

# Settings that stand in attributes of their own, and are no `app_settings`.
MANAGED = {"DOCKER_REGISTRY_SERVER_URL", "DOCKER_REGISTRY_SERVER_USERNAME", "DOCKER_REGISTRY_SERVER_PASSWORD",
    "DIAGNOSTICS_AZUREBLOBCONTAINERSASURL", "DIAGNOSTICS_AZUREBLOBRETENTIONINDAYS", "WEBSITE_HTTPLOGGING_CONTAINER_URL",
    "WEBSITE_HTTPLOGGING_RETENTION_DAYS", "WEBSITE_VNET_ROUTE_ALL", "spring.datasource.password",
    "spring.datasource.url",
    "spring.datasource.username", "WEBSITE_HEALTHCHECK_MAXPINGFAILURES"}
EVICTION = "WEBSITE_HEALTHCHECK_MAXPINGFAILURES"

SITE_CONFIG = {
    "always_on": True, "api_definition_url": "", "app_command_line": "", "application_stack": COMPUTED,
    "auto_heal_setting": [],
    "container_registry_use_managed_identity": False, "container_registry_managed_identity_client_id": "", "cors": [],
    "default_documents": COMPUTED, "ftps_state": "Disabled", "health_check_path": "",
    "health_check_eviction_time_in_min": 0,
    "http2_enabled": False, "ip_restriction": [], "ip_restriction_default_action": "Allow",
    "load_balancing_mode": "LeastRequests",
    "local_mysql_enabled": False, "managed_pipeline_mode": "Integrated", "minimum_tls_cipher_suite": "",
    "minimum_tls_version": "1.2", "remote_debugging_enabled": False, "remote_debugging_version": COMPUTED,
    "scm_ip_restriction": [], "scm_ip_restriction_default_action": "Allow", "scm_minimum_tls_version": "1.2",
    "scm_use_main_ip_restriction": False, "use_32_bit_worker": True, "vnet_route_all_enabled": False,
    "websockets_enabled": False, "worker_count": COMPUTED,
}
SCHEMA = {
    "name": "", "resource_group_name": "", "location": "", "service_plan_id": "", "app_settings": {},
    "auth_settings": [],
    "auth_settings_v2": [], "backup": [], "client_certificate_enabled": False, "client_certificate_exclusion_paths": "",
    "client_certificate_mode": "Required", "connection_string": {}, "enabled": True, "https_only": False,
    "identity": "",
    "key_vault_reference_identity_id": COMPUTED, "public_network_access_enabled": True, "site_config": {},
    "sticky_settings": [], "storage_account": {}, "virtual_network_backup_restore_enabled": False,
    "virtual_network_subnet_id": "", "vnet_image_pull_enabled": False,
    "webdeploy_publish_basic_authentication_enabled": True,
    "ftp_publish_basic_authentication_enabled": True, "tags": {},
}
# Attributes of the site itself.
PLAIN = {"enabled": "enabled", "https_only": "httpsOnly", "client_affinity_enabled": "clientAffinityEnabled",
    "client_certificate_enabled": "clientCertEnabled", "client_certificate_mode": "clientCertMode",
    "client_certificate_exclusion_paths": "clientCertExclusionPaths",
    "key_vault_reference_identity_id": "keyVaultReferenceIdentity", "daily_memory_time_quota": "dailyMemoryTimeQuota",
    "virtual_network_backup_restore_enabled": "vnetBackupRestoreEnabled",
    "vnet_image_pull_enabled": "vnetImagePullEnabled"}


class App(Resource):
    ID, CONFIG, HAS_METADATA = SITE, SITE_CONFIG, False
    FORCES_NEW = {"name", "resource_group_name", "location"}

    # MARK: configuration

    def configured(self, config):
        whole = super().configured(config)
        given = whole["site_config"]
        assert not given.keys() - self.CONFIG.keys(), given.keys() - self.CONFIG.keys()
        whole["site_config"] = {name: given.get(name, None if default is COMPUTED else default)
            for name, default in self.CONFIG.items()}
        return whole

    def changed(self, old, new):
        inside = super().changed(old["site_config"], new["site_config"])
        return super().changed(old, new) | {"site_config." + name for name in inside}

    def changes(self, config, state):
        found = super().changes(config, state)
        found.pop("site_config", None)
        for name, wanted in self.configured(config)["site_config"].items():
            stored = state["site_config"][name]
            if wanted is None and self.CONFIG[name] is COMPUTED:
                continue
            if name == "application_stack" and wanted:
                stored = {key: (stored or {}).get(key) for key in wanted}
            if wanted != stored:
                found["site_config." + name] = (stored, wanted)
        return found

    # MARK: calls

    def path(self, config):
        return SITE.make(subscription=self.provider.subscription, group=config["resource_group_name"],
            site=config["name"])

    def put(self, resource, name, properties):
        return self.provider.call("PUT", resource + name, WEB, {"properties": properties})

    def list(self, resource, name, shape):
        return self.provider.call("POST", f"{resource}/config/{name}/list", WEB).model(shape)

    def plan(self, config):
        PLAN.parse(config["service_plan_id"])
        plan = self.provider.call("GET", config["service_plan_id"], WEB).model(PLAN_SHAPE)
        if (plan["properties"] or Values())["hostingEnvironmentProfile"] is not None:
            raise ProviderError("the plan seems to be in an App Service Environment")
        return plan

    def check_name(self, config):
        path = f"/subscriptions/{self.provider.subscription}/providers/Microsoft.Web/checknameavailability"
        body = {"name": config["name"], "type": "Microsoft.Web/sites"}
        found = self.provider.call("POST", path, WEB_NAMES, body).model({"message": str, "nameAvailable": bool,
            "reason": str})
        if not through(found["nameAvailable"], "checkName.Model.NameAvailable"):
            message = through(found["message"], "checkName.Model.Message")
            raise ProviderError(f"the Site Name {config['name']!r} failed the availability check: {message}")

    def write(self, path, body):
        self.provider.poll(self.provider.call("PUT", path, WEB, body, accepted=(200, 202)))

    # MARK: create

    def envelope(self, config, site_config):
        access = "Enabled" if config["public_network_access_enabled"] else "Disabled"
        site_config["publicNetworkAccess"] = access
        properties = {field: config[name] for name, field in PLAIN.items() if name in config}
        for field in ("clientCertExclusionPaths", "keyVaultReferenceIdentity"):
            properties[field] = properties[field] or None
        properties.update(serverFarmId=config["service_plan_id"], siteConfig=site_config, publicNetworkAccess=access,
            virtualNetworkSubnetId=config["virtual_network_subnet_id"] or None,
            vnetRouteAllEnabled=site_config.get("vnetRouteAllEnabled"))
        return {"identity": identity_of(config), "location": location(config["location"]),
            "properties": without_absent(properties), "tags": config["tags"] or None}

    def create(self, config):
        path = self.path(config)
        self.provider.refuse_existing(self.TYPE, path, WEB)
        self.plan(config)
        self.check_name(config)
        site_config = self.expand(config)
        self.write(path, self.envelope(config, site_config))
        self.write_metadata(path, config)
        settings = {pair["name"]: pair["value"] for pair in site_config.get("appSettings", [])}
        if config["site_config"]["health_check_eviction_time_in_min"]:
            settings[EVICTION] = str(config["site_config"]["health_check_eviction_time_in_min"])
        self.put(path, "/config/appSettings", settings)
        self.write_parts(path, config)
        self.write_policies(path, config, {name for name in POLICIES if not config[name]})
        return path

    def write_parts(self, path, config):
        if config["sticky_settings"]:
            self.put(path, "/config/slotConfigNames", sticky(config))
        if config["auth_settings"]:
            self.put(path, "/config/authsettings", expand_auth(config["auth_settings"][0]))
        if config["auth_settings_v2"]:
            self.put(path, "/config/authsettingsV2", expand_auth_v2(config["auth_settings_v2"][0]))
        if config.get("logs"):
            self.put(path, "/config/logs", expand_logs(config["logs"][0]))
        if config["backup"]:
            self.put(path, "/config/backup", expand_backup(config["backup"][0]))
        # Written by every create, also when there are none.
        self.put(path, "/config/azurestorageaccounts", storage_of(config))
        if config["connection_string"]:
            self.put(path, "/config/connectionStrings", config["connection_string"])

    def write_policies(self, path, config, names):
        for name in sorted(names, reverse=True):
            self.put(path, "/basicPublishingCredentialsPolicies/" + POLICIES[name], {"allow": config[name]})

    def write_metadata(self, path, config):
        pass

    # MARK: read

    def read(self, resource):
        names = SITE.parse(resource)
        try:
            model = self.provider.call("GET", resource, WEB).model(SITE_SHAPE)
        except NotFound:
            return None
        configuration = self.provider.call("GET", resource + "/config/web", WEB).model(CONFIGURATION)
        auth, auth_v2 = self.read_auth(resource)
        try:
            backup = self.list(resource, "backup", BACKUP)
        except NotFound:
            backup = None
        logs = self.provider.call("GET", resource + "/config/logs", WEB).model(LOGS)
        settings = self.list(resource, "appSettings", TEXTS)["properties"] or {}
        sticky_names = self.provider.call("GET", resource + "/config/slotConfigNames", WEB).model(SLOT_NAMES)
        storage = through(self.list(resource, "azurestorageaccounts", STORAGE), "storageAccounts.Model")
        strings = through(self.list(resource, "connectionStrings", CONNECTION_STRINGS), "connectionStrings.Model")
        user = self.read_credentials(resource)
        metadata = self.list(resource, "metadata", TEXTS) if self.HAS_METADATA else None
        policies = {name: self.policy(resource, POLICIES[name]) for name in sorted(POLICIES)}
        state = {"name": names["site"], "resource_group_name": names["group"], "location": location(model["location"]),
            "kind": model["kind"], "tags": tags_of(model), "auth_settings": flatten_auth(auth),
            "auth_settings_v2": flatten_auth_v2(auth_v2), "backup": flatten_backup(backup), "logs": flatten_logs(logs),
            "sticky_settings": flatten_sticky(through(sticky_names, "stickySettings.Model")["properties"]),
            "storage_account": dict(through(storage["properties"], "appStorageAccounts.Properties")),
            "connection_string": {name: dict(pair) for name, pair in (strings["properties"] or {}).items()},
            "site_credential": {"name": user["publishingUserName"] or "", "password": user["publishingPassword"] or ""},
            **policies, **self.flatten_site(model)}
        self.finish(state, configuration, dict(settings), metadata, logs)
        return state

    def read_auth(self, resource):
        auth = through(self.list(resource, "authsettings", AUTH), "auth.Model")
        properties = through(auth["properties"], "auth.Model.Properties")
        if (properties["configVersion"] or "").lower() == "v2":
            answer = self.provider.call("GET", resource + "/config/authsettingsV2/list", WEB)
            return auth, through(answer.model(AUTH_V2), "authV2Resp.Model")
        return auth, None

    def read_credentials(self, resource):
        """Asked twice, with one look in between that may fail."""
        path = resource + "/config/publishingcredentials/list"
        first = self.provider.call("POST", path, WEB)
        if first.headers.get("Location"):
            raise ProviderError("the answer of publishingcredentials/list has a Location, which would be followed")
        try:
            self.provider.poll(first)
        except ProviderError:
            pass
        user = self.provider.call("POST", path, WEB).model(USER)
        return user["properties"] or Values()

    def policy(self, resource, name):
        answer = self.provider.call("GET", f"{resource}/basicPublishingCredentialsPolicies/{name}", WEB).model(POLICY)
        properties = through(answer, "basicAuthResp.Model")["properties"]
        return True if properties is None else bool(properties["allow"])

    def flatten_site(self, model):
        properties = through(model["properties"], "model.Properties")
        plan = PLAN.parse(properties["serverFarmId"] or "", insensitively=True)
        environment = properties["hostingEnvironmentProfile"]
        if environment is not None:
            ENVIRONMENT.parse(through(environment["id"], "hostingEnv.Id"), insensitively=True)
        subnet = properties["virtualNetworkSubnetId"] or ""
        if subnet:
            subnet = SUBNET.make(**SUBNET.parse(subnet, insensitively=True))
        kind = (model["identity"] or Values())["type"] or ""
        state = {"service_plan_id": PLAN.make(**plan), "virtual_network_subnet_id": subnet,
            "default_hostname": properties["defaultHostName"] or "", "identity": "" if kind == "None" else kind,
            "public_network_access_enabled": (properties["publicNetworkAccess"] or "").lower() != "disabled"}
        for name, field in PLAIN.items():
            if name in self.SCHEMA:
                zero = "" if self.SCHEMA[name] is COMPUTED else type(self.SCHEMA[name])()
                state[name] = zero if properties[field] is None else properties[field]
        return state

    def flatten_config(self, configuration, settings):
        found = through(configuration["properties"], "webAppSiteConfig.Model.Properties")
        state = {name: type(SITE_CONFIG[name])() if found[field] is None else found[field]
            for name, field in FLAGS.items() if name in self.CONFIG}
        cors = found["cors"] or Values()
        has_cors = cors["allowedOrigins"] or cors["supportCredentials"]
        return found, {**state, "default_documents": found["defaultDocuments"],
            "worker_count": found["numberOfWorkers"] or 0,
            "remote_debugging_version": (found["remoteDebuggingVersion"] or "").upper(),
            "api_definition_url": (found["apiDefinition"] or Values())["url"] or "",
            "ip_restriction": flatten_restrictions(found["ipSecurityRestrictions"]),
            "scm_ip_restriction": flatten_restrictions(found["scmIpSecurityRestrictions"]),
            "cors": [{"allowed_origins": cors["allowedOrigins"] or [],
            "support_credentials": bool(cors["supportCredentials"])}]
                if has_cors else [],
            "auto_heal_setting": heal_setting(found["autoHealRules"]),
            "health_check_eviction_time_in_min": int(settings.get(EVICTION) or 0)}

    # MARK: update and delete

    def update(self, resource, config, changed):
        model = self.provider.call("GET", resource, WEB).model(SITE_SHAPE)
        properties = through(model["properties"], "model.Properties")
        if "service_plan_id" in changed:
            properties["serverFarmId"] = config["service_plan_id"]
        self.plan(config)
        current = self.provider.call("GET", resource + "/config/web", WEB).model(CONFIGURATION)
        properties["siteConfig"] = current["properties"]
        for name in changed & PLAIN.keys():
            properties[PLAIN[name]] = config[name]
        if "identity" in changed:
            model["identity"] = identity_of(config)
        if "tags" in changed:
            model["tags"] = config["tags"] or None
        if changed & {"site_config", "app_settings", "service_plan_id"}:
            properties["siteConfig"] = self.expand(config, through(current["properties"], "existing"), changed)
            properties["vnetRouteAllEnabled"] = properties["siteConfig"].get("vnetRouteAllEnabled")
        if "public_network_access_enabled" in changed:
            access = "Enabled" if config["public_network_access_enabled"] else "Disabled"
            properties["publicNetworkAccess"] = through(properties["siteConfig"],
                "SiteConfig")["publicNetworkAccess"] = access
        if "virtual_network_subnet_id" in changed:
            properties.pop("virtualNetworkSubnetId", None)
            if config["virtual_network_subnet_id"]:
                properties["virtualNetworkSubnetId"] = config["virtual_network_subnet_id"]
            else:
                self.provider.call("DELETE", resource + "/networkConfig/virtualNetwork", WEB)
        self.write(resource, without_absent({**model, "properties": without_absent(properties)}))
        self.update_metadata(resource, config)
        self.update_parts(resource, config, changed, properties["siteConfig"])
        self.write_policies(resource, config, changed & POLICIES.keys())

    def update_parts(self, resource, config, changed, site_config):
        writes_logs = "logs" in changed or bool(changed & {"app_settings", "site_config", "auth_settings_v2"})
        if changed & {"app_settings", "site_config"}:
            settings = {pair["name"]: pair["value"] for pair in site_config.get("appSettings") or []}
            settings.pop(EVICTION, None)
            if config["site_config"]["health_check_eviction_time_in_min"]:
                settings[EVICTION] = str(config["site_config"]["health_check_eviction_time_in_min"])
            self.put(resource, "/config/appSettings", settings)
        if "connection_string" in changed:
            self.put(resource, "/config/connectionStrings", config["connection_string"])
        if "sticky_settings" in changed:
            names = sticky(config) if config["sticky_settings"] else {}
            self.put(resource, "/config/slotConfigNames", {"appSettingNames": names.get("appSettingNames") or [],
                "connectionStringNames": names.get("connectionStringNames") or []})
        if "auth_settings" in changed:
            self.put(resource, "/config/authsettings",
                expand_auth(config["auth_settings"][0] if config["auth_settings"] else None))
        if "auth_settings_v2" in changed:
            self.put(resource, "/config/authsettingsV2",
                expand_auth_v2(config["auth_settings_v2"][0] if config["auth_settings_v2"] else None))
        if "backup" in changed and config["backup"]:
            self.put(resource, "/config/backup", expand_backup(config["backup"][0]))
        elif "backup" in changed:
            self.provider.call("DELETE", resource + "/config/backup", WEB)
        if writes_logs:
            self.put(resource, "/config/logs", expand_logs(config["logs"][0] if config["logs"] else None))
        if "storage_account" in changed:
            self.put(resource, "/config/azurestorageaccounts", storage_of(config))

    def update_metadata(self, resource, config):
        pass

    def delete(self, resource):
        SITE.parse(resource)
        self.provider.call("DELETE", resource, WEB, accepted=(200, 204),
            query={"deleteEmptyServerFarm": "false", "deleteMetrics": "false"})

    def check_import(self, resource):
        SITE.parse(resource)
        site = self.provider.call("GET", resource, WEB).model(SITE_SHAPE)
        plan = PLAN.parse(through(site["properties"]["serverFarmId"], "props.ServerFarmId"), insensitively=True)
        kind = self.provider.call("GET", PLAN.make(**plan), WEB).model(PLAN_SHAPE)["kind"]
        if kind is None:
            raise ProviderError("reading Service Plan: no kind")
        if not self.takes_plan(kind.lower()):
            raise ProviderError(f"specified Service Plan is not one for {self.TYPE}, but {kind!r}")


POLICIES = {"webdeploy_publish_basic_authentication_enabled": "scm", "ftp_publish_basic_authentication_enabled": "ftp"}


def identity_of(config):
    return {"type": config["identity"] or "None", "userAssignedIdentities": None}


def storage_of(config):
    return dict(config["storage_account"])


def sticky(config):
    given = config["sticky_settings"][0]
    return {"appSettingNames": given.get("app_setting_names"),
        "connectionStringNames": given.get("connection_string_names")}


def flatten_sticky(found):
    if found is None:
        return []
    settings, strings = found["appSettingNames"], found["connectionStringNames"]
    if settings is None and strings is None:
        return []
    if not through(settings, "input.AppSettingNames") and not through(strings, "input.ConnectionStringNames"):
        return []
    names = {"app_setting_names": settings, "connection_string_names": strings}
    return [{name: value for name, value in names.items() if value}]


def pairs(settings):
    return [{"name": name, "value": value} for name, value in settings.items()] or None


class WebApp(App):
    SCHEMA = {**SCHEMA, "client_affinity_enabled": False, "logs": []}

    def expand(self, config, existing=None, changed=()):
        """`ExpandForCreate` and `ExpandForUpdate`; the second writes over what was read."""
        given, settings = config["site_config"], dict(config["app_settings"])
        found = dict(existing or {})
        found.update({field: given[name] for name, field in FLAGS.items()
            if name not in ("app_command_line", "health_check_path", "container_registry_managed_identity_client_id")})
        for name, field in (("app_command_line", "appCommandLine"), ("health_check_path", "healthCheckPath"),
                ("container_registry_managed_identity_client_id", "acrUserManagedIdentityID"),
                ("default_documents", "defaultDocuments"), ("remote_debugging_version", "remoteDebuggingVersion"),
                ("worker_count", "numberOfWorkers")):
            if given[name] or (existing is not None and existing.get(field)):
                found[field] = given[name] if given[name] is not None else existing[field]
        if given["api_definition_url"] or "site_config.api_definition_url" in changed:
            found["apiDefinition"] = {"url": given["api_definition_url"]}
        for name, field in (("ip_restriction", "ipSecurityRestrictions"), ("scm_ip_restriction",
            "scmIpSecurityRestrictions")):
            if given[name] or existing is not None:
                found[field] = restrictions(given[name])
        if given["cors"]:
            cors = given["cors"][0]
            found["cors"] = {"allowedOrigins": cors["allowed_origins"],
                "supportCredentials": cors["support_credentials"]}
        elif existing is not None and existing.get("cors"):
            found["cors"] = {}
        found["autoHealEnabled"] = bool(given["auto_heal_setting"])
        found["autoHealRules"] = heal_rules(given["auto_heal_setting"])
        self.expand_stack(given["application_stack"], found, settings)
        found["appSettings"] = pairs(settings)
        return without_absent(found)

    def finish(self, state, configuration, settings, metadata, logs):
        found, flat = self.flatten_config(configuration, settings)
        flat["application_stack"] = self.flatten_stack(found, settings, metadata)
        state["site_config"] = flat
        state["app_settings"] = {name: value for name, value in settings.items() if name not in MANAGED}


class LinuxWebApp(WebApp):
    TYPE = "azurerm_linux_web_app"

    def takes_plan(self, kind):
        return "linux" in kind

    def expand_stack(self, stack, found, settings):
        found.pop("linuxFxVersion", None)
        for name, value in (stack or {}).items():
            if name in LINUX_STACKS:
                found["linuxFxVersion"] = f"{LINUX_STACKS[name]}|{value}"
        if stack and stack.get("docker_image_name"):
            registry = stack["docker_registry_url"].removeprefix("https://").removeprefix("http://")
            found["linuxFxVersion"] = f"DOCKER|{registry}/{stack['docker_image_name']}"
            settings.update(DOCKER_REGISTRY_SERVER_URL=stack["docker_registry_url"],
                DOCKER_REGISTRY_SERVER_USERNAME=stack.get("docker_registry_username", ""),
                DOCKER_REGISTRY_SERVER_PASSWORD=stack.get("docker_registry_password", ""))

    def flatten_stack(self, found, settings, metadata):
        version = found["linuxFxVersion"]
        if version is None:
            return None
        parts = version.split("|")
        names = {prefix: name for name, prefix in LINUX_STACKS.items()}
        if len(parts) == 2 and parts[0].upper() in names:
            return {names[parts[0].upper()]: parts[1]}
        if parts[0].upper() == "DOCKER":
            registry = settings.get("DOCKER_REGISTRY_SERVER_URL", "")
            host = registry.rstrip("/").removeprefix("https://").removeprefix("http://")
            return {"docker_image_name": version.removeprefix("DOCKER|").removeprefix(host + "/"),
                "docker_registry_url": registry,
                "docker_registry_username": settings.get("DOCKER_REGISTRY_SERVER_USERNAME", ""),
                "docker_registry_password": settings.get("DOCKER_REGISTRY_SERVER_PASSWORD", "")}
        return {}


class WindowsWebApp(WebApp):
    TYPE, HAS_METADATA = "azurerm_windows_web_app", True
    CONFIG = {**SITE_CONFIG, "handler_mapping": [], "virtual_application": []}

    def takes_plan(self, kind):
        return "linux" not in kind

    def expand(self, config, existing=None, changed=()):
        """What is not configured is left out, unless it was before: then Azure's default is written."""
        found, given = super().expand(config, existing, changed), config["site_config"]
        handlers = [{"extension": item["extension"], "scriptProcessor": item["script_processor_path"]}
            for item in given["handler_mapping"]]
        applications = [{"virtualPath": item["virtual_path"], "physicalPath": item["physical_path"],
            "preloadEnabled": item["preload"]} for item in given["virtual_application"]]
        default = [{"virtualPath": "/", "physicalPath": "site\\wwwroot", "preloadEnabled": True}]
        found["handlerMappings"] = handlers or ([] if "site_config.handler_mapping" in changed else None)
        found["virtualApplications"] = applications or None
        if not applications and "site_config.virtual_application" in changed:
            found["virtualApplications"] = default
        return without_absent(found)

    def expand_stack(self, stack, found, settings):
        if not stack:
            found["windowsFxVersion"] = ""
            return
        if stack.get("node_version"):
            settings["WEBSITE_NODE_DEFAULT_VERSION"] = stack["node_version"]
        if stack.get("dotnet_version"):
            found["netFrameworkVersion"] = stack["dotnet_version"]
        if stack.get("java_version"):
            found.update(javaVersion=stack["java_version"], javaContainer="TOMCAT",
                javaContainerVersion=stack["tomcat_version"])

    def stack(self, config):
        return (config["site_config"]["application_stack"] or {}).get("current_stack", "")

    def write_metadata(self, path, config):
        if self.stack(config):
            self.put(path, "/config/metadata", {"CURRENT_STACK": self.stack(config)})

    def update_metadata(self, resource, config):
        self.put(resource, "/config/metadata", {"CURRENT_STACK": self.stack(config)})

    def flatten_stack(self, found, settings, metadata):
        current = (metadata["properties"] or {}).get("CURRENT_STACK", "")
        stack = {"current_stack": current, "php_version": found["phpVersion"] or "Off", "python": current == "python",
            "dotnet_core_version" if current == "dotnetcore" else "dotnet_version": found["netFrameworkVersion"] or ""}
        if current == "java" or found["javaContainer"] == "TOMCAT":
            stack.update(java_version=found["javaVersion"] or "", tomcat_version=found["javaContainerVersion"] or "")
        if "WEBSITE_NODE_DEFAULT_VERSION" in settings:
            stack["node_version"] = settings.pop("WEBSITE_NODE_DEFAULT_VERSION")
        return stack

    def finish(self, state, configuration, settings, metadata, logs):
        super().finish(state, configuration, settings, metadata, logs)
        found, flat = configuration["properties"], state["site_config"]
        flat["handler_mapping"] = [{"extension": item["extension"], "script_processor_path": item["scriptProcessor"]}
            for item in found["handlerMappings"] or []]
        flat["virtual_application"] = self.virtual_applications(found["virtualApplications"], flat["always_on"])

    @staticmethod
    def virtual_applications(found, always_on):
        if found is None:
            return []
        if len(found) <= 1:
            if not found:
                raise Panic("the array virtualApplications is empty")
            only = found[0]
            if (only["virtualPath"], only["physicalPath"]) == ("/",
                "site\\wwwroot") and only["virtualDirectories"] is None \
                    and through(only["preloadEnabled"], "app.PreloadEnabled") == always_on:
                return []
        return [{"virtual_path": item["virtualPath"], "physical_path": item["physicalPath"],
            "preload": bool(item["preloadEnabled"])}
            for item in found]
