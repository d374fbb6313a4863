import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import Synchronization
import TemplateLanguage

/// What a deployment did, on its way to the store: whatever comes while one write is under way goes together with the
/// next one.
final class DeploymentJournal: Sendable {
    private struct State {
        var waiting: [DeploymentOperation] = []
        var isWriting = false
    }

    private let deployment: Versioned<Deployment>
    private let controlPlane: ControlPlane
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    init(_ deployment: Versioned<Deployment>, _ controlPlane: ControlPlane, now: @escaping @Sendable () -> Timestamp) {
        self.deployment = deployment
        self.controlPlane = controlPlane
        self.now = now
    }

    /// What a step did to its resource, and how it ended.
    struct Entry {
        /// `Create`, `Delete` or `EvaluateDeploymentOutput`.
        var operation: String
        var resource: PlannedResource?
        var resourceID: ResourceID?
        var startedAt: Timestamp
        var status = HTTPResponse.Status.ok
        var failure: DeploymentRefusal?
    }

    func record(_ entry: Entry) async {
        let operation = DeploymentOperation(operationID: Self.newID(), properties: properties(entry))
        let isFirst = state.withLock { state in
            state.waiting.append(operation)
            guard !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        guard isFirst else { return }
        while let batch = takeBatch() {
            // What cannot be written now is written at the end, together with how the deployment ended.
            guard (try? await controlPlane.record(batch, of: deployment)) != nil else {
                return state.withLock { state in
                    state.waiting = batch + state.waiting
                    state.isWriting = false
                }
            }
        }
    }

    private func takeBatch() -> [DeploymentOperation]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// What is not written yet; nothing may be recorded any more.
    func rest() -> [DeploymentOperation] { state.withLock { $0.waiting } }

    private func properties(_ entry: Entry) -> JSONObject {
        let end = now()
        let status = entry.failure?.status ?? entry.status
        var properties: JSONObject = [
            "provisioningOperation": .string(entry.operation),
            "provisioningState": entry.failure == nil ? "Succeeded" : "Failed",
            "timestamp": .string(end.iso8601),
            "duration": .string(
                DeploymentDocument.duration(
                    milliseconds: end.millisecondsSinceEpoch - entry.startedAt.millisecondsSinceEpoch)),
            "statusCode": .string(status.reasonPhrase.filter { $0 != " " }),
        ]
        if let failure = entry.failure {
            properties.append("statusMessage", ["status": "Failed", "error": .object(failure.json)])
        }
        if let id = entry.resource?.id ?? entry.resourceID {
            var target: JSONObject = [
                "id": .string(DeploymentHost.path(of: id).path),
                "resourceType": JSONValue(entry.resource?.type ?? id.type ?? ""),
                "resourceName": JSONValue(entry.resource?.name ?? id.name),
            ]
            if let symbol = entry.resource?.symbolicName { target.append("symbolicName", .string(symbol)) }
            properties.append("targetResource", .object(target))
        }
        return properties
    }

    /// 16 hexadecimal digits, as Azure's.
    private static func newID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
