package import RelayModel

/// The JSON body of one event of the data plane, with the names of Azure's diagnostic logs where those have some.
package enum RelayEventDocument {
    /// - Parameters:
    ///   - event: as it was kept.
    ///   - namespace: the resource ID of its namespace; shown in upper case, as Azure does.
    ///   - host: the host name of the namespace.
    /// - Returns: an object that always has all members.
    package static func render(_ event: RelayEventRecord, namespace: ResourceID, host: String) -> JSONValue {
        [
            "id": .string(String(event.id)),
            "eventTimestamp": event.at.json,
            "operationName": .string("Microsoft.Relay/HybridConnections/\(event.operation)"),
            "category": "HybridConnectionsEvent",
            "resourceId": .string(namespace.path.asciiUppercased),
            "entityName": .string(event.entity),
            "activityId": .string(event.trackingID),
            "endpoint": .string("sb://\(host)/\(event.entity)/\(event.trackingID)"),
            "message": .string(event.message),
            "remoteEndpoint": .string(event.remoteEndpoint),
            "status": event.status.map { JSONValue($0) } ?? .null,
            "listenerId": JSONValue(event.listenerID),
            "identity": JSONValue(event.identity),
            "bytesToListener": event.bytesToListener.map(JSONValue.integer) ?? .null,
            "bytesToSender": event.bytesToSender.map(JSONValue.integer) ?? .null,
            "startedAt": event.startedAt?.json ?? .null,
            "durationMilliseconds": event.durationMilliseconds.map(JSONValue.integer) ?? .null,
        ]
    }
}

extension String {
    fileprivate var asciiUppercased: String {
        String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 & ~0x20 : $0 }, as: UTF8.self)
    }
}
