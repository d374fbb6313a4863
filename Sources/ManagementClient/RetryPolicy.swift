/// When a call that the server was too busy for is sent again.
struct RetryPolicy: Sendable {
    /// Sends in all, the first one included.
    var attemptsMax = 4
    /// Seconds that are waited at most for one more try; a server that asks for more gets its answer shown.
    var secondsMax = 30

    private static let idempotent: Set = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]

    /// How long to wait before the call is sent again; `nil` when its answer stands. The first attempt has the number 1.
    func delay(method: String, status: Int, retryAfter: String?, attempt: Int) -> Duration? {
        guard status == 429 || status == 503, Self.idempotent.contains(method), attempt < attemptsMax else {
            return nil
        }
        guard let retryAfter, let seconds = Int(retryAfter), seconds >= 0 else {
            return .milliseconds(250 << attempt)
        }
        return seconds <= secondsMax ? .seconds(seconds) : nil
    }
}
