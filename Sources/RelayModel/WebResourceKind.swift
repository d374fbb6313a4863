/// What a client asks about before it creates it.
public enum WebResourceKind: String, Sendable, Hashable, CaseIterable {
    /// An app.
    case site = "Site"
    /// An App Service plan.
    case serverFarm = "ServerFarm"
}
