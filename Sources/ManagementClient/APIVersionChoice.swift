import RelayModel

/// The api-version that our clients use for a path.
package enum APIVersionChoice {
    /// The version for the provider whose resource the path is about: the last one that it names, because an extension
    /// resource stands behind the resource that it extends.
    package static func version(for path: String) -> String {
        let segments = path.split(separator: "/").map { String($0).asciiLowercased }
        guard let index = segments.lastIndex(of: "providers"), index + 1 < segments.count else { return general }
        switch segments[index + 1] {
        case "microsoft.relay": return "2021-11-01"
        case "microsoft.web": return "2023-12-01"
        case "causeway.relay": return "2026-01-01"
        case "microsoft.insights": return "2015-04-01"
        case "microsoft.authorization":
            return segments.dropFirst(index + 2).first == "locks" ? "2020-05-01" : "2022-04-01"
        default: return general
        }
    }

    /// Resource groups, subscriptions, tags and what no provider owns.
    private static let general = "2022-12-01"
}
