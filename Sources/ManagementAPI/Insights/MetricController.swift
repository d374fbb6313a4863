import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The metrics of relay namespaces and hybrid connections over REST.
struct MetricController: Sendable {
    private let controlPlane: ControlPlane
    private let now: @Sendable () -> Timestamp

    init(_ controlPlane: ControlPlane, now: @escaping @Sendable () -> Timestamp) {
        self.controlPlane = controlPlane
        self.now = now
    }

    func list(_ call: Call) async throws -> Answer {
        let (id, location) = try controlPlane.metricResource(call.resourceID)
        let request = try MetricRequest(filter: call.filter(), now: now()) { call.query[$0] }
        let series = try controlPlane.relayMetrics(of: id, from: request.from, to: request.to)
        return Answer(.ok, MetricDocument.render(series, request, of: id, location: location))
    }

    func listDefinitions(_ call: Call) async throws -> Answer {
        Answer(.ok, MetricDocument.definitions(of: try controlPlane.metricResource(call.resourceID).id))
    }

    func listNamespaces(_ call: Call) async throws -> Answer {
        Answer(.ok, MetricDocument.namespaces(of: try controlPlane.metricResource(call.resourceID).id))
    }
}
