/// A sender's choice among the listeners of a hybrid connection (R67): the fields `Microsoft-Relay-AllowedListeners` and
/// `Microsoft-Relay-DisallowedListeners`, lists of listener GUIDs.
package struct ListenerFilter: Sendable, Hashable {
    /// Only these; `nil` when the sender named none. GUIDs as text in lower case.
    package let allowed: Set<String>?
    /// Not these. GUIDs as text in lower case.
    package let disallowed: Set<String>

    /// Entries that do not begin with a GUID name no listener.
    package init(_ fields: HeaderFields) {
        var allowed: Set<String>?
        var disallowed: Set<String> = []
        for field in fields {
            if ASCII.equals(field.name, "microsoft-relay-allowedlisteners") {
                allowed = (allowed ?? []).union(Self.keys(field.value))
            } else if ASCII.equals(field.name, "microsoft-relay-disallowedlisteners") {
                disallowed.formUnion(Self.keys(field.value))
            }
        }
        self.allowed = allowed
        self.disallowed = disallowed
    }

    /// Whether every listener may be chosen.
    package var isEmpty: Bool { allowed == nil && disallowed.isEmpty }

    package func allows(_ listener: GUID) -> Bool {
        allowed?.contains(listener.key) != false && !disallowed.contains(listener.key)
    }

    private static func keys(_ value: String) -> [String] {
        ASCII.listEntries(value).compactMap { GUID(prefixOf: String($0))?.key }
    }
}
