import RelayModel

/// Tells whether a resource is already what it is to be.
struct ResourceComparison: Sendable {
    /// Whether what the wanted resource does not mention may be anything. Output of other tools is partial; an export
    /// says everything.
    var isPartial: Bool

    /// Where the two differ, `properties.userMetadata`; empty when the one is as good as the other. Never a value.
    func differences(_ wanted: PortableResource, _ present: PortableResource) -> [String] {
        // Only plans come in sizes.
        let hasSize = wanted.kind == .appServicePlan
        var wanted = wanted.body
        var present = present.body
        wanted["sku"] = hasSize ? Self.size(wanted["sku"]) : nil
        present["sku"] = hasSize ? Self.size(present["sku"]) : nil
        return differences(.object(wanted), .object(present), at: "", name: "")
    }

    private func differences(_ wanted: JSONValue, _ present: JSONValue, at path: String, name: String) -> [String] {
        switch (wanted, present) {
        case (.object(let wanted), .object(let present)):
            let isWhole = !isPartial || name == "tags"
            let others = isWhole ? present.members.map(\.name).filter { wanted[$0] == nil } : []
            return (wanted.members.map(\.name) + others).flatMap { name in
                differences(
                    wanted[name] ?? .null, present[name] ?? .null, at: path.isEmpty ? name : "\(path).\(name)",
                    name: name.asciiLowercased)
            }
        case (.array(let wanted), .array(let present)) where Self.unordered.contains(name):
            let sorted = { (values: [JSONValue]) in values.map { $0.text.asciiLowercased }.sorted() }
            return sorted(wanted) == sorted(present) ? [] : [path]
        case (.string(let wanted), .string(let present)):
            return Self.isSame(wanted, present, name: name) ? [] : [path]
        default:
            return Self.isNothing(wanted) && Self.isNothing(present) || wanted == present ? [] : [path]
        }
    }

    /// Absent, `null` and an empty object say the same.
    private static func isNothing(_ value: JSONValue) -> Bool {
        value.isNull || value.object?.isEmpty == true || value.array?.isEmpty == true
    }

    private static func isSame(_ wanted: String, _ present: String, name: String) -> Bool {
        switch name {
        case "location":
            guard let left = try? Location(wanted), let right = try? Location(present) else { return false }
            return left == right
        case "roledefinitionid":
            return lastSegment(wanted).equalsIgnoringCase(lastSegment(present))
        case _ where caseless.contains(name): return wanted.equalsIgnoringCase(present)
        default: return wanted.utf8.elementsEqual(present.utf8)
        }
    }

    private static func lastSegment(_ text: String) -> String { String(text.split(separator: "/").last ?? "") }

    /// Resource IDs, GUIDs and words of fixed lists.
    private static let caseless: Set<String> = [
        "defaultaction", "id", "level", "principalid", "principaltype", "publicnetworkaccess", "registrationstate",
        "relayarmuri", "relaytype", "serverfarmid", "status", "type",
    ]

    private static let unordered: Set<String> = ["assignablescopes", "iprules", "owners", "rights"]

    /// Of a plan's size the name and the number count; servers write the rest themselves.
    private static func size(_ sku: JSONValue?) -> JSONValue? {
        guard let sku, let name = sku["name"]?.string else { return nil }
        var size: JSONObject = ["name": .string(name.asciiLowercased)]
        if let capacity = sku["capacity"], !capacity.isNull { size.append("capacity", capacity) }
        return .object(size)
    }
}
