public import RelayModel

/// What a listener or sender needs to reach a namespace or one entity of it:
/// `Endpoint=sb://host[:port]/;SharedAccessKeyName=…;SharedAccessKey=…[;EntityPath=…]`.
public struct ConnectionString: Sendable, Hashable {
    public var host: String
    /// 443 stands in no text.
    public var port: Int
    public var keyName: String
    public var key: SharedAccessKey
    /// The entity's name with `/`; `nil` for a whole namespace.
    public var entityPath: String?

    public init(host: String, port: Int, keyName: String, key: SharedAccessKey, entityPath: String?) {
        self.host = host
        self.port = port
        self.keyName = keyName
        self.key = key
        self.entityPath = entityPath
    }

    /// The text with the parts in the order that position-bound readers expect.
    public func reveal() -> String {
        let port = port == 443 ? "" : ":\(port)"
        let entity = entityPath.map { ";EntityPath=\($0)" } ?? ""
        return "Endpoint=sb://\(host)\(port)/;SharedAccessKeyName=\(keyName);"
            + "SharedAccessKey=\(key.base64.reveal())\(entity)"
    }

    /// Reads a connection string: keys in any order and case, split at the first `=`.
    /// - Throws: `ServiceError` with `badRequest` that names the part that is missing or wrong, never the key.
    public init(_ text: String) throws(ServiceError) {
        var parts: [String: String] = [:]
        for part in text.split(separator: ";") {
            guard let equals = part.firstIndex(of: "=") else {
                throw Self.failure("a part has no '='")
            }
            parts[String(part[..<equals]).asciiLowercased] = String(part[part.index(after: equals)...])
        }
        guard let endpoint = parts["endpoint"] else { throw Self.failure("Endpoint is missing") }
        guard let keyName = parts["sharedaccesskeyname"] else { throw Self.failure("SharedAccessKeyName is missing") }
        guard let key = parts["sharedaccesskey"] else { throw Self.failure("SharedAccessKey is missing") }
        let (host, port) = try Self.hostAndPort(endpoint)
        self.init(
            host: host, port: port, keyName: keyName, key: SharedAccessKey(unchecked: key),
            entityPath: parts["entitypath"]
        )
    }

    private static func hostAndPort(_ endpoint: String) throws(ServiceError) -> (String, Int) {
        guard let scheme = endpoint.firstRange(of: "://") else { throw failure("Endpoint has no scheme") }
        let authority = endpoint[scheme.upperBound...].prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":") else {
            guard !authority.isEmpty else { throw failure("Endpoint has no host") }
            return (String(authority), 443)
        }
        guard let port = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(port) else {
            throw failure("the port of Endpoint is not 1 to 65535")
        }
        return (String(authority[..<colon]), port)
    }

    private static func failure(_ rule: String) -> ServiceError {
        ServiceError(.badRequest, "The connection string is invalid: \(rule).")
    }
}
