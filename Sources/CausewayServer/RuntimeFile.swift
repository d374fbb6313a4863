import Foundation
import RelayModel

/// `runtime.json`: the addresses in use, there as long as the server answers.
package struct RuntimeFile: Sendable {
    package var managementAddress: String
    package var managementEndpoint: String
    package var relayAddress: String
    /// Where the relay answers without TLS; `nil` when it does not.
    package var relayPlaintextAddress: String?
    package var relayDomain: String
    package var operationsAddress: String
    var startedAt: Timestamp

    init(
        _ ports: BoundPorts, endpoint: String, relayDomain: String, startedAt: Timestamp
    ) {
        managementAddress = ports.management.description
        managementEndpoint = endpoint
        relayAddress = ports.relay.description
        relayPlaintextAddress = ports.relayPlaintext?.description
        self.relayDomain = relayDomain
        operationsAddress = ports.operations.description
        self.startedAt = startedAt
    }

    var text: String {
        var document: JSONObject = [
            "version": .string(Server.version),
            "pid": JSONValue(Int(ProcessInfo.processInfo.processIdentifier)),
            "startedAt": .string(startedAt.iso8601),
            "managementAddress": .string(managementAddress),
            "managementEndpoint": .string(managementEndpoint),
            "relayAddress": .string(relayAddress),
            "relayDomain": .string(relayDomain),
            "operationsAddress": .string(operationsAddress),
        ]
        if let relayPlaintextAddress { document.append("relayPlaintextAddress", .string(relayPlaintextAddress)) }
        return JSONValue.object(document).prettyText + "\n"
    }
}
