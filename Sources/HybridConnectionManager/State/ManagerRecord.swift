package import RelayModel
package import SharedAccess

/// One hybrid connection of a manager, as it is kept.
package struct ManagerRecord: Sendable, Hashable {
    /// Where a hybrid connection that was added by sign-in stands in the management API.
    package struct Resource: Sendable, Hashable {
        package var subscriptionID: String
        package var resourceGroup: String
        package var namespace: String
        package var ruleName: String

        package init(subscriptionID: String, resourceGroup: String, namespace: String, ruleName: String) {
            self.subscriptionID = subscriptionID
            self.resourceGroup = resourceGroup
            self.namespace = namespace
            self.ruleName = ruleName
        }
    }

    /// Binds the encrypted key to this record.
    package var id: String
    package var host: String
    package var port: Int
    package var entity: String
    package var credential: ConnectionString.Credential
    /// `nil` for one that was entered by hand.
    package var resource: Resource?
    /// The endpoint that was read last.
    package var endpoint: TCPEndpoint?
    package var createdOn: Timestamp
    package var lastUpdated: Timestamp

    package init(
        id: String, host: String, port: Int, entity: String, credential: ConnectionString.Credential,
        resource: Resource? = nil, endpoint: TCPEndpoint? = nil, createdOn: Timestamp, lastUpdated: Timestamp
    ) {
        self.id = id
        self.host = host.asciiLowercased
        self.port = port
        self.entity = entity
        self.credential = credential
        self.resource = resource
        self.endpoint = endpoint
        self.createdOn = createdOn
        self.lastUpdated = lastUpdated
    }

    /// What tells one hybrid connection from another.
    package var key: String { "\(host)/\(entity.asciiLowercased)" }

    /// The namespace's name as people know it: the first label of its host.
    package var namespace: String { resource?.namespace ?? String(host.prefix { $0 != "." }) }

    /// `sb://host[:port]/`.
    package var serviceBusEndpoint: String { "sb://\(host)\(port == 443 ? "" : ":\(port)")/" }

    /// Whether a person means this one by these names: the namespace may be its name or its whole host.
    package func isMeant(namespace: String, name: String) -> Bool {
        entity.equalsIgnoringCase(name)
            && (self.namespace.equalsIgnoringCase(namespace) || host.equalsIgnoringCase(namespace)
                || String(host.prefix { $0 != "." }).equalsIgnoringCase(namespace))
    }
}
