package import RelayModel

/// The JSON body of a subscription.
package enum SubscriptionDocument {
    package static func render(_ subscription: Subscription) -> JSONValue {
        let id = ResourceID.subscription(subscription.subscriptionID)
        return [
            "id": .string(id.path),
            "subscriptionId": .string(subscription.subscriptionID),
            "tenantId": .string(subscription.tenantID),
            "displayName": .string(subscription.displayName),
            "state": "Enabled",
            "subscriptionPolicies": [
                "locationPlacementId": "Local", "quotaId": "Unlimited", "spendingLimit": "Off",
            ],
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "tags": subscription.tags.json,
        ]
    }
}

/// The JSON body of a tenant: what all subscriptions and principals belong to.
package enum TenantDocument {
    package static func render(_ tenant: Tenant) -> JSONValue {
        [
            "id": .string("/tenants/\(tenant.tenantID)"), "tenantId": .string(tenant.tenantID),
            "displayName": .string(tenant.displayName), "tenantCategory": "Home",
        ]
    }
}

/// The JSON body of a place.
package enum LocationDocument {
    package static func render(_ region: Region, subscriptionID: String) -> JSONValue {
        let isLocal = region == .local
        var metadata: JSONObject = [
            "regionType": isLocal ? "Logical" : "Physical", "regionCategory": isLocal ? "Other" : "Recommended",
        ]
        if !isLocal { metadata.append("geographyGroup", .string(region.geographyGroup)) }
        let id = ResourceID.subscription(subscriptionID).child("locations", region.name)
        return [
            "id": .string(id.path), "subscriptionId": .string(subscriptionID), "name": .string(region.name),
            "type": "Region",
            "displayName": .string(region.displayName), "regionalDisplayName": .string(region.regionalDisplayName),
            "metadata": .object(metadata),
        ]
    }
}
