import RelayClient
import RelayCore
package import RelayModel
import RelayProtocol

/// A hybrid connection of a manager as commands show it. The first fields have the names of Azure's manager (decision A8).
package struct ManagedConnectionView: Sendable {
    package let json: JSONValue

    init(
        record: ManagerRecord, endpoint: TCPEndpoint?, report: ListenerSessionStateMachine.Report, listenerCount: Int,
        trouble: EndpointBridge.Trouble?, counters: BridgeCounters
    ) {
        let (toRelay, fromRelay) = counters.bytes
        let (open, total) = counters.bridges
        let now = ContinuousClock.now
        var object: JSONObject = [
            "Namespace": .string(record.namespace), "Name": .string(record.entity),
            "Endpoint": endpoint.map { .string($0.description) } ?? .null,
            "Status": .string(report.status.rawValue), "NumberOfListeners": JSONValue(listenerCount),
            "ServiceBusEndpoint": .string(record.serviceBusEndpoint),
            "CreatedOn": .string(record.createdOn.iso8601), "LastUpdated": .string(record.lastUpdated.iso8601),
        ]
        object.append("Tunnels", JSONValue(open))
        object.append("TotalTunnels", .integer(total))
        object.append("BytesToEndpoint", .integer(fromRelay))
        object.append("BytesFromEndpoint", .integer(toRelay))
        object.append("Reason", report.failure.map { .string($0.message) } ?? .null)
        let wait = report.nextTry.map { max(0, ($0 - now).components.seconds) }
        object.append("SecondsToNextTry", wait.map { .integer($0) } ?? .null)
        object.append("LastError", trouble.map { .string($0.message) } ?? .null)
        object.append("LastErrorOn", trouble.map { .string($0.at.iso8601) } ?? .null)
        if let resource = record.resource {
            object.append("SubscriptionId", .string(resource.subscriptionID))
            object.append("ResourceGroup", .string(resource.resourceGroup))
        }
        json = .object(object)
    }
}
