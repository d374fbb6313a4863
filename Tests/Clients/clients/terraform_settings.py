"""From attributes of azurerm's apps to bodies, and from answers back to attributes."""

import re

from .terraform import Values, through, without_absent

# Attributes of `site_config` that are one field each.
FLAGS = {
    "always_on": "alwaysOn", "app_command_line": "appCommandLine", "container_registry_use_managed_identity":
    "acrUseManagedIdentityCreds", "container_registry_managed_identity_client_id": "acrUserManagedIdentityID",
    "ftps_state": "ftpsState", "health_check_path": "healthCheckPath", "http2_enabled": "http20Enabled",
    "ip_restriction_default_action": "ipSecurityRestrictionsDefaultAction", "load_balancing_mode": "loadBalancing",
    "local_mysql_enabled": "localMySqlEnabled", "managed_pipeline_mode": "managedPipelineMode",
    "minimum_tls_cipher_suite": "minTlsCipherSuite", "minimum_tls_version": "minTlsVersion",
    "remote_debugging_enabled": "remoteDebuggingEnabled",
    "scm_ip_restriction_default_action": "scmIpSecurityRestrictionsDefaultAction",
    "scm_minimum_tls_version": "scmMinTlsVersion",
    "scm_use_main_ip_restriction": "scmIpSecurityRestrictionsUseMain", "use_32_bit_worker": "use32BitWorkerProcess",
    "vnet_route_all_enabled": "vnetRouteAllEnabled", "websockets_enabled": "webSocketsEnabled",
}
LINUX_STACKS = {"dotnet_version": "DOTNETCORE", "go_version": "GO", "php_version": "PHP", "node_version": "NODE",
    "python_version": "PYTHON"}


# MARK: site_config


def restrictions(given):
    return [without_absent({"name": item.get("name"), "ipAddress": item.get("ip_address") or item.get("service_tag"),
        "tag": "ServiceTag" if item.get("service_tag") else None, "priority": item["priority"],
        "action": item["action"],
        "headers": {}}) for item in given]


def flatten_restrictions(found):
    kept = []
    for item in found or []:
        if item["ipAddress"] == "Any":
            continue
        name = "service_tag" if item["tag"] == "ServiceTag" else "ip_address"
        kept.append({"name": item["name"], name: item["ipAddress"], "priority": item["priority"],
            "action": item["action"]})
    return kept


def heal_rules(given):
    if not given:
        return None
    requests, action = given[0]["requests"], given[0]["action"]
    return {"actions": {"actionType": action["action_type"],
        "minProcessExecutionTime": action["minimum_process_execution_time"]},
        "triggers": {"requests": {"count": requests["count"], "timeInterval": requests["interval"]}}}


def heal_setting(found):
    if found is None or (found["triggers"] is None and found["actions"] is None):
        return []
    requests = (found["triggers"] or Values())["requests"] or Values()
    action = found["actions"] or Values()
    return [{"requests": {"count": requests["count"] or 0, "interval": requests["timeInterval"] or ""}, "action": {
        "action_type": action["actionType"] or "",
        "minimum_process_execution_time": action["minProcessExecutionTime"] or ""}}]


# MARK: sign-in of the app's visitors

# Client ID, then the secret and the scopes that go with it.
OTHERS = {"facebook": ("facebookAppId", "facebookAppSecret", "facebookAppSecretSettingName", "facebookOAuthScopes"),
    "gitHub": ("gitHubClientId", "gitHubClientSecret", "gitHubClientSecretSettingName", "gitHubOAuthScopes"),
    "google": ("googleClientId", "googleClientSecret", "googleClientSecretSettingName", "googleOAuthScopes"),
    "microsoft": ("microsoftAccountClientId", "microsoftAccountClientSecret", "microsoftAccountClientSecretSettingName",
        "microsoftAccountOAuthScopes"),
    "twitter": ("twitterConsumerKey", "twitterConsumerSecret", "twitterConsumerSecretSettingName", None)}


def expand_auth(given):
    """Without a block everything is written as empty, to clear what was there."""
    body = {}
    for identifier, secret, setting, scopes in OTHERS.values():
        body.update({identifier: "", secret: "", setting: ""})
        if scopes:
            body[scopes] = None if given else []
    if not given:
        return {**body, "enabled": False, "additionalLoginParams": [], "allowedAudiences": [], "clientId": "",
            "clientSecret": "",
            "clientSecretSettingName": "", "clientSecretCertificateThumbprint": "", "issuer": "",
            "tokenRefreshExtensionHours": 72, "tokenStoreEnabled": False}
    directory = given.get("active_directory") or {}
    return without_absent({**body, "enabled": given["enabled"], "additionalLoginParams": [],
        "issuer": given.get("issuer", ""),
        "allowedExternalRedirectUrls": given.get("allowed_external_redirect_urls", []), "defaultProvider":
        given.get("default_provider", ""), "runtimeVersion": given.get("runtime_version", ""),
            "tokenStoreEnabled": False,
        "tokenRefreshExtensionHours": 72, "unauthenticatedClientAction": given.get("unauthenticated_client_action", ""),
        "clientId": directory.get("client_id", ""), "clientSecret": directory.get("client_secret"),
        "allowedAudiences": []})


def flatten_auth(auth):
    found = auth["properties"]
    if (found["configVersion"] or "").lower() != "v1":
        return []
    # A block that is off is no change when nobody configured one.
    if not found["enabled"]:
        return []
    state = {"enabled": True, "issuer": found["issuer"] or "", "default_provider": found["defaultProvider"] or "",
        "runtime_version": found["runtimeVersion"] or "", "unauthenticated_client_action":
        found["unauthenticatedClientAction"] or ""}
    if found["clientId"] is not None:
        state["active_directory"] = {"client_id": found["clientId"], "client_secret": found["clientSecret"] or ""}
    for name, (identifier, _, _, _) in OTHERS.items():
        if found[identifier] is not None:
            state[name] = found[identifier]
    return [state]


def expand_auth_v2(given):
    off = {"enabled": False}
    providers = {name: dict(off) for name in ("apple", "azureActiveDirectory", "azureStaticWebApps", "facebook",
        "gitHub",
        "google", "legacyMicrosoftAccount", "twitter")}
    providers["customOpenIdConnectProviders"] = {}
    directory = (given or {}).get("active_directory_v2")
    if directory:
        providers["azureActiveDirectory"] = {"enabled": True, "login": {"disableWWWAuthenticate": False},
            "registration": {
            "clientId": directory["client_id"], "clientSecretSettingName": directory["client_secret_setting_name"],
            "openIdIssuer": directory["tenant_auth_endpoint"]}}
    return {
        "globalValidation": {"excludedPaths": [] if not given else None,
            "requireAuthentication": bool(given and given["require_authentication"]),
            "unauthenticatedClientAction": given["unauthenticated_action"] if given else "RedirectToLoginPage"},
        "httpSettings": {"forwardProxy": {"convention": "NoProxy"}, "requireHttps": True,
        "routes": {"apiPrefix": "/.auth"}},
        "identityProviders": providers,
        "login": {"allowedExternalRedirectUrls": [] if not given else None,
        "cookieExpiration": {"convention": "FixedTime",
            "timeToExpiration": "08:00:00"}, "nonce": {"nonceExpirationInterval": "00:05:00", "validateNonce": True},
            "preserveUrlFragmentsForLogins": False, "routes": {}, "tokenStore": {"azureBlobStorage": {},
            "enabled": bool(given and given["login"]["token_store_enabled"]), "fileSystem": {},
            "tokenRefreshExtensionHours": 72}},
        "platform": {"enabled": bool(given and given["auth_enabled"]), "runtimeVersion": "~1"},
    }


def flatten_auth_v2(answer):
    """Blocks that are off, again, are no change when nobody configured them."""
    found = answer["properties"] if answer else None
    if found is None or not (found["platform"] or Values())["enabled"]:
        return []
    validation, login = found["globalValidation"] or Values(), found["login"] or Values()
    tokens, http = login["tokenStore"] or Values(), found["httpSettings"] or Values()
    defaults = [http["requireHttps"], (http["routes"] or Values())["apiPrefix"],
        (http["forwardProxy"] or Values())["convention"], (login["cookieExpiration"] or Values())["timeToExpiration"],
        (login["nonce"] or Values())["nonceExpirationInterval"], tokens["tokenRefreshExtensionHours"]]
    assert defaults == [True, "/.auth", "NoProxy", "08:00:00", "00:05:00", 72.0], f"did not come back: {http}, {login}"
    state = {"auth_enabled": True, "require_authentication": bool(validation["requireAuthentication"]),
        "unauthenticated_action": validation["unauthenticatedClientAction"] or "",
        "login": {"token_store_enabled": bool(tokens["enabled"])}}
    directory = (found["identityProviders"] or Values())["azureActiveDirectory"] or Values()
    if directory["enabled"]:
        registration = directory["registration"] or Values()
        state["active_directory_v2"] = {"client_id": registration["clientId"] or "", "client_secret_setting_name":
            registration["clientSecretSettingName"] or "", "tenant_auth_endpoint": registration["openIdIssuer"] or ""}
    return [state]


# MARK: logs and backups


def expand_logs(given):
    """Without a block everything is written as off."""
    if given is None:
        return {"applicationLogs": {"azureBlobStorage": {"level": "Off"}, "fileSystem": {"level": "Off"}},
            "detailedErrorMessages": {"enabled": False}, "failedRequestsTracing": {"enabled": False},
            "httpLogs": {"azureBlobStorage": {"enabled": False}, "fileSystem": {"enabled": False}}}
    body = {"detailedErrorMessages": {"enabled": given.get("detailed_error_messages", False)},
        "failedRequestsTracing": {"enabled": given.get("failed_request_tracing", False)}}
    if given.get("file_system_level"):
        body["applicationLogs"] = {"fileSystem": {"level": given["file_system_level"]}}
    if given.get("http_file_system"):
        days, size = given["http_file_system"]
        body["httpLogs"] = {"fileSystem": {"enabled": True, "retentionInDays": days, "retentionInMb": size}}
    return body


def flatten_logs(answer):
    found = (answer or Values())["properties"]
    if found is None:
        return []
    application, http = found["applicationLogs"], found["httpLogs"]
    if is_all_off(found, application, http):
        return []
    state = {"detailed_error_messages": bool((found["detailedErrorMessages"] or Values())["enabled"]),
        "failed_request_tracing": bool((found["failedRequestsTracing"] or Values())["enabled"])}
    files = (application or Values())["fileSystem"]
    if files is not None:
        blobs = (application["azureBlobStorage"] or Values())["sasUrl"]
        if (files["level"] or "").lower() != "off" or blobs is not None:
            state["file_system_level"] = files["level"] or ""
        if blobs is not None:
            state["azure_blob_storage"] = blobs
    files = (http or Values())["fileSystem"] or Values()
    if files["enabled"]:
        state["http_file_system"] = (files["retentionInDays"] or 0, files["retentionInMb"] or 0)
    return [state]


def is_all_off(found, application, http):
    """Only a whole and switched-off answer counts as no configuration."""
    parts = (application, http, found["failedRequestsTracing"], found["detailedErrorMessages"])
    if any(part is None for part in parts):
        return False
    levels = [application[name]["level"] for name in ("fileSystem",
        "azureBlobStorage") if application[name] is not None]
    switches = [http[name]["enabled"] for name in ("fileSystem", "azureBlobStorage") if http[name] is not None]
    return all(level == "Off" for level in levels) and not any(switches) \
        and all(part["enabled"] is False for part in parts[2:])


def expand_backup(given):
    schedule = given["schedule"]
    return {"backupName": given["name"], "enabled": given["enabled"], "storageAccountUrl": given["storage_account_url"],
        "backupSchedule": without_absent({"frequencyInterval": schedule["frequency_interval"],
            "frequencyUnit": schedule["frequency_unit"], "keepAtLeastOneBackup": False,
            "retentionPeriodInDays": schedule["retention_period_days"],
            "startTime": schedule["start_time"].removesuffix("Z") if "start_time" in schedule else None})}


def moment(text):
    """Without a zone, or it is not read at all."""
    return text + "Z" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text.split(".")[0]) and "Z" not in text else ""


def flatten_backup(answer):
    found = (answer or Values())["properties"]
    if found is None:
        return []
    state = {"name": found["backupName"] or "", "enabled": bool(found["enabled"]), "storage_account_url":
        found["storageAccountUrl"] or ""}
    schedule = found["backupSchedule"]
    if schedule is not None:
        state["schedule"] = {"frequency_interval": schedule["frequencyInterval"],
            "frequency_unit": schedule["frequencyUnit"],
            "retention_period_days": schedule["retentionPeriodInDays"],
            "start_time": moment(through(schedule["startTime"], "schedule.StartTime"))}
    return [state]
