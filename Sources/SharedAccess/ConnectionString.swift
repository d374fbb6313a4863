public import RelayModel

/// What a listener or sender needs to reach a namespace or one entity of it:
/// `Endpoint=sb://host[:port]/;SharedAccessKeyName=…;SharedAccessKey=…[;EntityPath=…]`, or with a ready-made token in
/// `SharedAccessSignature=…` instead of name and key.
public struct ConnectionString: Sendable, Hashable {
    /// What proves the right to connect.
    public enum Credential: Sendable, Hashable {
        case key(name: String, SharedAccessKey)
        /// A token that somebody else made; it cannot be renewed (R28).
        case signature(Secret<String>)
    }

    public var host: String
    /// 443 stands in no text.
    public var port: Int
    public var credential: Credential
    /// The entity's name with `/`; `nil` for a whole namespace.
    public var entityPath: String?

    public init(host: String, port: Int, credential: Credential, entityPath: String?) {
        self.host = host
        self.port = port
        self.credential = credential
        self.entityPath = entityPath
    }

    public init(host: String, port: Int, keyName: String, key: SharedAccessKey, entityPath: String?) {
        self.init(host: host, port: port, credential: .key(name: keyName, key), entityPath: entityPath)
    }

    /// The text with the parts in the order that position-bound readers expect.
    public func reveal() -> String {
        let port = port == 443 ? "" : ":\(port)"
        let entity = entityPath.map { ";EntityPath=\($0)" } ?? ""
        let credential =
            switch credential {
            case .key(let name, let key): "SharedAccessKeyName=\(name);SharedAccessKey=\(key.base64.reveal())"
            case .signature(let token): "SharedAccessSignature=\(token.reveal())"
            }
        return "Endpoint=sb://\(host)\(port)/;\(credential)\(entity)"
    }

    /// Reads a connection string: keys in any order and case, each once, split at the first `=`; keys that we do not know
    /// are passed over, because client libraries have more of them (R30).
    /// - Throws: `ServiceError` with `badRequest` that names the part that is missing or wrong, never the key.
    public init(_ text: String) throws(ServiceError) {
        var parts: [String: String] = [:]
        for part in text.split(separator: ";") where !Self.trimmed(part).isEmpty {
            guard let equals = part.firstIndex(of: "=") else {
                throw Self.failure("a part has no '='")
            }
            let key = Self.trimmed(part[..<equals]).asciiLowercased
            let value = Self.trimmed(part[part.index(after: equals)...])
            guard parts.updateValue(value, forKey: key) == nil else {
                throw Self.failure("a part stands there twice")
            }
        }
        guard let endpoint = parts["endpoint"] else { throw Self.failure("Endpoint is missing") }
        let credential = try Self.credential(parts)
        let (host, port) = try Self.hostAndPort(endpoint)
        let entityPath = parts["entitypath"].flatMap { $0.isEmpty ? nil : $0 }
        self.init(host: host, port: port, credential: credential, entityPath: entityPath)
    }

    private static func credential(_ parts: [String: String]) throws(ServiceError) -> Credential {
        let keyName = parts["sharedaccesskeyname"]
        let key = parts["sharedaccesskey"]
        if let signature = parts["sharedaccesssignature"] {
            guard keyName == nil, key == nil else {
                throw failure("SharedAccessSignature and SharedAccessKey exclude one another")
            }
            guard !signature.isEmpty else { throw failure("SharedAccessSignature is empty") }
            return .signature(Secret(signature))
        }
        guard let keyName, !keyName.isEmpty else { throw failure("SharedAccessKeyName is missing") }
        guard let key, !key.isEmpty else { throw failure("SharedAccessKey is missing") }
        return .key(name: keyName, SharedAccessKey(unchecked: key))
    }

    private static func hostAndPort(_ endpoint: String) throws(ServiceError) -> (String, Int) {
        guard let scheme = endpoint.firstRange(of: "://") else { throw failure("Endpoint has no scheme") }
        let authority = endpoint[scheme.upperBound...].prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else {
            guard !authority.isEmpty else { throw failure("Endpoint has no host") }
            return (String(authority), 443)
        }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else {
            throw failure("the port of Endpoint is not 1 to 65535")
        }
        guard colon != authority.startIndex else { throw failure("Endpoint has no host") }
        return (String(authority[..<colon]), port)
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    private static func failure(_ rule: String) -> ServiceError {
        ServiceError(.badRequest, "The connection string is invalid: \(rule).")
    }
}
