package import RelayModel

/// What an App Service plan uses and may use, in the three forms that clients ask for.
package enum PlanUseDocument {
    /// `hybridConnectionPlanLimits/limit`.
    package static func limits(of plan: ResourceID, current: Int, maximum: Int) -> JSONValue {
        var object = JSONObject(
            id: plan.child("hybridConnectionPlanLimits", "limit"),
            type: "Microsoft.Web/serverfarms/hybridConnectionPlanLimits"
        )
        object.append("properties", ["current": JSONValue(current), "maximum": JSONValue(maximum)])
        return .object(object)
    }

    /// `usages`.
    package static func usages(current: Int, maximum: Int) -> JSONValue {
        [
            "value": [
                [
                    "name": ["value": "HybridConnections", "localizedValue": "Hybrid connections"],
                    "unit": "Count",
                    "currentValue": JSONValue(current),
                    "limit": JSONValue(maximum),
                ]
            ]
        ]
    }

    /// `capabilities`: an array without an object around it.
    package static func capabilities(maximum: Int) -> JSONValue {
        [["name": "HybridConnections", "value": .string(String(maximum))]]
    }
}
