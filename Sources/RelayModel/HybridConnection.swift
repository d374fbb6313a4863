/// A hybrid connection: the name at which listeners and senders of one namespace meet.
public struct HybridConnection: Sendable, Hashable {
    /// With `/` where the URL has `~`.
    public var name: String
    /// Whether senders need a token. Cannot be changed after creation.
    public var requiresClientAuthorization: Bool
    /// Free text; App Service and the Hybrid Connection Manager read the item `endpoint` from it.
    public var userMetadata: String?
    /// Seconds until an HTTP request to the hybrid connection must be answered; 0 is unlimited, `nil` the server's own.
    public var responseDeadlineSeconds: Int?

    /// - Throws: `ServiceError` with `badRequest` when the name or the metadata breaks its rule.
    public init(
        name: String, requiresClientAuthorization: Bool = true, userMetadata: String? = nil,
        responseDeadlineSeconds: Int? = nil
    ) throws(ServiceError) {
        try NameRule.relayEntity.check(name)
        try Self.check(userMetadata: userMetadata)
        self.init(
            storedName: name, requiresClientAuthorization: requiresClientAuthorization, userMetadata: userMetadata,
            responseDeadlineSeconds: responseDeadlineSeconds
        )
    }

    package init(
        storedName name: String, requiresClientAuthorization: Bool, userMetadata: String?, responseDeadlineSeconds: Int?
    ) {
        self.name = name
        self.requiresClientAuthorization = requiresClientAuthorization
        self.userMetadata = userMetadata
        self.responseDeadlineSeconds = responseDeadlineSeconds
    }

    public static func == (left: HybridConnection, right: HybridConnection) -> Bool {
        left.name == right.name && left.requiresClientAuthorization == right.requiresClientAuthorization
            && isSame(left.userMetadata, right.userMetadata)
            && left.responseDeadlineSeconds == right.responseDeadlineSeconds
    }

    /// Whether the metadata is the same text, byte for byte.
    static func isSame(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isSameBytes(as: right)
    }

    static func check(userMetadata: String?) throws(ServiceError) {
        guard let userMetadata, userMetadata.utf16.count > Limits.userMetadataMax else { return }
        throw ServiceError(
            .badRequest,
            "userMetadata has \(userMetadata.utf16.count) characters; at most \(Limits.userMetadataMax) are allowed.",
            target: "properties.userMetadata"
        )
    }

    /// The TCP endpoint that the metadata names: `[{"key":"endpoint","value":"host:port"}]`.
    public var endpoint: TCPEndpoint? { EndpointMetadata.endpoint(of: userMetadata) }
}

/// A host and a TCP port.
public struct TCPEndpoint: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    /// 1 to 65535.
    public var port: Int

    /// - Throws: `ServiceError` with `badRequest` when the host has odd characters or the port is out of range.
    public init(host: String, port: Int) throws(ServiceError) {
        guard (1...253).contains(host.utf8.count), Self.isName(host) || Self.isIPv6Address(host) else {
            throw ServiceError(
                .badRequest,
                "The host '\(NameRule.shown(host))' is invalid: use a DNS name or an IP address of 1 to 253 characters.",
                target: "properties.hostname"
            )
        }
        guard (1...65_535).contains(port) else {
            throw ServiceError(
                .badRequest, "The port \(port) is out of range: it must be 1 to 65535.", target: "properties.port")
        }
        self.host = host
        self.port = port
    }

    /// `host:port`, the port after the last colon; `nil` when it is not of that form.
    public init?(text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let digits = text[text.utf8.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits) else { return nil }
        try? self.init(host: String(text[..<colon]), port: port)
    }

    /// Labels of letters, digits, hyphens and the underscore of Windows hosts, with dots between; IPv4 addresses are such.
    private static func isName(_ host: String) -> Bool {
        host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy {
                    (0x61...0x7A).contains($0.asciiLowercased) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                        || $0 == UInt8(ascii: "_")
                }
        }
    }

    /// Hexadecimal digits and at least two colons, with or without brackets.
    private static func isIPv6Address(_ host: String) -> Bool {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.utf8.count > 2
        let address = isBracketed ? host.dropFirst().dropLast() : host[...]
        return address.utf8.count { $0 == UInt8(ascii: ":") } >= 2
            && address.utf8.allSatisfy {
                (0x61...0x66).contains($0.asciiLowercased) || (0x30...0x39).contains($0) || ":.".utf8.contains($0)
            }
    }

    public var description: String { "\(host):\(port)" }
}
