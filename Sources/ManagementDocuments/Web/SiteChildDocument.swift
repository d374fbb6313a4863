package import RelayModel

/// The JSON bodies of what stands below an app or slot and is not kept by itself.
package enum SiteChildDocument {
    /// `SITE/type/name` with its properties.
    package static func render(
        _ site: Versioned<Site>, _ type: String, _ name: String, _ properties: JSONObject
    ) -> JSONValue {
        let parent = site.value.slotOf == nil ? "Microsoft.Web/sites" : "Microsoft.Web/sites/slots"
        return [
            "id": .string("\(site.id.path)/\(type)/\(name)"), "name": .string(name),
            "type": .string("\(parent)/\(type)"), "location": .string(site.value.location.name),
            "properties": .object(properties),
        ]
    }

    /// `config/publishingcredentials`. The address is one at which nobody answers.
    package static func renderCredentials(
        _ site: Versioned<Site>, password: String, hostSuffix: String
    ) -> JSONValue {
        let name = "$" + (site.value.slotOf.map { "\($0)__\(site.value.name)" } ?? site.value.name)
        let host = "\(site.value.hostLabel).scm.\(hostSuffix)"
        return render(
            site, "config", "publishingcredentials",
            [
                "name": .null, "publishingUserName": .string(name), "publishingPassword": .string(password),
                "publishingPasswordHash": .null, "publishingPasswordHashSalt": .null,
                "scmUri": .string("https://\(name):\(password)@\(host)"),
            ])
    }

    /// The answer of `host/default/listkeys`.
    package static func renderFunctionKeys(master: String, function: String) -> JSONValue {
        ["masterKey": .string(master), "functionKeys": ["default": .string(function)], "systemKeys": [:]]
    }

    /// One of `hostNameBindings`: every app has the host that it is made with, and no other.
    package static func renderHostName(_ site: Versioned<Site>, hostSuffix: String) -> JSONValue {
        let properties: JSONObject = [
            "siteName": .string(site.value.fullName), "hostNameType": "Verified", "sslState": "Disabled",
        ]
        return render(site, "hostNameBindings", "\(site.value.hostLabel).\(hostSuffix)", properties)
    }

    /// Reads the body of `networkConfig/virtualNetwork`.
    /// - Returns: the resource ID of the subnet; nobody looks whether there is one.
    package static func parseNetwork(_ body: JSONValue) throws(ServiceError) -> String {
        try DocumentReader(body).object("properties").requiredString("subnetResourceId")
    }

    /// `networkConfig/virtualNetwork`.
    package static func renderNetwork(_ site: Versioned<Site>) -> JSONValue {
        let subnet = site.value.properties["virtualNetworkSubnetId"] ?? .null
        return render(
            site, "networkConfig", "virtualNetwork", ["subnetResourceId": subnet, "swiftSupported": true])
    }

    /// One of the places that Microsoft.Web lists for a tier: all of them.
    package static func renderRegion(_ region: Region, subscriptionID: String) -> JSONValue {
        [
            "id": .string("/subscriptions/\(subscriptionID)/providers/Microsoft.Web/geoRegions/\(region.displayName)"),
            "name": .string(region.displayName), "type": "Microsoft.Web/geoRegions",
            "properties": [
                "name": .string(region.displayName), "description": .null,
                "displayName": .string(region.displayName), "orgDomain": .string("PUBLIC"),
            ],
        ]
    }
}
