package import RelayModel

/// One thing that is to be there after an import.
package struct ImportItem: Sendable {
    package var id: ResourceID
    package var kind: ResourceKind
    package var content: Content
    /// Why it is made although nobody gave it; `nil` for what was given.
    package var reason: String?
    /// Why it cannot be made when it is not there; `nil` for what can be made.
    package var obstacle: String?

    package enum Content: Sendable {
        case resource(PortableResource)
        case keys(AccessKeyPair)
    }

    package init(_ resource: PortableResource, reason: String? = nil, obstacle: String? = nil) {
        id = resource.id
        kind = resource.kind
        content = .resource(resource)
        self.reason = reason
        self.obstacle = obstacle
    }

    package init(_ keys: AccessKeyPair) {
        id = keys.id
        kind = .accessKeys
        content = .keys(keys)
    }

    /// What must be there before.
    var parent: ResourceID? { kind == .accessKeys ? id : id.parent }

    /// As a report names it.
    var shownID: String { kind == .accessKeys ? "\(id.path)/listKeys" : id.path }

    /// Whether a new parent has one already.
    var comesWithParent: Bool {
        switch kind {
        case .networkRuleSet, .hybridConnectionSettings: true
        case .authorizationRule: id.parent?.value(of: "hybridConnections") == nil && id.name == Self.rootRule
        default: false
        }
    }

    private static let rootRule = "RootManageSharedAccessKey"
}
