import NIOCore
import RelayClient
import RelayModel
import RelayProtocol
import RelayTransport

/// Looks at everything on the way of one hybrid connection, in the order in which a connection needs it; what comes after
/// the first failure that makes it pointless is skipped.
struct ManagerDiagnosis {
    private let connection: ManagedConnection
    private let record: ManagerRecord
    private let surroundings: ManagedConnection.Surroundings

    init(_ connection: ManagedConnection, _ record: ManagerRecord, _ surroundings: ManagedConnection.Surroundings) {
        self.connection = connection
        self.record = record
        self.surroundings = surroundings
    }

    /// One JSON object: the hybrid connection, and its steps with verdict, time and detail.
    func run() async -> JSONValue {
        var steps = DiagnosisSteps()
        let place = "\(record.host):\(record.port)"
        let loop = surroundings.loops.next()

        let isReached = await steps.check("Relay reached", skipped: false) {
            await loop.outcome { context, done in
                RelayCheck.reach(connection.access, on: context) { done($0.map { "TCP and TLS to \(place)" }) }
            }
        }
        let information = await steps.value("Key accepted", skipped: !isReached) {
            await loop.outcome { context, done in RelayCheck.information(connection.access, on: context, done) }
        } detail: {
            "runtime information of '\(record.entity)'"
        }
        let endpoint = EndpointMetadata.endpoint(of: information?.userMetadata) ?? connection.bridge.endpoint
        await steps.check("Endpoint known", skipped: information == nil) {
            guard let found = EndpointMetadata.endpoint(of: information?.userMetadata) else {
                return .failure(
                    RelayFailure(.rejected, "the user metadata has no item 'endpoint' with host:port"))
            }
            return .success(found.description)
        }
        let view = connection.view(record).json
        await steps.check("Registered", skipped: information == nil) {
            guard view["Status"]?.string == "Connected" else {
                return .failure(RelayFailure(.unreachable, view["Reason"]?.string ?? "not connected yet"))
            }
            let count = information?.listenerCount ?? 0
            return .success(count == 1 ? "1 listener at the gateway" : "\(count) listeners at the gateway")
        }
        await endpointSteps(endpoint, &steps, loop)
        var report: JSONObject = [
            "Namespace": .string(record.namespace), "Name": .string(record.entity),
            "Endpoint": endpoint.map { .string($0.description) } ?? .null, "Healthy": .bool(steps.areGood),
        ]
        report.append("Steps", steps.json)
        return .object(report)
    }

    private func endpointSteps(
        _ endpoint: TCPEndpoint?, _ steps: inout DiagnosisSteps, _ loop: LoopReference
    ) async {
        let policy = surroundings.policy
        let isResolved = await steps.check("Endpoint's name", skipped: endpoint == nil) {
            guard let endpoint else { return .failure(RelayFailure(.rejected, "there is no endpoint")) }
            return await loop.outcome { context, done in
                EndpointDial.resolve(endpoint, policy: policy, on: context) { result in
                    done(
                        result.map { $0.compactMap(\.ipAddress).joined(separator: ", ") }
                            .mapError { RelayFailure(.unreachable, $0.message) })
                }
            }
        }
        await steps.check("Endpoint reached", skipped: !isResolved) {
            guard let endpoint else { return .failure(RelayFailure(.rejected, "there is no endpoint")) }
            return await loop.outcome { context, done in
                EndpointDial.connect(to: endpoint, policy: policy, on: context, delegate: NobodyYet()) { result in
                    if case .success(let connection) = result { connection.abort(reset: true) }
                    done(
                        result.map { _ in "TCP to \(endpoint)" }
                            .mapError { RelayFailure(.unreachable, $0.message) })
                }
            }
        }
    }
}
