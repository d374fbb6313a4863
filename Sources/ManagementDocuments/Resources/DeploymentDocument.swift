package import RelayModel

/// The JSON bodies of deployments.
package enum DeploymentDocument {
    private static let type = "Microsoft.Resources/deployments"

    package static func render(_ deployment: Versioned<Deployment>) -> JSONValue {
        let value = deployment.value
        return render(
            value, properties: properties(value, provisioningState: value.state.rawValue, until: value.endedAt))
    }

    /// A deployment that was only looked at: nothing of it was done or is kept.
    package static func renderValidated(_ deployment: Deployment, resources: [ResourceID]) -> JSONValue {
        var properties = properties(deployment, provisioningState: "Succeeded", until: deployment.startedAt)
        properties.append("validatedResources", .array(resources.map { ["id": .string($0.path)] }))
        var deployment = deployment
        deployment.tags = .none
        return render(deployment, properties: properties)
    }

    private static func render(_ deployment: Deployment, properties: JSONObject) -> JSONValue {
        var object = JSONObject(id: deployment.id, name: deployment.name, type: type)
        object.append("location", ifPresent: deployment.location)
        if !deployment.tags.isEmpty { object.append("tags", deployment.tags.json) }
        object.append("properties", .object(properties))
        return .object(object)
    }

    private static func properties(
        _ deployment: Deployment, provisioningState: String, until end: Timestamp?
    ) -> JSONObject {
        var properties = JSONObject()
        let kept = deployment.properties
        for name in ["templateHash", "parameters", "mode"] {
            if let value = kept[name] { properties.append(name, value) }
        }
        let elapsed = end.map { $0.millisecondsSinceEpoch - deployment.startedAt.millisecondsSinceEpoch }
        properties.append("provisioningState", .string(provisioningState))
        properties.append("timestamp", (end ?? deployment.startedAt).json)
        properties.append("duration", .string(duration(milliseconds: elapsed ?? 0)))
        for name in [
            "correlationId", "providers", "dependencies", "outputs", "outputResources", "onErrorDeployment", "error",
        ] {
            if let value = kept[name] { properties.append(name, value) }
        }
        return properties
    }

    /// `PT1M2.345S`.
    package static func duration(milliseconds: Int64) -> String {
        let positive = max(0, milliseconds)
        let (minutes, rest) = (positive / 60_000, positive % 60_000)
        let fraction = String(rest % 1000 + 1000).dropFirst()
        return "PT\(minutes > 0 ? "\(minutes)M" : "")\(rest / 1000).\(fraction)S"
    }

    package static func render(_ operation: DeploymentOperation, of deployment: ResourceID) -> JSONValue {
        [
            "id": .string(deployment.child("operations", operation.operationID).path),
            "operationId": .string(operation.operationID),
            "properties": .object(operation.properties),
        ]
    }

    /// What whoever polls is told: `{"status": "Running"}`.
    package static func renderStatus(_ deployment: Deployment) -> JSONValue {
        var object: JSONObject = ["status": .string(deployment.state.rawValue)]
        if let error = deployment.properties["error"] { object.append("error", error) }
        return .object(object)
    }
}
