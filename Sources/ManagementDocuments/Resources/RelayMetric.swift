import RelayModel

/// One metric of a relay namespace, as the operations of Microsoft.Relay and monitoring tools name it.
package struct RelayMetric: Sendable {
    package let name: String
    let displayName: String
    let description: String
    /// The counter that it is computed from.
    let internalName: String
    var unit = "Count"
    /// Where a minute's sample has its value.
    let value: @Sendable (RelayMetricSample) -> Int64
    /// Whether the value holds until it changes, and is not counted within each minute.
    var isLevel = false

    package static func find(_ name: String) -> RelayMetric? { all.first { $0.name.equalsIgnoringCase(name) } }

    package static let all: [RelayMetric] = [
        RelayMetric(
            name: "ListenerConnections-Success", displayName: "Listener connections, successful",
            description: "Listeners that connected.", internalName: "ListenerConnectionAttempts",
            value: { $0.listenerSuccesses }
        ),
        RelayMetric(
            name: "ListenerConnections-ClientError", displayName: "Listener connections, refused",
            description: "Listeners that were refused.", internalName: "ListenerConnectionAttempts",
            value: { $0.listenerClientErrors }
        ),
        RelayMetric(
            name: "ListenerConnections-ServerError", displayName: "Listener connections, failed",
            description: "Listeners that could not connect through a fault of the server.",
            internalName: "ListenerConnectionAttempts", value: { $0.listenerServerErrors }
        ),
        RelayMetric(
            name: "SenderConnections-Success", displayName: "Sender connections, successful",
            description: "Senders that connected.", internalName: "SenderConnectionAttempts",
            value: { $0.senderSuccesses }
        ),
        RelayMetric(
            name: "SenderConnections-ClientError", displayName: "Sender connections, refused",
            description: "Senders that were refused.", internalName: "SenderConnectionAttempts",
            value: { $0.senderClientErrors }
        ),
        RelayMetric(
            name: "SenderConnections-ServerError", displayName: "Sender connections, failed",
            description: "Senders that could not connect through a fault of the server.",
            internalName: "SenderConnectionAttempts", value: { $0.senderServerErrors }
        ),
        RelayMetric(
            name: "ListenerConnections-TotalRequests", displayName: "Listener connections, all",
            description: "Attempts of listeners to connect.", internalName: "ListenerConnectionAttempts",
            value: { $0.listenerSuccesses + $0.listenerClientErrors + $0.listenerServerErrors }
        ),
        RelayMetric(
            name: "SenderConnections-TotalRequests", displayName: "Sender connections, all",
            description: "Attempts of senders to connect.", internalName: "SenderConnectionAttempts",
            value: { $0.senderSuccesses + $0.senderClientErrors + $0.senderServerErrors }
        ),
        RelayMetric(
            name: "ActiveConnections", displayName: "Active connections",
            description: "Connections that are relayed now.", internalName: "ActiveConnections",
            value: { $0.activeConnections }, isLevel: true
        ),
        RelayMetric(
            name: "ActiveListeners", displayName: "Active listeners", description: "Listeners that are connected now.",
            internalName: "ActiveListeners", value: { $0.activeListeners }, isLevel: true
        ),
        RelayMetric(
            name: "BytesTransferred", displayName: "Bytes transferred", description: "Bytes that were relayed.",
            internalName: "BytesTransferred", unit: "Bytes", value: { $0.bytesTransferred }
        ),
        RelayMetric(
            name: "ListenerDisconnects", displayName: "Listener disconnects",
            description: "Listeners whose connection ended.", internalName: "ListenerDisconnects",
            value: { $0.listenerDisconnects }
        ),
        RelayMetric(
            name: "SenderDisconnects", displayName: "Sender disconnects",
            description: "Senders whose connection ended.", internalName: "SenderDisconnects",
            value: { $0.senderDisconnects }
        ),
    ]

    /// What stands beside the operation that reads the definitions.
    static var serviceSpecification: JSONObject {
        ["serviceSpecification": ["metricSpecifications": .array(all.map(\.specification))]]
    }

    /// The outcome is a hidden dimension; only the entity is for people.
    private var dimensions: JSONValue {
        var dimensions: [JSONValue] = [
            ["name": "EntityName", "displayName": "Entity name", "toBeExportedForShoebox": true]
        ]
        if internalName != name { dimensions.append(["name": "OperationResult", "isHidden": true]) }
        return .array(dimensions)
    }

    private var specification: JSONValue {
        [
            "name": .string(name), "displayName": .string(displayName), "displayDescription": .string(description),
            "unit": .string(unit), "aggregationType": "Total", "internalMetricName": .string(internalName),
            "fillGapWithZero": true, "dimensions": dimensions,
            "availabilities": [["timeGrain": "PT1M", "blobDuration": "P30D"]],
        ]
    }
}
