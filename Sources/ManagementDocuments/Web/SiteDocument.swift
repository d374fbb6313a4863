package import RelayModel

/// The JSON body of an app or a deployment slot.
package enum SiteDocument {
    package struct Fields: Sendable {
        package var location: String?
        package var kind: String?
        package var tags: Tags?
        package var serverFarmID: String?
        package var isEnabled: Bool?
        /// Further properties; `null` for one that was sent as `null`.
        package var properties: JSONObject
        package var identity: JSONObject?
    }

    private static let writable = WritableProperties(
        bools: [
            "clientAffinityEnabled", "clientCertEnabled", "hostNamesDisabled", "httpsOnly", "hyperV", "isXenon",
            "reserved", "scmSiteAlsoStopped", "storageAccountRequired", "vnetContentShareEnabled",
            "vnetImagePullEnabled", "vnetRouteAllEnabled",
        ],
        ints: ["containerSize", "dailyMemoryTimeQuota"],
        strings: [
            "clientCertExclusionPaths", "clientCertMode", "customDomainVerificationId", "keyVaultReferenceIdentity",
            "managedEnvironmentId", "publicNetworkAccess", "redundancyMode", "virtualNetworkSubnetId",
        ],
        objects: ["cloningInfo", "hostingEnvironmentProfile", "siteConfig"],
        others: [
            "availabilityState", "defaultHostName", "enabled", "enabledHostNames", "hostNameSslStates", "hostNames",
            "inProgressOperationId", "isDefaultContainer", "lastModifiedTimeUtc", "maxNumberOfWorkers",
            "outboundIpAddresses", "possibleOutboundIpAddresses", "repositorySiteName", "resourceGroup", "serverFarmId",
            "sku", "slotSwapStatus", "state", "suspendedTill", "targetSwapSlot", "trafficManagerHostNames",
            "usageState",
        ]
    )

    /// - Throws: `ServiceError` when a field has the wrong type or a value that it cannot have.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        let properties = try reader.object("properties")
        let farm = try properties.string("serverFarmId")
        return Fields(
            location: try reader.string("location"), kind: try reader.string("kind"), tags: try reader.tags(),
            serverFarmID: farm.flatMap { $0.isEmpty ? nil : $0 }, isEnabled: try properties.bool("enabled"),
            properties: try writable.parse(body), identity: try identity(reader)
        )
    }

    private static func identity(_ reader: DocumentReader) throws(ServiceError) -> JSONObject? {
        guard reader.has("identity") else { return nil }
        let given = try reader.object("identity")
        var identity = JSONObject()
        if let type = try given.string("type") { identity.append("type", .string(type)) }
        _ = try given.object("userAssignedIdentities")
        if let identities = given.json("userAssignedIdentities") {
            identity.append("userAssignedIdentities", identities)
        }
        return identity
    }

    /// The suffix is what stands after the app's own label in its host name, `apps.localhost`.
    package static func render(_ site: Versioned<Site>, hostSuffix: String) -> JSONValue {
        let value = site.value
        let type = value.slotOf == nil ? "Microsoft.Web/sites" : "Microsoft.Web/sites/slots"
        let host = "\(value.hostLabel).\(hostSuffix)"
        let publishingHost = "\(value.hostLabel).scm.\(hostSuffix)"
        var object = JSONObject(id: site.id, name: value.fullName, type: type)
        object.append("kind", .string(value.kind))
        object.append("location", .string(value.location.name))
        object.append("tags", value.tags.json)
        if let identity = value.identity { object.append("identity", .object(identity)) }
        var properties: JSONObject = [
            "state": .string(value.isEnabled && !value.isStopped ? "Running" : "Stopped"),
            "hostNames": [.string(host)],
            "enabledHostNames": [.string(host), .string(publishingHost)],
            "hostNameSslStates": [
                ["name": .string(host), "sslState": "Disabled", "hostType": "Standard"],
                ["name": .string(publishingHost), "sslState": "Disabled", "hostType": "Repository"],
            ],
            "defaultHostName": .string(host),
            "repositorySiteName": .string(value.slotOf ?? value.name),
            "usageState": "Normal",
            "availabilityState": "Normal",
            "lastModifiedTimeUtc": site.updatedAt.json,
            "resourceGroup": .string(site.id.resourceGroup ?? ""),
            "sku": .string(value.plan.pricingTier.tier),
            "serverFarmId": .string(value.plan.id.path),
            "enabled": .bool(value.isEnabled),
        ]
        for member in value.properties.members where isShown(member) { properties.append(member.name, member.value) }
        object.append("properties", .object(properties))
        return .object(object)
    }

    /// Whether a member is shown as it is kept. Clients take an empty environment for one that has an ID.
    private static func isShown(_ member: JSONObject.Member) -> Bool {
        switch member.name {
        case Site.stateName: false
        case "hostingEnvironmentProfile": member.value.object?.isEmpty != true
        default: true
        }
    }

    /// One app or slot in the list of those that use a hybrid connection: JSON text inside of a string.
    package static func reference(_ site: Versioned<Site>) -> JSONValue {
        let reference: JSONValue = ["id": .string(site.id.path), "name": .string(site.value.fullName)]
        return .string(reference.text)
    }
}
