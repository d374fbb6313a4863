import RelayModel

/// The clock, the random numbers and the record of one simulated run. Everything that happens follows from its seed.
final class World {
    let seed: UInt64
    let defect: Defect?
    var generator: SeededGenerator
    /// Milliseconds since the beginning, on the steady clock.
    private(set) var now = 0
    /// By how much the time of day was set, in milliseconds.
    var wallOffset: Int64 = 0
    /// What must not have happened, with its time.
    private(set) var failures: [String] = []
    var keepsLog = false
    private(set) var log: [String] = []
    private var queue = EventQueue()
    private let origin = ContinuousClock.now
    private var lastID: UInt64 = 0

    init(seed: UInt64, defect: Defect? = nil) {
        self.seed = seed
        self.defect = defect
        generator = SeededGenerator(seed: seed)
    }

    var instant: ContinuousClock.Instant { instant(at: now) }

    var wallClock: Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_800_000_000_000 + Int64(now) + wallOffset)
    }

    func instant(at time: Int) -> ContinuousClock.Instant { origin + .milliseconds(time) }

    /// Milliseconds until a moment, rounded up, and not less than none.
    func delay(until moment: ContinuousClock.Instant) -> Int {
        let parts = (moment - instant).components
        return max(
            0, Int(parts.seconds) * 1000 + Int((parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }

    func after(_ delay: Int, _ action: @escaping () -> Void) {
        queue.insert(at: now + max(0, delay), action)
    }

    func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    func fail(_ text: @autoclosure () -> String) {
        guard failures.count < 5 else { return }
        let text = text()
        failures.append("at \(now) ms: \(text)")
        note("FAILED: \(text)")
    }

    func note(_ text: @autoclosure () -> String) {
        if keepsLog { log.append("\(now) \(text())") }
    }

    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// True in so many of 100 cases.
    func chance(_ percent: Int) -> Bool { int(0...99) < percent }

    /// Lets things happen until nothing is left, or until a time.
    func run(until end: Int = .max, eventsMax: Int = 200_000) {
        var count = 0
        while let event = queue.removeFirst() {
            guard event.time <= end else {
                queue.insert(at: event.time, event.action)
                break
            }
            now = event.time
            event.action()
            count += 1
            guard count < eventsMax else {
                fail("it does not come to rest")
                return
            }
        }
        if end != .max { now = max(now, end) }
    }
}
