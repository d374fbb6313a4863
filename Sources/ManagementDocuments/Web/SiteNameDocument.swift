package import RelayModel

/// The body and answer of Microsoft.Web's checknameavailability.
package enum SiteNameDocument {
    package struct Fields: Sendable {
        package var name: String
        /// Whether it is the name of an app; names of other things are free.
        package var isSite: Bool
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        let name = try reader.requiredString("name")
        let type = try reader.requiredString("type")
        let isHostName = try reader.bool("isFqdn") ?? false
        return Fields(
            name: isHostName ? String(name.prefix { $0 != "." }) : name,
            isSite: ["Site", "Microsoft.Web/sites"].contains { $0.equalsIgnoringCase(type) }
        )
    }

    /// The reason is `Invalid` or `AlreadyExists`, or empty when the name is free.
    package static func render(reason: String, message: String) -> JSONValue {
        NameAvailabilityDocument.render(isAvailable: reason.isEmpty, reason: reason, message: message)
    }
}

/// The body and answer of Microsoft.Web's validate.
package enum WebValidationDocument {
    package struct Fields: Sendable {
        package var kind: WebResourceKind
        package var name: String
        package var location: String
        package var serverFarmID: String?
        package var pricingTier: String?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        let properties = try reader.object("properties")
        guard let kind = try reader.enumeration("type", WebResourceKind.self) else { throw reader.missing("type") }
        return Fields(
            kind: kind, name: try reader.requiredString("name"), location: try reader.requiredString("location"),
            serverFarmID: try properties.filledString("serverFarmId"),
            pricingTier: try properties.filledString("skuName")
        )
    }

    package static func render(obstacle: ServiceError?) -> JSONValue {
        guard let obstacle else { return ["status": "Success", "error": .null] }
        var error: JSONObject = ["code": .string(obstacle.code.rawValue), "message": .string(obstacle.message)]
        error.append("target", ifPresent: obstacle.target)
        return ["status": "Failure", "error": .object(error)]
    }
}
