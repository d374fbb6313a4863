/// Every limit of the service, each with the document that it comes from. Sizes are in bytes, times in seconds.
public enum Limits {
    /// Listeners of one hybrid connection that may be connected at once (Azure Relay quotas).
    public static let listenersPerHybridConnectionMax = 25
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
    /// Client secrets that one service principal may have at once.
    public static let clientSecretsMax = 2
}
