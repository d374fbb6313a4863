/// A hybrid connection of the retired BizTalk generation. Apps still carry them in templates, so they are kept and shown
/// as discontinued; no traffic goes through them.
public struct RelayServiceConnection: Sendable, Hashable {
    /// What documents say of every one of them.
    public static let status = "Discontinued"

    public var entityName: String
    public var resourceType: String?
    public var hostname: String?
    /// 0 to 65535.
    public var port: Int?
    public var biztalkURI: String?
    public var connectionStrings: SealedConnectionStrings

    /// Both connection strings, encrypted under the master key; `nil` where there is none.
    public struct SealedConnectionStrings: Sendable, Hashable {
        /// Bound into the encryption as associated data, so that they cannot be moved to another connection.
        public var bindingID: String
        public var entity: [UInt8]?
        public var resource: [UInt8]?

        public init(bindingID: String, entity: [UInt8]? = nil, resource: [UInt8]? = nil) {
            self.bindingID = bindingID
            self.entity = entity
            self.resource = resource
        }
    }

    /// - Throws: `ServiceError` with `badRequest` when the name, a text or the port breaks its rule.
    public init(
        entityName: String, resourceType: String?, hostname: String?, port: Int?, biztalkURI: String?,
        connectionStrings: SealedConnectionStrings
    ) throws(ServiceError) {
        try NameRule.generic.check(entityName)
        for (field, text) in [("resourceType", resourceType), ("hostname", hostname), ("biztalkUri", biztalkURI)] {
            guard let text, text.utf8.count > 2048 else { continue }
            throw ServiceError(
                .badRequest, "\(field) has \(text.utf8.count) bytes; at most 2048 are allowed.",
                target: "properties.\(field)"
            )
        }
        if let port, !(0...65_535).contains(port) {
            throw ServiceError(
                .badRequest, "The port \(port) is out of range: it must be 0 to 65535.", target: "properties.port"
            )
        }
        self.init(
            storedName: entityName, resourceType: resourceType, hostname: hostname, port: port, biztalkURI: biztalkURI,
            connectionStrings: connectionStrings
        )
    }

    package init(
        storedName entityName: String, resourceType: String?, hostname: String?, port: Int?, biztalkURI: String?,
        connectionStrings: SealedConnectionStrings
    ) {
        self.entityName = entityName
        self.resourceType = resourceType
        self.hostname = hostname
        self.port = port
        self.biztalkURI = biztalkURI
        self.connectionStrings = connectionStrings
    }
}
