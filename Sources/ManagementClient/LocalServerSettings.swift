/// What the files of a data directory say about its server.
struct LocalServerSettings: Sendable {
    var directory: String
    /// All but the endpoint.
    var given: GivenSettings
    /// Where the server answers, best first: as the running server says, as the first start said, as it listens.
    var endpoints: [String]

    func currentEndpoint() throws(ClientError) -> ManagementEndpoint {
        guard let text = endpoints.first else {
            throw ClientError(
                .settings,
                "\(directory) names no management endpoint; start `causeway serve` or set CAUSEWAY_MANAGEMENT_ENDPOINT"
            )
        }
        return try ManagementEndpoint(text)
    }

    /// Whether that endpoint leads to this directory's server.
    func isServer(of endpoint: ManagementEndpoint) -> Bool {
        endpoints.contains { (try? ManagementEndpoint($0))?.isSameServer(as: endpoint) ?? false }
    }
}
