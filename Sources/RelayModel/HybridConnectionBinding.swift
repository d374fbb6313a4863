/// That an app may use a hybrid connection: the endpoint that the app connects to, and the key that it sends with.
///
/// Endpoint and key are copies, as on Azure: changing them at the hybrid connection does not change the binding.
public struct HybridConnectionBinding: Sendable, Hashable {
    /// The rule whose key is used when none is named (what Azure's clients create).
    public static let sendKeyNameDefault = "defaultSender"

    /// The relay namespace, of this server or of another.
    public var namespaceName: String
    /// The hybrid connection, with `/` where the URL has `~`.
    public var relayName: String
    /// The resource ID of the hybrid connection as the client sent it. It may be one of another server.
    public var relayARMURI: String?
    public var endpoint: TCPEndpoint
    /// The authorization rule that the key is of.
    public var sendKeyName: String
    public var sendKey: SealedKey

    /// A shared access key, encrypted under the master key.
    public struct SealedKey: Sendable, Hashable {
        /// Bound into the encryption as associated data, so that a sealed key cannot be moved to another binding.
        public var bindingID: String
        /// `nil` when no key is known.
        public var bytes: [UInt8]?

        public init(bindingID: String, bytes: [UInt8]?) {
            self.bindingID = bindingID
            self.bytes = bytes
        }
    }

    /// - Throws: `ServiceError` with `badRequest` when a name or the resource ID breaks its rule.
    public init(
        namespaceName: String, relayName: String, relayARMURI: String?, endpoint: TCPEndpoint, sendKeyName: String,
        sendKey: SealedKey
    ) throws(ServiceError) {
        try NameRule.relayNamespace.check(namespaceName)
        try NameRule.relayEntity.check(relayName)
        try NameRule.authorizationRule.check(sendKeyName)
        if let relayARMURI, relayARMURI.utf8.count > 2048 {
            throw ServiceError(
                .badRequest, "relayArmUri has \(relayARMURI.utf8.count) bytes; at most 2048 are allowed.",
                target: "properties.relayArmUri"
            )
        }
        self.init(
            storedNamespaceName: namespaceName, relayName: relayName, relayARMURI: relayARMURI, endpoint: endpoint,
            sendKeyName: sendKeyName, sendKey: sendKey
        )
    }

    package init(
        storedNamespaceName namespaceName: String, relayName: String, relayARMURI: String?, endpoint: TCPEndpoint,
        sendKeyName: String, sendKey: SealedKey
    ) {
        self.namespaceName = namespaceName
        self.relayName = relayName
        self.relayARMURI = relayARMURI
        self.endpoint = endpoint
        self.sendKeyName = sendKeyName
        self.sendKey = sendKey
    }

    /// Its ID at the app, slot or plan of that ID: a `/` in the relay's name stands as `~`.
    public func id(of parent: ResourceID) -> ResourceID {
        parent.child("hybridConnectionNamespaces", namespaceName)
            .child("relays", String(relayName.map { $0 == "/" ? "~" : $0 }))
    }

    /// `namespace/relay`: what lists of bindings are ordered and continued by.
    public var fullName: String { "\(namespaceName)/\(relayName)" }

    /// Whether the key of a binding still opens the hybrid connection.
    public enum SendKeyState: String, Sendable, Hashable, CaseIterable {
        /// It is one of the keys that the rule has now.
        case current = "Current"
        /// The hybrid connection is not of this server, or there is no rule of that name, or no key.
        case unknown = "Unknown"
        /// The rule is here and has other keys by now: everything sent with this one is refused.
        case stale = "Stale"

        /// The worst of several, from good to bad in the order of the cases.
        public static func worst(_ states: some Sequence<SendKeyState>) -> SendKeyState {
            let present = Set(states)
            return allCases.last { present.contains($0) } ?? .unknown
        }
    }
}
