import RelayModel

extension ClientSettings {
    /// The settings from flags, then the environment, then the files of the local data directory.
    ///
    /// The data directory's credentials are for the server of that directory: they are used for its endpoint and its
    /// client ID only, so that an endpoint from elsewhere is never sent the local administrator's secret.
    ///
    /// - Throws: `ClientError` that names what is missing and how to give it.
    package static func resolve(
        flags: GivenSettings, environment: [String: String]
    ) throws(ClientError) -> ClientSettings {
        let given = flags.filled(from: GivenSettings(environment: environment))
        let directory = DataDirectory(path: given.dataDirectory ?? DataDirectory.defaultPath)
        let local = try localSettings(directory, isNeeded: !given.isComplete)

        let endpoint: ManagementEndpoint
        if let text = given.endpoint {
            endpoint = try ManagementEndpoint(text)
        } else if let local {
            endpoint = try local.currentEndpoint()
        } else {
            throw directory.missing()
        }

        var merged = given
        if let local, local.isServer(of: endpoint) {
            merged = given.filled(from: local.given)
            if merged.clientID != local.given.clientID { merged.clientSecret = given.clientSecret }
        }
        guard let tenantID = merged.tenantID, let clientID = merged.clientID, let clientSecret = merged.clientSecret
        else { throw missing(merged, for: endpoint) }
        return ClientSettings(
            endpoint: endpoint, tenantID: tenantID, clientID: clientID, clientSecret: clientSecret,
            subscriptionID: merged.subscriptionID, caFile: merged.caFile
        )
    }

    /// A data directory that cannot be read is an error only for those who need it.
    private static func localSettings(
        _ directory: DataDirectory, isNeeded: Bool
    ) throws(ClientError) -> LocalServerSettings? {
        do {
            return try directory.settings()
        } catch {
            guard isNeeded else { return nil }
            throw error
        }
    }

    private static func missing(_ given: GivenSettings, for endpoint: ManagementEndpoint) -> ClientError {
        let missing = [
            ("tenant", given.tenantID == nil, "--tenant-id or CAUSEWAY_TENANT_ID"),
            ("client ID", given.clientID == nil, "--client-id or CAUSEWAY_CLIENT_ID"),
            ("client secret", given.clientSecret == nil, "--client-secret @FILE or CAUSEWAY_CLIENT_SECRET"),
        ].filter(\.1).map { "the \($0.0) (\($0.2))" }
        return ClientError(.settings, "to sign in at \(endpoint), give \(missing.joined(separator: " and "))")
    }
}

extension GivenSettings {
    fileprivate var isComplete: Bool { endpoint != nil && tenantID != nil && clientID != nil && clientSecret != nil }
}
