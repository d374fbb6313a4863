/// Every limit of the service, each with the document that it comes from. Sizes are in bytes, times in seconds.
public enum Limits {
    /// Listeners of one hybrid connection that may be connected at once (Azure Relay quotas).
    public static let listenersPerHybridConnectionMax = 25
    /// Listeners and connections of one namespace at once, unless the server is told otherwise (Azure Relay FAQ).
    public static let connectionsPerNamespaceMax = 5000
    /// Hybrid connections and WCF relays of one namespace together (Azure Relay quotas).
    public static let relaysPerNamespaceMax = 10_000
    /// Authorization rules of one namespace or of one entity (Azure Service Bus quotas, which Relay shares).
    public static let authorizationRulesPerLevelMax = 12
    /// Namespaces of one subscription (Azure Relay quotas).
    public static let namespacesPerSubscriptionMax = 1000
    /// IP rules of one network rule set (Azure Relay IP filtering).
    public static let ipRulesMax = 128
    /// Characters of `userMetadata`, counted as UTF-16 does.
    public static let userMetadataMax = 1024
    /// Tags of one resource, and the characters of a tag's name and value, counted as UTF-16 does (Azure Resource Manager).
    public static let tagsMax = 50
    public static let tagNameMax = 512
    public static let tagValueMax = 256
    /// Tag names that one subscription proposes, and values of one of them.
    public static let proposedTagNamesMax = 10_000
    public static let proposedTagValuesMax = 10_000
    /// Links of one resource (Azure resource links), and characters of the notes of one.
    public static let linksPerResourceMax = 50
    public static let linkNotesMax = 2000
    /// Resources that one request moves (Azure Resource Manager).
    public static let movedResourcesMax = 800
    /// One of the parts of an app's configuration that are kept as they are sent (`config/logs`, `config/backup`, …).
    public static let siteConfigurationPartMax = 64 * 1024
    /// Body of one management request (Azure Resource Manager).
    public static let requestBodyMax = 4 * 1024 * 1024
    /// Bearer token of one request.
    public static let bearerTokenMax = 16 * 1024
    /// Request target of one request.
    public static let requestTargetMax = 8 * 1024
    /// Header block of one request: bytes in all, and lines.
    public static let headerBlockMax = 32 * 1024
    public static let headerLinesMax = 100
    /// Entries of one page of a list.
    public static let pageSizeDefault = 100
    public static let pageSizeMax = 1000
    /// Seconds for which an access token is valid.
    public static let accessTokenLifetime: Int64 = 3600
    /// Seconds for which a repeated action with the same client request ID is recognised.
    public static let repeatedActionWindow: Int64 = 600
    /// Days for which the activity log is kept (Azure Monitor).
    public static let activityLogDays: Int64 = 90
    /// Days for which the use of each hour is kept; a year and a month, so that the same month can be compared.
    public static let usageDays: Int64 = 400
    /// Hours for which events of the data plane are kept, and how many of one namespace at most.
    public static let relayEventHours: Int64 = 24
    public static let relayEventsPerNamespaceMax = 100_000
    /// Events of the data plane that wait to be written, and how many of HTTP requests that went well are written in one
    /// second.
    public static let relayEventsWaitingMax = 20_000
    public static let routineRelayEventsPerSecondMax = 1000
    /// Client secrets that one service principal may have at once.
    public static let clientSecretsMax = 2
    /// Deployments of one scope that are kept; the oldest make room (Azure Resource Manager).
    public static let deploymentsPerScopeMax = 800
    /// Days for which metrics are kept (Azure Relay metrics).
    public static let metricDays: Int64 = 30
    /// Seconds after which the keys of another issuer are fetched again, and those between two fetches at least.
    public static let issuerKeysLifetime: Int64 = 3600
    public static let issuerKeysPause: Int64 = 30
    /// Bytes of one document of another issuer, and seconds until it is there.
    public static let issuerDocumentMax = 512 * 1024
    public static let issuerDocumentSeconds: Int64 = 10
    /// Seconds for which a refresh token is good when it is not used, and for which one sign-in can be refreshed.
    public static let refreshTokenLifetime: Int64 = 14 * 86_400
    public static let signInLifetime: Int64 = 90 * 86_400
    /// Seconds in which a device's sign-in has to be approved, and between two questions of the device (Entra).
    public static let deviceCodeLifetime: Int64 = 900
    public static let deviceCodeInterval: Int64 = 5
    /// Federated credentials of one service principal (Entra).
    public static let federatedCredentialsMax = 20
    /// Custom roles of one tenant (Azure role-based access control).
    public static let roleDefinitionsPerTenantMax = 5000
    /// Characters of a role's name and description, blocks of permissions, patterns of all of them together, characters of
    /// one pattern, and assignable scopes of one role (Azure role-based access control).
    public static let roleNameMax = 512
    public static let roleDescriptionMax = 2048
    public static let rolePermissionsMax = 32
    public static let roleActionsMax = 2048
    public static let roleActionMax = 256
    public static let roleAssignableScopesMax = 2000
    /// Members of one group, and groups that count for one principal; more groups are left out.
    public static let groupMembersMax = 10_000
    public static let groupsOfPrincipalMax = 2048
    /// Characters of a password.
    public static let passwordLength = 12...256
    /// IDs of one question to the directory (Microsoft Graph).
    public static let directoryIDsMax = 1000
}
