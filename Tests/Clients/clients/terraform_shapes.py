"""The Go models of Microsoft.Web 2023-12-01 that azurerm reads: names and types of their fields."""

RESTRICTION = {"action": str, "description": str, "headers": {"*": [str]}, "ipAddress": str, "name": str,
    "priority": int,
    "subnetMask": str, "subnetTrafficTag": int, "tag": str, "vnetSubnetResourceId": str, "vnetTrafficTag": int}
SLOW = {"count": int, "path": str, "timeInterval": str, "timeTaken": str}
HEAL_RULES = {
    "actions": {"actionType": str, "customAction": {"exe": str, "parameters": str}, "minProcessExecutionTime": str},
    "triggers": {"privateBytesInKB": int, "requests": {"count": int, "timeInterval": str}, "slowRequests": SLOW,
        "slowRequestsWithPath": [SLOW],
        "statusCodes": [{"count": int, "path": str, "status": int, "subStatus": int, "timeInterval": str,
        "win32Status": int}],
        "statusCodesRange": [{"count": int, "path": str, "statusCodes": str, "timeInterval": str}]},
}
STORAGE_VALUE = {"accessKey": str, "accountName": str, "mountPath": str, "protocol": str, "shareName": str,
    "state": str,
    "type": str}
PAIR = {"name": str, "value": str}

SITE_CONFIG_SHAPE = {
    **{name: bool for name in ("acrUseManagedIdentityCreds", "alwaysOn", "autoHealEnabled",
    "detailedErrorLoggingEnabled",
        "functionsRuntimeScaleMonitoringEnabled", "http20Enabled", "httpLoggingEnabled", "localMySqlEnabled",
        "remoteDebuggingEnabled", "requestTracingEnabled", "scmIpSecurityRestrictionsUseMain", "use32BitWorkerProcess",
        "vnetRouteAllEnabled", "webSocketsEnabled")},
    **{name: int for name in ("elasticWebAppScaleLimit", "functionAppScaleLimit", "logsDirectorySizeLimit",
        "managedServiceIdentityId", "minimumElasticInstanceCount", "numberOfWorkers", "preWarmedInstanceCount",
        "vnetPrivatePortsCount", "xManagedServiceIdentityId")},
    **{name: str for name in ("acrUserManagedIdentityID", "appCommandLine", "autoSwapSlotName", "documentRoot",
    "ftpsState",
        "healthCheckPath", "ipSecurityRestrictionsDefaultAction", "javaContainer", "javaContainerVersion",
        "javaVersion",
        "keyVaultReferenceIdentity", "linuxFxVersion", "loadBalancing", "managedPipelineMode", "minTlsCipherSuite",
        "minTlsVersion", "netFrameworkVersion", "nodeVersion", "phpVersion", "powerShellVersion", "publicNetworkAccess",
        "publishingUsername", "pythonVersion", "remoteDebuggingVersion", "requestTracingExpirationTime",
        "scmIpSecurityRestrictionsDefaultAction", "scmMinTlsVersion", "scmType", "tracingOptions", "vnetName",
        "websiteTimeZone", "windowsFxVersion")},
    "apiDefinition": {"url": str}, "apiManagementConfig": {"id": str}, "appSettings": [PAIR],
    "autoHealRules": HEAL_RULES,
    "azureStorageAccounts": {"*": STORAGE_VALUE},
    "connectionStrings": [{"connectionString": str, "name": str, "type": str}],
    "cors": {"allowedOrigins": [str], "supportCredentials": bool}, "defaultDocuments": [str],
    "handlerMappings": [{"arguments": str, "extension": str, "scriptProcessor": str}],
    "ipSecurityRestrictions": [RESTRICTION], "scmIpSecurityRestrictions": [RESTRICTION], "metadata": [PAIR],
    "virtualApplications": [{"physicalPath": str, "preloadEnabled": bool, "virtualPath": str,
        "virtualDirectories": [{"physicalPath": str, "virtualPath": str}]}],
}

SITE_SHAPE = {
    "id": str, "kind": str, "location": str, "name": str, "tags": {"*": str}, "type": str,
    "identity": {"type": str, "principalId": str, "tenantId": str},
    "properties": {
        **{name: bool for name in ("clientAffinityEnabled", "clientCertEnabled", "enabled", "endToEndEncryptionEnabled",
            "httpsOnly", "hostNamesDisabled", "hyperV", "isDefaultContainer", "isXenon", "reserved",
            "scmSiteAlsoStopped",
            "storageAccountRequired", "vnetBackupRestoreEnabled", "vnetContentShareEnabled", "vnetImagePullEnabled",
            "vnetRouteAllEnabled")},
        **{name: int for name in ("containerSize", "dailyMemoryTimeQuota", "maxNumberOfWorkers")},
        **{name: str for name in ("availabilityState", "clientCertExclusionPaths", "clientCertMode",
            "customDomainVerificationId", "defaultHostName", "inProgressOperationId", "keyVaultReferenceIdentity",
            "lastModifiedTimeUtc", "managedEnvironmentId", "outboundIpAddresses", "possibleOutboundIpAddresses",
            "publicNetworkAccess", "redundancyMode", "repositorySiteName", "resourceGroup", "serverFarmId", "state",
            "suspendedTill", "targetSwapSlot", "usageState", "virtualNetworkSubnetId", "workloadProfileName")},
        **{name: [str] for name in ("enabledHostNames", "hostNames", "trafficManagerHostNames")},
        "hostNameSslStates": [{"hostType": str, "name": str, "sslState": str, "thumbprint": str, "toUpdate": bool,
            "virtualIP": str}],
        "hostingEnvironmentProfile": {"id": str, "name": str, "type": str}, "siteConfig": SITE_CONFIG_SHAPE,
    },
}

OF_SITE = {"id": str, "kind": str, "name": str, "type": str}
CONFIGURATION = {**OF_SITE, "properties": SITE_CONFIG_SHAPE}
TEXTS = {**OF_SITE, "properties": {"*": str}}
CONNECTION_STRINGS = {**OF_SITE, "properties": {"*": {"type": str, "value": str}}}
STORAGE = {**OF_SITE, "properties": {"*": STORAGE_VALUE}}
SLOT_NAMES = {**OF_SITE, "properties": {"appSettingNames": [str], "azureStorageConfigNames": [str],
    "connectionStringNames": [str]}}
POLICY = {**OF_SITE, "properties": {"allow": bool}}
USER = {**OF_SITE, "properties": {"publishingPassword": str, "publishingPasswordHash": str,
    "publishingPasswordHashSalt": str,
    "publishingUserName": str, "scmUri": str}}
BACKUP = {**OF_SITE, "properties": {"backupName": str, "enabled": bool, "storageAccountUrl": str,
    "databases": [{"connectionString": str, "connectionStringName": str, "databaseType": str, "name": str}],
    "backupSchedule": {"frequencyInterval": int, "frequencyUnit": str, "keepAtLeastOneBackup": bool,
    "lastExecutionTime": str,
        "retentionPeriodInDays": int, "startTime": str}}}
ENABLED = {"enabled": bool}
LOGS = {**OF_SITE, "properties": {"detailedErrorMessages": ENABLED, "failedRequestsTracing": ENABLED,
    "applicationLogs": {"fileSystem": {"level": str}, "azureTableStorage": {"level": str, "sasUrl": str},
        "azureBlobStorage": {"level": str, "retentionInDays": int, "sasUrl": str}},
    "httpLogs": {"fileSystem": {"enabled": bool, "retentionInDays": int, "retentionInMb": int},
        "azureBlobStorage": {"enabled": bool, "retentionInDays": int, "sasUrl": str}}}}
AUTH = {**OF_SITE, "properties": {
    **{name: str for name in ("aadClaimsAuthorization", "authFilePath", "clientId", "clientSecret",
        "clientSecretCertificateThumbprint", "clientSecretSettingName", "configVersion", "defaultProvider",
        "facebookAppId",
        "facebookAppSecret", "facebookAppSecretSettingName", "gitHubClientId", "gitHubClientSecret",
        "gitHubClientSecretSettingName", "googleClientId", "googleClientSecret", "googleClientSecretSettingName",
        "isAuthFromFile", "issuer", "microsoftAccountClientId", "microsoftAccountClientSecret",
        "microsoftAccountClientSecretSettingName", "runtimeVersion", "twitterConsumerKey", "twitterConsumerSecret",
        "twitterConsumerSecretSettingName", "unauthenticatedClientAction")},
    **{name: [str] for name in ("additionalLoginParams", "allowedAudiences", "allowedExternalRedirectUrls",
        "facebookOAuthScopes", "gitHubOAuthScopes", "googleOAuthScopes", "microsoftAccountOAuthScopes")},
    "enabled": bool, "tokenRefreshExtensionHours": float, "tokenStoreEnabled": bool, "validateIssuer": bool}}
PROVIDER = {"enabled": bool}
AUTH_V2 = {**OF_SITE, "properties": {
    "platform": {"configFilePath": str, "enabled": bool, "runtimeVersion": str},
    "globalValidation": {"excludedPaths": [str], "redirectToProvider": str, "requireAuthentication": bool,
        "unauthenticatedClientAction": str},
    "identityProviders": {"azureActiveDirectory": {"enabled": bool, "login": {"disableWWWAuthenticate": bool},
        "registration": {"clientId": str, "clientSecretSettingName": str, "openIdIssuer": str},
        "validation": {"allowedAudiences": [str]}}, "customOpenIdConnectProviders": {"*": PROVIDER},
        **{name: PROVIDER for name in ("apple", "azureStaticWebApps", "facebook", "gitHub", "google",
        "legacyMicrosoftAccount",
            "twitter")}},
    "login": {"allowedExternalRedirectUrls": [str], "cookieExpiration": {"convention": str, "timeToExpiration": str},
        "nonce": {"nonceExpirationInterval": str, "validateNonce": bool}, "preserveUrlFragmentsForLogins": bool,
        "routes": {"logoutEndpoint": str}, "tokenStore": {"azureBlobStorage": {"sasUrlSettingName": str},
        "enabled": bool,
            "fileSystem": {"directory": str}, "tokenRefreshExtensionHours": float}},
    "httpSettings": {"forwardProxy": {"convention": str, "customHostHeaderName": str, "customProtoHeaderName": str},
        "requireHttps": bool, "routes": {"apiPrefix": str}}}}
