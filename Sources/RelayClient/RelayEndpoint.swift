package import RelayModel
import RelayProtocol
import RelayTransport
package import SharedAccess

/// Where a hybrid connection is: the host of its namespace, and its name there.
package struct RelayEndpoint: Sendable, Hashable {
    /// In lower case, without port.
    package var host: String
    /// 1 to 65535.
    package var port: Int
    /// The name of the hybrid connection, with `/`.
    package var entity: String
    /// False only for a gateway's address without TLS.
    package var isEncrypted: Bool

    package init(host: String, port: Int, entity: String, isEncrypted: Bool = true) {
        self.host = host.asciiLowercased
        self.port = port
        self.entity = entity
        self.isEncrypted = isEncrypted
    }

    /// The endpoint of a gateway connection string.
    /// - Throws: `ServiceError` with `badRequest` when it names no hybrid connection.
    package init(_ string: ConnectionString, isEncrypted: Bool = true) throws(ServiceError) {
        guard let entity = string.entityPath else {
            throw ServiceError(
                .badRequest,
                "The connection string names no hybrid connection: EntityPath is missing. Take the string of the hybrid "
                    + "connection, not that of its namespace."
            )
        }
        self.init(host: string.host, port: string.port, entity: entity, isEncrypted: isEncrypted)
    }

    /// The first label of the host: the namespace's name, as people know it.
    package var namespace: String { String(host.prefix { $0 != "." }) }

    /// `sb://host[:port]/entity`.
    package var address: String {
        let port = port == 443 ? "" : ":\(port)"
        return "sb://\(host)\(port)/\(entity)"
    }

    /// The value of the Host line.
    var authority: String { port == (isEncrypted ? 443 : 80) ? host : "\(host):\(port)" }
    var targets: RelayTargets { RelayTargets(entity: entity) }

    /// What a token is made for (R23): the port does not count.
    var audience: String { "http://\(host)/\(entity)" }
}
