package import RelayModel

/// The JSON body of the listener count of a scope.
package enum ListenerUseDocument {
    package static func render(_ use: ListenerUse) -> JSONValue {
        [
            "value": .array(
                use.entries.map { entry in
                    [
                        "id": .string(entry.connection.id.path), "name": .string(entry.connection.id.name),
                        "type": "Microsoft.Relay/Namespaces/HybridConnections",
                        "listenerCount": JSONValue(entry.listenerCount),
                    ]
                }
            ),
            "listenerCount": JSONValue(use.listenerCount),
            "hybridConnectionCount": JSONValue(use.entries.count),
        ]
    }
}
