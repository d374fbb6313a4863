package import RelayModel

/// The JSON body of the listener count of a scope, with what was used there.
package enum ListenerUseDocument {
    package static func render(_ use: ListenerUse) -> JSONValue {
        var document: JSONObject = [
            "value": .array(use.entries.map { .object(render($0)) }),
            "listenerCount": JSONValue(use.listenerCount),
            "hybridConnectionCount": JSONValue(use.hybridConnectionCount),
            "from": use.from.json,
            "to": use.to.json,
        ]
        append(use.usage, to: &document)
        return .object(document)
    }

    private static func render(_ entry: ListenerUse.Entry) -> JSONObject {
        var document: JSONObject = [
            "id": .string(entry.connection.id.path), "name": .string(entry.connection.id.name),
            "type": "Microsoft.Relay/Namespaces/HybridConnections",
            "listenerCount": JSONValue(entry.listenerCount),
            "isDeleted": .bool(entry.isDeleted),
        ]
        append(entry.usage, to: &document)
        if let hours = entry.hours {
            document.append(
                "hours",
                .array(
                    hours.map { hour in
                        var document: JSONObject = ["hour": hour.hour.json]
                        append(hour.usage, to: &document)
                        return .object(document)
                    }
                )
            )
        }
        return document
    }

    private static func append(_ usage: RelayUsage, to document: inout JSONObject) {
        document.append("listenerSeconds", .integer(usage.listenerSeconds))
        document.append("bytesToListener", .integer(usage.bytesToListener))
        document.append("bytesToSender", .integer(usage.bytesToSender))
        document.append("connections", .integer(usage.connections))
        document.append("requests", .integer(usage.requests))
        document.append("listenersPeak", .integer(usage.listenersPeak))
    }
}
