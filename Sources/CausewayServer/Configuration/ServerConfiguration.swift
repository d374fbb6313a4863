package import ControlPlane
package import Identity
package import Logging
package import ManagementAPI
package import RelayGateway
package import RelayModel

/// Everything that `causeway serve` can be told.
package struct ServerConfiguration: Sendable {
    package var dataDirectory = "./causeway-data"
    package var managementAddress = HostAndPort(host: "127.0.0.1", port: 8443)
    package var relayAddress = HostAndPort(host: "127.0.0.1", port: 9443)
    /// A second address of the relay without TLS; `nil` for none.
    package var relayPlaintextAddress: HostAndPort?
    package var operationsAddress = HostAndPort(host: "127.0.0.1", port: 9464)
    package var relayDomain = "relay.localhost"
    /// Further host names, in lower case, with the namespace that each of them means.
    package var relayHostAliases: [String: String] = [:]
    /// OpenID Connect providers of others whose tokens are believed.
    package var externalIssuers: [ExternalIssuer] = []
    package var gateway = GatewaySettings()
    /// The URL under which clients reach the management API, when it is another than the address listened on.
    package var managementEndpoint: String?
    /// The host and port that connection strings show, when they are others than relay domain and relay address.
    package var relayEndpoint: HostAndPort?
    /// PEM files of the operator's own certificate chain and key.
    package var tlsCertificate: String?
    package var tlsKey: String?
    package var masterKey = MasterKeySource.file(nil)
    package var trustedProxies: [IPv4Range] = []
    package var planLimits = PlanLimits.standard
    /// Seconds for an answer to a relayed HTTP request; 0 is unlimited.
    package var responseDeadlineSeconds = 60
    package var rate: RateLimiter.Rate? = .generous
    /// Seconds that running requests have after SIGTERM.
    package var drainTimeoutSeconds = 30
    package var logLevel = Logger.Level.info
    package var bootstrap = BootstrapRequest()

    package init() {}
}

/// What an unattended installation sets for the first start.
package struct BootstrapRequest: Sendable {
    package var tenantID: String?
    package var subscriptionID: String?
    package var clientID: String?
    package var clientSecret: Secret<String>?

    package init() {}
}

/// An option that cannot be used, with the value and the rule that it broke; the program ends with 2.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
