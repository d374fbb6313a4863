/// What a shared access key allows at its namespace or entity.
public struct AccessRights: OptionSet, Sendable, Hashable {
    public let rawValue: Int

    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    public static let listen = AccessRights(rawValue: 1)
    public static let manage = AccessRights(rawValue: 2)
    public static let send = AccessRights(rawValue: 4)
    public static let all: AccessRights = [.listen, .manage, .send]

    private static let names: [(AccessRights, String)] = [(.listen, "Listen"), (.manage, "Manage"), (.send, "Send")]

    /// The names in the order in which the service answers them.
    public var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }

    /// - Throws: `ServiceError` with `badRequest` when the list is empty, has an unknown or repeated name, or has
    ///   Manage without the two rights that it implies.
    public init(names: [String]) throws(ServiceError) {
        var rights: AccessRights = []
        for name in names {
            guard let right = Self.names.first(where: { $0.1.equalsIgnoringCase(name) })?.0 else {
                throw Self.failure("'\(NameRule.shown(name))' is none of Listen, Manage, Send")
            }
            guard !rights.contains(right) else { throw Self.failure("'\(name)' was given twice") }
            rights.insert(right)
        }
        guard !rights.isEmpty else { throw Self.failure("at least one of Listen, Manage, Send is needed") }
        guard !rights.contains(.manage) || rights == .all else {
            throw Self.failure("Manage implies Listen and Send, so all three must be given")
        }
        self = rights
    }

    private static func failure(_ rule: String) -> ServiceError {
        ServiceError(
            .badRequest, "The rights of the authorization rule are invalid: \(rule).", target: "properties.rights")
    }
}

/// Which of the two keys of a rule.
public enum KeySlot: String, Sendable, Hashable, CaseIterable {
    case primary = "PrimaryKey"
    case secondary = "SecondaryKey"

    public var other: KeySlot { self == .primary ? .secondary : .primary }
}

/// A named pair of keys with rights, on a namespace, a hybrid connection or a WCF relay.
public struct AuthorizationRule: Sendable, Hashable {
    /// The rule that every namespace has from the start and that cannot be deleted.
    public static let rootName = "RootManageSharedAccessKey"

    public var name: String
    public var rights: AccessRights
    /// The keys as they stand in the store: encrypted, and bound to this rule.
    public var keys: SealedKeyPair

    /// - Throws: `ServiceError` with `badRequest` when the name breaks its rule.
    public init(name: String, rights: AccessRights, keys: SealedKeyPair) throws(ServiceError) {
        try NameRule.authorizationRule.check(name)
        self.init(storedName: name, rights: rights, keys: keys)
    }

    package init(storedName name: String, rights: AccessRights, keys: SealedKeyPair) {
        self.name = name
        self.rights = rights
        self.keys = keys
    }
}

/// Two shared access keys, encrypted under the master key.
public struct SealedKeyPair: Sendable, Hashable {
    /// Bound into the encryption as associated data, so that a sealed key cannot be moved to another rule.
    public var bindingID: String
    public var primary: [UInt8]
    public var secondary: [UInt8]

    public init(bindingID: String, primary: [UInt8], secondary: [UInt8]) {
        self.bindingID = bindingID
        self.primary = primary
        self.secondary = secondary
    }

    public subscript(slot: KeySlot) -> [UInt8] {
        get { slot == .primary ? primary : secondary }
        set {
            switch slot {
            case .primary: primary = newValue
            case .secondary: secondary = newValue
            }
        }
    }
}
