import HTTPTypes
package import Metrics

/// Counts and times management requests.
package struct RequestMeter: Sendable {
    private let requests: [String: Counter]
    private let other: Counter
    private let seconds: Recorder

    /// The labels are fixed: method and class of status.
    package init(factory: any MetricsFactory) {
        let methods = ["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD"]
        let classes = ["2xx", "3xx", "4xx", "5xx"]
        var requests: [String: Counter] = [:]
        for method in methods {
            for status in classes {
                requests[method + status] = Counter(
                    label: "causeway_management_requests_total", dimensions: [("method", method), ("status", status)],
                    factory: factory
                )
            }
        }
        self.requests = requests
        other = Counter(
            label: "causeway_management_requests_total", dimensions: [("method", "other"), ("status", "other")],
            factory: factory
        )
        seconds = Recorder(
            label: "causeway_management_request_seconds", dimensions: [], aggregate: true, factory: factory
        )
    }

    func record(method: HTTPRequest.Method, status: HTTPResponse.Status, elapsed: Duration) {
        (requests["\(method.rawValue)\(status.code / 100)xx"] ?? other).increment()
        let parts = elapsed.components
        seconds.record(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }
}
