/// The path that names one resource, `/subscriptions/{guid}/resourceGroups/{name}/providers/{namespace}/{type}/{name}…`.
///
/// Two IDs that differ only in the case of ASCII letters name the same resource; the spelling is kept for documents.
public struct ResourceID: Sendable {
    /// The path with a leading slash and without a trailing one; the tenant itself is `/`.
    public let path: String
    /// The path in lower case: what comparison, look-up and storage use.
    public let key: String

    /// The tenant: the scope above all subscriptions.
    public static let tenant = ResourceID(unchecked: "/")

    /// Reads a path.
    /// - Throws: `ServiceError` with `badRequest` when it has no leading slash, an empty segment, more than 40 segments
    ///   or 2048 bytes, or a control character.
    public init(_ text: String) throws(ServiceError) {
        let hasTrailingSlash = text.utf8.count > 1 && text.utf8.last == Self.slash
        let path = hasTrailingSlash ? String(Substring(text.utf8.dropLast())) : text
        let segments = path.utf8.split(separator: Self.slash, omittingEmptySubsequences: false)
        guard path.utf8.first == Self.slash, segments.count <= 41, path.utf8.count <= 2048,
            text == "/" || segments.dropFirst().allSatisfy({ !$0.isEmpty }),
            !path.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else {
            throw ServiceError(
                .badRequest, "The resource ID '\(NameRule.shown(text))' is not a path of the form '/subscriptions/…'.")
        }
        self.init(unchecked: path)
    }

    /// Separators are found among bytes: a slash before a combining character is one too.
    private static let slash = UInt8(ascii: "/")

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
        child("providers", provider).child(type, name)
    }

    /// A child of this resource.
    public func child(_ type: String, _ name: String) -> ResourceID {
        ResourceID(unchecked: "\(path == "/" ? "" : path)/\(type)/\(name)")
    }

    public var segments: [Substring] { path.utf8.split(separator: Self.slash).map { Substring($0) } }

    /// The last segment: the resource's own name.
    public var name: String { segments.last.map(String.init) ?? "" }

    public var subscriptionID: String? { segment(after: "subscriptions") }
    public var resourceGroup: String? { segment(after: "resourcegroups") }

    /// The provider namespace and the types below it (`Microsoft.Relay/namespaces/hybridConnections`); `nil` above
    /// resources. The last `/providers/` counts, so an extension resource has its own type.
    public var type: String? {
        let segments = segments
        guard let index = Self.words(segments).last(where: { segments[$0].equalsIgnoringCase("providers") }),
            index + 2 < segments.count
        else { return nil }
        let types = stride(from: index + 2, to: segments.count, by: 2).map { segments[$0] }
        return ([segments[index + 1]] + types).joined(separator: "/")
    }

    /// The name that follows a type segment, compared without case: `value(of: "namespaces")`.
    public func value(of typeSegment: String) -> String? { segment(after: typeSegment) }

    /// Whether the other resource is this one or lies below it.
    public func contains(_ other: ResourceID) -> Bool {
        guard key != "/" else { return true }
        let rest = other.key.utf8.dropFirst(key.utf8.count)
        return other.key.utf8.starts(with: key.utf8) && (rest.isEmpty || rest.first == Self.slash)
    }

    /// This scope and all scopes above it, itself first and the tenant last.
    public var selfAndAncestors: [ResourceID] {
        var result = [self]
        var rest = path
        while let slash = rest.utf8.lastIndex(of: Self.slash), slash != rest.startIndex {
            rest = String(rest[..<slash])
            result.append(ResourceID(unchecked: rest))
        }
        if path != "/" { result.append(.tenant) }
        return result
    }

    /// Goes over the bytes without making segments: it is asked several times for each request.
    private func segment(after name: String) -> String? {
        var rest = path.utf8.dropFirst()
        var isWord = true
        var isFound = false
        while !rest.isEmpty {
            let part = rest.prefix { $0 != Self.slash }
            if isFound { return String(Substring(part)) }
            isFound = isWord && part.equalsIgnoringCase(name.utf8)
            isWord.toggle()
            rest = rest[part.endIndex...].dropFirst()
        }
        return nil
    }

    /// The places of the fixed words. A path is made of pairs, so a name, which may be spelled like a word, stands at an
    /// odd place.
    private static func words(_ segments: [Substring]) -> [Int] {
        Array(stride(from: 0, to: segments.count, by: 2))
    }
}

extension ResourceID: Hashable {
    /// By bytes, as the store compares: texts that only look alike are two.
    public static func == (left: ResourceID, right: ResourceID) -> Bool { left.key.utf8.elementsEqual(right.key.utf8) }
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension ResourceID: CustomStringConvertible {
    public var description: String { path }
}

extension Substring.UTF8View {
    fileprivate func equalsIgnoringCase(_ other: String.UTF8View) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension Substring {
    func equalsIgnoringCase(_ other: String) -> Bool { String(self).equalsIgnoringCase(other) }
}
