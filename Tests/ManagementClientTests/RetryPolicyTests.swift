import Testing

@testable import ManagementClient

struct RetryPolicyTests {
    private let policy = RetryPolicy()

    @Test(
        arguments: [
            ("GET", 503, "2", 1, 2), ("PUT", 429, "0", 1, 0), ("DELETE", 503, "30", 3, 30), ("GET", 503, "31", 1, nil),
            ("GET", 503, "2", 4, nil), ("POST", 503, "2", 1, nil), ("PATCH", 429, "2", 1, nil),
            ("GET", 500, "2", 1, nil),
            ("GET", 200, "2", 1, nil),
        ] as [(String, Int, String?, Int, Int?)])
    func `only a busy server is asked again, by idempotent calls, as late as it says`(
        _ method: String, _ status: Int, _ retryAfter: String?, _ attempt: Int, _ seconds: Int?
    ) {
        let delay = policy.delay(method: method, status: status, retryAfter: retryAfter, attempt: attempt)

        #expect(delay == seconds.map { Duration.seconds($0) })
    }

    @Test func `without a word of the server the delay doubles`() {
        let delays = (1...4).map { policy.delay(method: "GET", status: 503, retryAfter: nil, attempt: $0) }

        #expect(delays == [.milliseconds(500), .seconds(1), .seconds(2), nil])
    }
}
