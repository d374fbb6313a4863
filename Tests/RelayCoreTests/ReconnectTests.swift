import RelayCore
import Testing

struct ReconnectTests {
    private let start = ContinuousClock.now

    @Test func `D1 waits double to 4 s for two minutes, and to 60 s after that`() {
        for seed in 0..<50 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var backoff = ReconnectBackoff()
            var now = start
            var previousMax = Duration.zero
            var waits: [Duration] = []
            while now < start + .seconds(900) {
                let wait = backoff.failed(now: now, using: &generator)
                let limit: Duration = now - start < .seconds(120) ? .seconds(4) : .seconds(60)
                let expected = waits.isEmpty ? .seconds(1) : min(previousMax * 2, limit)
                #expect(wait <= expected && wait >= expected / 2)
                previousMax = expected
                waits.append(wait)
                now += wait
            }
            #expect(waits.contains { $0 > .seconds(30) })
            #expect(Set(waits).count > waits.count / 2)
        }
    }

    @Test func `D1 a connection that lasted starts anew and one that broke at once does not`() {
        var generator = SeededGenerator(seed: 1)
        var backoff = ReconnectBackoff()
        for _ in 0..<3 { _ = backoff.failed(now: start, using: &generator) }

        backoff.connected(now: start)
        #expect(backoff.failed(now: start + .seconds(9), using: &generator) >= .seconds(2))
        backoff.connected(now: start + .seconds(20))
        #expect(backoff.failed(now: start + .seconds(30), using: &generator) <= .seconds(1))
    }

    @Test(arguments: [(3600, 3300), (1200, 900), (600, 450), (60, 45), (4, 3), (1, 1), (0, 1), (-100, 1)])
    func `a token is replaced after three quarters of its life or five minutes before its end`(
        _ lifetime: Int, _ wait: Int
    ) {
        #expect(TokenRenewal.wait(lifetime: .seconds(lifetime)) == .seconds(wait))
    }
}
