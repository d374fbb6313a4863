/// The path that names one resource, `/subscriptions/{guid}/resourceGroups/{name}/providers/{namespace}/{type}/{name}…`.
///
/// Two IDs that differ only in case name the same resource; the spelling is kept for documents.
public struct ResourceID: Sendable {
    /// The path with a leading slash and without a trailing one; the tenant itself is `/`.
    public let path: String
    /// The path in lower case: what comparison, look-up and storage use.
    public let key: String

    /// The tenant: the scope above all subscriptions.
    public static let tenant = ResourceID(unchecked: "/")

    /// Reads a path.
    /// - Throws: `ServiceError` with `badRequest` when it has no leading slash, an empty segment or more than 40.
    public init(_ text: String) throws(ServiceError) {
        let trimmed = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        let segments = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard trimmed.hasPrefix("/"), segments.count <= 41, trimmed.utf8.count <= 2048,
            trimmed == "/" || segments.dropFirst().allSatisfy({ !$0.isEmpty })
        else {
            throw ServiceError(.badRequest, "The resource ID '\(text.prefix(200))' is not a path of the form '/subscriptions/…'.")
        }
        self.init(unchecked: trimmed)
    }

    package init(unchecked path: String) {
        self.path = path
        key = path.asciiLowercased
    }

    public static func subscription(_ subscriptionID: String) -> ResourceID {
        ResourceID(unchecked: "/subscriptions/\(subscriptionID)")
    }

    public static func resourceGroup(_ name: String, subscription: String) -> ResourceID {
        ResourceID(unchecked: "/subscriptions/\(subscription)/resourceGroups/\(name)")
    }

    /// A tracked resource in a resource group: `…/providers/{provider}/{type}/{name}`.
    public func resource(provider: String, type: String, name: String) -> ResourceID {
        ResourceID(unchecked: "\(path)/providers/\(provider)/\(type)/\(name)")
    }

    /// A child of this resource.
    public func child(_ type: String, _ name: String) -> ResourceID {
        ResourceID(unchecked: "\(path == "/" ? "" : path)/\(type)/\(name)")
    }

    public var segments: [Substring] { path.split(separator: "/") }

    /// The last segment: the resource's own name.
    public var name: String { segments.last.map(String.init) ?? "" }

    public var subscriptionID: String? { segment(after: "subscriptions") }
    public var resourceGroup: String? { segment(after: "resourcegroups") }

    /// The provider namespace and the types below it (`Microsoft.Relay/namespaces/hybridConnections`); `nil` above
    /// resources. The last `/providers/` counts, so an extension resource has its own type.
    public var type: String? {
        let segments = segments
        guard let index = segments.lastIndex(where: { $0.equalsIgnoringCase("providers") }), index + 2 < segments.count
        else { return nil }
        let types = stride(from: index + 2, to: segments.count, by: 2).map { segments[$0] }
        return ([segments[index + 1]] + types).joined(separator: "/")
    }

    /// The name that follows a type segment, compared without case: `value(of: "namespaces")`.
    public func value(of typeSegment: String) -> String? { segment(after: typeSegment) }

    /// Whether the other resource is this one or lies below it.
    public func contains(_ other: ResourceID) -> Bool {
        key == "/" || other.key == key || other.key.hasPrefix(key + "/")
    }

    /// This scope and all scopes above it, itself first and the tenant last.
    public var selfAndAncestors: [ResourceID] {
        var result = [self]
        var rest = path
        while let slash = rest.lastIndex(of: "/"), slash != rest.startIndex {
            rest = String(rest[..<slash])
            result.append(ResourceID(unchecked: rest))
        }
        if path != "/" { result.append(.tenant) }
        return result
    }

    private func segment(after name: String) -> String? {
        let segments = segments
        guard let index = segments.firstIndex(where: { $0.equalsIgnoringCase(name) }), index + 1 < segments.count
        else { return nil }
        return String(segments[index + 1])
    }
}

extension ResourceID: Hashable {
    public static func == (left: ResourceID, right: ResourceID) -> Bool { left.key == right.key }
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension ResourceID: CustomStringConvertible {
    public var description: String { path }
}

extension Substring {
    func equalsIgnoringCase(_ other: String) -> Bool { String(self).equalsIgnoringCase(other) }
}
