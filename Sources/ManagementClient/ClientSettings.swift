package import RelayModel

/// What a client of the management API needs to sign in and to call.
package struct ClientSettings: Sendable {
    package var endpoint: ManagementEndpoint
    package var tenantID: String
    package var clientID: String
    package var clientSecret: Secret<String>
    /// The subscription of calls that do not name one.
    package var subscriptionID: String?
    /// A PEM file with certificate authorities that are trusted beside those of the system.
    package var caFile: String?

    package init(
        endpoint: ManagementEndpoint, tenantID: String, clientID: String, clientSecret: Secret<String>,
        subscriptionID: String? = nil, caFile: String? = nil
    ) {
        self.endpoint = endpoint
        self.tenantID = tenantID
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.subscriptionID = subscriptionID
        self.caFile = caFile
    }

    /// The subscription that calls are about.
    /// - Throws: `ClientError` when the settings name none.
    package func requiredSubscriptionID() throws(ClientError) -> String {
        guard let subscriptionID else {
            throw ClientError(
                .settings, "the subscription is not known; give --subscription or set CAUSEWAY_SUBSCRIPTION_ID")
        }
        return subscriptionID
    }
}
