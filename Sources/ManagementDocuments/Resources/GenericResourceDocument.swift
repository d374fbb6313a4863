package import RelayModel

/// A resource of any type as lists of all resources show it: without its properties.
package enum GenericResourceDocument {
    /// What `$expand` adds.
    package struct Expansion: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        package static let createdTime = Expansion(rawValue: 1)
        package static let changedTime = Expansion(rawValue: 2)
        package static let provisioningState = Expansion(rawValue: 4)

        private static let names: [(String, Expansion)] = [
            ("createdTime", .createdTime), ("changedTime", .changedTime), ("provisioningState", .provisioningState),
        ]

        /// Reads names that are joined by commas.
        /// - Throws: `ServiceError` with `badRequest` for a name that is none of the three.
        package init(_ text: String?) throws(ServiceError) {
            self = []
            for part in (text ?? "").split(separator: ",") {
                let name = String(part.filter { $0 != " " })
                guard let found = Self.names.first(where: { $0.0.equalsIgnoringCase(name) })?.1 else {
                    throw ServiceError(
                        .badRequest,
                        "The value '\(NameRule.shown(name))' of $expand is none of createdTime, changedTime, "
                            + "provisioningState.",
                        target: "$expand"
                    )
                }
                insert(found)
            }
        }
    }

    package static func render(_ resource: TrackedResource, expanding expansion: Expansion) -> JSONValue {
        var object = JSONObject(id: resource.id, name: resource.name, type: resource.type)
        object.append("location", .string(resource.location.name))
        object.append("kind", ifPresent: resource.kind)
        object.append("tags", resource.tags.json)
        if let name = resource.skuName {
            object.append("sku", sku(name, capacity: resource.capacity))
        }
        if expansion.contains(.createdTime) { object.append("createdTime", resource.createdAt.json) }
        if expansion.contains(.changedTime) { object.append("changedTime", resource.changedAt.json) }
        if expansion.contains(.provisioningState) { object.append("provisioningState", "Succeeded") }
        return .object(object)
    }

    /// The price class of a plan, or that of everything else, which has one size alone.
    private static func sku(_ name: String, capacity: Int?) -> JSONValue {
        guard let size = try? PricingTier(name) else { return ["name": .string(name), "tier": .string(name)] }
        var sku: JSONObject = [
            "name": .string(name), "tier": .string(size.tier), "size": .string(name), "family": .string(size.family),
        ]
        if let capacity { sku.append("capacity", JSONValue(capacity)) }
        return .object(sku)
    }
}
