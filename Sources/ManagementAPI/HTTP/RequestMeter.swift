import HTTPTypes
package import Metrics

/// Counts and times management requests.
package struct RequestMeter: Sendable {
    private static let methods: [HTTPRequest.Method] = [.get, .put, .patch, .post, .delete, .head]
    private static let statusClasses = 1...5

    /// One for each method and class of status, and a last one for all other methods.
    private let requests: [Counter]
    private let seconds: Recorder

    /// The labels are fixed: method and class of status.
    package init(factory: any MetricsFactory) {
        let label = "causeway_management_requests_total"
        requests = (Self.methods.map(\.rawValue) + ["other"]).flatMap { method in
            Self.statusClasses.map { status in
                Counter(label: label, dimensions: [("method", method), ("status", "\(status)xx")], factory: factory)
            }
        }
        seconds = Recorder(
            label: "causeway_management_request_seconds", dimensions: [], aggregate: true, factory: factory
        )
    }

    func record(method: HTTPRequest.Method, status: HTTPResponse.Status, elapsed: Duration) {
        let row = Self.methods.firstIndex(of: method) ?? Self.methods.count
        let column = min(max(status.code / 100, 1), Self.statusClasses.count) - 1
        requests[row * Self.statusClasses.count + column].increment()
        let parts = elapsed.components
        seconds.record(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }
}
