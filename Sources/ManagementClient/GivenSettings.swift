package import RelayModel

/// The settings that a command line or an environment names; everything may be missing.
package struct GivenSettings: Sendable {
    package var endpoint: String?
    package var tenantID: String?
    package var clientID: String?
    package var clientSecret: Secret<String>?
    package var subscriptionID: String?
    package var caFile: String?
    package var dataDirectory: String?

    package init(
        endpoint: String? = nil, tenantID: String? = nil, clientID: String? = nil, clientSecret: Secret<String>? = nil,
        subscriptionID: String? = nil, caFile: String? = nil, dataDirectory: String? = nil
    ) {
        self.endpoint = endpoint
        self.tenantID = tenantID
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.subscriptionID = subscriptionID
        self.caFile = caFile
        self.dataDirectory = dataDirectory
    }

    /// Reads `CAUSEWAY_MANAGEMENT_ENDPOINT`, `CAUSEWAY_CLIENT_ID` and the others of that list. The longer names
    /// `CAUSEWAY_MANAGEMENT_CLIENT_ID` and so on mean the same. An empty value counts as none.
    package init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            ["CAUSEWAY_\(name)", "CAUSEWAY_MANAGEMENT_\(name)"].lazy
                .compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        self.init(
            endpoint: environment["CAUSEWAY_MANAGEMENT_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 },
            tenantID: value("TENANT_ID"),
            clientID: value("CLIENT_ID"),
            clientSecret: value("CLIENT_SECRET").map { Secret($0) },
            subscriptionID: value("SUBSCRIPTION_ID"),
            caFile: value("CA_FILE"),
            dataDirectory: environment["CAUSEWAY_DATA_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
        )
    }

    /// These settings, with those of another source where nothing is given here.
    package func filled(from other: GivenSettings) -> GivenSettings {
        GivenSettings(
            endpoint: endpoint ?? other.endpoint,
            tenantID: tenantID ?? other.tenantID,
            clientID: clientID ?? other.clientID,
            clientSecret: clientSecret ?? other.clientSecret,
            subscriptionID: subscriptionID ?? other.subscriptionID,
            caFile: caFile ?? other.caFile,
            dataDirectory: dataDirectory ?? other.dataDirectory
        )
    }
}
