package import RelayModel

/// Leads resource IDs of one subscription to another. What people wrote (tags, metadata, settings) stays as it is.
package struct SubscriptionMap: Sendable {
    /// Lower-case GUIDs to the GUIDs that take their place.
    private let targets: [String: String]

    package init(_ pairs: [(from: String, to: String)]) {
        targets = Dictionary(pairs.map { ($0.from.asciiLowercased, $0.to) }) { $1 }
    }

    private static let untouched: Set<String> = ["tags", "usermetadata", "notes", "description", "siteconfig"]

    package func mapped(_ id: ResourceID) -> ResourceID {
        (try? ResourceID(mapped(text: id.path))) ?? id
    }

    package func mapped(_ resource: PortableResource) -> PortableResource {
        var result = resource
        result.id = mapped(resource.id)
        // The settings of an app and the values of tags are what people wrote; what is in them is not ours to change.
        guard ![.siteConfiguration, .siteAuthentication, .tagName].contains(resource.kind) else {
            result.document["id"] = .string(result.id.path)
            return result
        }
        result.document = mapped(resource.document)
        if resource.kind == .subscription { result.document["subscriptionId"] = .string(result.id.name) }
        return result
    }

    private func mapped(_ object: JSONObject) -> JSONObject {
        var result = JSONObject()
        for member in object.members {
            let isUntouched = Self.untouched.contains(member.name.asciiLowercased)
            // The names of user-assigned identities are resource IDs, too.
            result.append(mapped(text: member.name), isUntouched ? member.value : mapped(member.value))
        }
        return result
    }

    private func mapped(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(mapped(text: text))
        case .array(let elements): .array(elements.map(mapped))
        case .object(let object): .object(mapped(object))
        default: value
        }
    }

    private func mapped(text: String) -> String {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].isEmpty, String(parts[1]).equalsIgnoringCase("subscriptions"),
            let target = targets[String(parts[2]).asciiLowercased]
        else { return text }
        let rest = parts.count > 3 ? "/" + parts[3] : ""
        return "/\(parts[1])/\(target)\(rest)"
    }
}
