/// What one block of a role allows: provider operations by name, with `*` for any run of characters.
public struct RolePermission: Sendable, Hashable {
    public let actions: [String]
    /// Taken away from ``actions``.
    public let notActions: [String]
    /// Operations on the data plane: listening and sending.
    public let dataActions: [String]
    /// Taken away from ``dataActions``.
    public let notDataActions: [String]

    public init(
        actions: [String] = [], notActions: [String] = [], dataActions: [String] = [], notDataActions: [String] = []
    ) {
        self.actions = actions
        self.notActions = notActions
        self.dataActions = dataActions
        self.notDataActions = notDataActions
    }

    /// All patterns, in no order that means something.
    public var patterns: [String] { actions + notActions + dataActions + notDataActions }

    func allows(action: String) -> Bool { Self.matches(action, actions) && !Self.matches(action, notActions) }

    func allows(dataAction: String) -> Bool {
        Self.matches(dataAction, dataActions) && !Self.matches(dataAction, notDataActions)
    }

    private static func matches(_ action: String, _ patterns: [String]) -> Bool {
        patterns.contains { ActionPattern($0).matches(action) }
    }
}

/// A role: what it allows, and where it may be given.
public struct RoleDefinition: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Part of this program, in every tenant.
        case builtIn = "BuiltInRole"
        /// Made by a client, for its tenant.
        case custom = "CustomRole"
    }

    /// A GUID; Azure's own for its built-in roles, so that scripts and templates work unchanged.
    public let id: String
    public let kind: Kind
    public var name: String
    public var description: String
    /// The role allows what any of them allows.
    public var permissions: [RolePermission]
    /// The role may be given at these and below them, and counts nowhere else.
    public var assignableScopes: [ResourceID]

    /// A custom role.
    public init(
        id: String, name: String, description: String, permissions: [RolePermission], assignableScopes: [ResourceID]
    ) {
        self.id = id
        kind = .custom
        self.name = name
        self.description = description
        self.permissions = permissions
        self.assignableScopes = assignableScopes
    }

    /// A built-in role.
    init(
        id: String, name: String, description: String, actions: [String], notActions: [String] = [],
        dataActions: [String] = []
    ) {
        self.id = id
        kind = .builtIn
        self.name = name
        self.description = description
        permissions = [RolePermission(actions: actions, notActions: notActions, dataActions: dataActions)]
        assignableScopes = [.tenant]
    }

    /// Whether the role allows the operation on resources. Case is ignored.
    public func allows(action: String) -> Bool { permissions.contains { $0.allows(action: action) } }

    /// Whether the role allows the operation on the data plane. Case is ignored.
    public func allows(dataAction: String) -> Bool { permissions.contains { $0.allows(dataAction: dataAction) } }

    /// Whether the role may be given at that scope.
    public func isAssignable(at scope: ResourceID) -> Bool { assignableScopes.contains { $0.contains(scope) } }
}

extension RoleDefinition {
    /// May do everything, including the assignment of roles.
    public static let owner = RoleDefinition(
        id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name: "Owner",
        description: "May manage all resources and assign roles.", actions: ["*"]
    )

    /// May do everything but give rights to others or to itself. The secrets of service principals are rights, too.
    public static let contributor = RoleDefinition(
        id: "b24988ac-6180-42a0-ab88-20f7382dd24c", name: "Contributor",
        description: "May manage all resources, but neither assign roles nor manage locks and the directory.",
        actions: ["*"],
        notActions: [
            "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ] + ["servicePrincipals", "users", "groups", "tenants", "subscriptions"].flatMap(directoryWrites)
    )

    /// Everything that changes the directory: who can change it can become anybody.
    private static func directoryWrites(_ type: String) -> [String] {
        ["", "/*"].flatMap { below in
            ["Write", "Delete", "Action"].map { "Causeway.Relay/\(type)\(below)/\($0)" }
        }
    }

    public static let reader = RoleDefinition(
        id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader",
        description: "May see all resources, but change nothing and read no keys.", actions: ["*/read"]
    )

    public static let userAccessAdministrator = RoleDefinition(
        id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", name: "User Access Administrator",
        description: "May see all resources and manage the rights of others.",
        actions: ["*/read", "Microsoft.Authorization/*"]
    )

    public static let azureRelayOwner = RoleDefinition(
        id: "2787bf04-f1f5-4bfe-8383-c8a24483ee38", name: "Azure Relay Owner",
        description: "May manage relay namespaces and everything in them, listen and send.",
        actions: ["Microsoft.Relay/*"], dataActions: ["Microsoft.Relay/*"]
    )

    public static let azureRelayListener = RoleDefinition(
        id: "26e0b698-aa6d-4085-9386-aadae190014d", name: "Azure Relay Listener",
        description: "May see hybrid connections and WCF relays, and listen on them.",
        actions: ["Microsoft.Relay/*/wcfRelays/read", "Microsoft.Relay/*/hybridConnections/read"],
        dataActions: ["Microsoft.Relay/*/listen/action"]
    )

    public static let azureRelaySender = RoleDefinition(
        id: "26baccc8-eea7-41f1-98f4-1762cc7f685d", name: "Azure Relay Sender",
        description: "May see hybrid connections and WCF relays, and send through them.",
        actions: ["Microsoft.Relay/*/wcfRelays/read", "Microsoft.Relay/*/hybridConnections/read"],
        dataActions: ["Microsoft.Relay/*/send/action"]
    )

    /// All built-in roles, ordered by name.
    public static let all: [RoleDefinition] = [
        azureRelayListener, azureRelayOwner, azureRelaySender, contributor, owner, reader, userAccessAdministrator,
    ]

    /// The built-in role of that GUID, or of a resource ID that ends in it; `nil` when there is none.
    public static func find(_ id: String) -> RoleDefinition? {
        let guid = guid(of: id)
        return all.first { $0.id.equalsIgnoringCase(guid) }
    }

    /// The GUID at the end of a resource ID, or the text itself.
    public static func guid(of id: String) -> String { id.split(separator: "/").last.map(String.init) ?? id }
}

/// The name of an operation with `*` for any run of characters, slashes included.
public struct ActionPattern: Sendable, Hashable {
    private let pattern: [UInt8]

    public init(_ text: String) {
        pattern = Array(text.asciiLowercased.utf8)
    }

    /// Compares without regard to case, in time that grows with the product of both lengths at most.
    public func matches(_ action: String) -> Bool {
        let text = Array(action.utf8)
        var position = 0
        var index = 0
        /// Where to go on after the last `*` when what follows it does not match: it then swallows one byte more.
        var retry: (position: Int, index: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                retry = (position, index)
                index += 1
            } else if index < pattern.count, pattern[index] == text[position].asciiLowercased {
                position += 1
                index += 1
            } else if let last = retry {
                retry = (last.position + 1, last.index)
                position = last.position + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
