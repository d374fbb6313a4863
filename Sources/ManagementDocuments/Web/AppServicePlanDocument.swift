package import RelayModel

/// The JSON body of an App Service plan.
package enum AppServicePlanDocument {
    package struct Fields: Sendable {
        package var location: String?
        package var kind: String?
        package var tags: Tags?
        package var pricingTier: PricingTier?
        package var capacity: Int?
        /// Further properties; `null` for one that was sent as `null`.
        package var properties: JSONObject
    }

    private static let writable = WritableProperties(
        bools: [
            "elasticScaleEnabled", "hyperV", "isSpot", "isXenon", "perSiteScaling", "reserved", "zoneRedundant",
        ],
        ints: ["maximumElasticWorkerCount", "targetWorkerCount", "targetWorkerSizeId"],
        strings: ["freeOfferExpirationTime", "spotExpirationTime", "workerTierName"],
        objects: ["hostingEnvironmentProfile", "kubeEnvironmentProfile"],
        others: [
            "geoRegion", "maximumNumberOfWorkers", "name", "numberOfSites", "numberOfWorkers", "provisioningState",
            "resourceGroup", "status", "subscription",
        ]
    )

    /// Of `sku` the name and the capacity count; clients let the rest of it go stale.
    /// - Throws: `ServiceError` when a field has the wrong type or a value that it cannot have.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        try reader.object("properties").checkProvisioningState()
        let sku = try reader.object("sku")
        var pricingTier: PricingTier?
        if let name = try sku.string("name") { pricingTier = try PricingTier(name) }
        return Fields(
            location: try reader.string("location"), kind: try reader.string("kind"), tags: try reader.tags(),
            pricingTier: pricingTier, capacity: try sku.int("capacity"), properties: try writable.parse(body)
        )
    }

    /// The count is that of the apps and slots that lie in the plan.
    package static func render(_ plan: Versioned<AppServicePlan>, siteCount: Int) -> JSONValue {
        let value = plan.value
        let tier = value.pricingTier
        var object = JSONObject(id: plan.id, type: "Microsoft.Web/serverfarms")
        object.append("kind", .string(value.kind))
        object.append("location", .string(value.location.name))
        object.append("tags", value.tags.json)
        object.append(
            "sku",
            [
                "name": .string(tier.name),
                "tier": .string(tier.tier),
                "size": .string(tier.name),
                "family": .string(tier.family),
                "capacity": JSONValue(value.capacity),
            ]
        )
        var properties: JSONObject = [
            "name": .string(value.name),
            "status": "Ready",
            "provisioningState": "Succeeded",
            "subscription": .string(plan.id.subscriptionID ?? ""),
            "resourceGroup": .string(plan.id.resourceGroup ?? ""),
            "geoRegion": .string(value.location.name),
            "maximumNumberOfWorkers": JSONValue(tier.workersMax),
            "numberOfWorkers": JSONValue(value.capacity),
            "numberOfSites": JSONValue(siteCount),
        ]
        for member in value.properties.members { properties.append(member.name, member.value) }
        object.append("properties", .object(properties))
        return .object(object)
    }
}
