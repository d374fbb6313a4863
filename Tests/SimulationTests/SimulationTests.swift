import Foundation
import Testing

/// Thousands of runs of the machines of RelayCore over a simulated network.
///
/// `CAUSEWAY_SIMULATION_SEED=n` runs that seed alone and shows what happened; `CAUSEWAY_SIMULATION_SEEDS=n` also runs n seeds
/// that were never run before.
struct SimulationTests {
    private static let seedsPerPart = 250
    private static let environment = ProcessInfo.processInfo.environment
    private static let onlySeed = environment["CAUSEWAY_SIMULATION_SEED"].flatMap(UInt64.init)
    private static let freshSeeds = environment["CAUSEWAY_SIMULATION_SEEDS"].flatMap(Int.init) ?? 0

    @Test(.enabled(if: onlySeed == nil), arguments: 0..<8)
    func `whatever the network does, nothing is lost, mixed up, or left over`(_ part: Int) {
        let first = UInt64(part * Self.seedsPerPart)
        for seed in first..<(first + UInt64(Self.seedsPerPart)) { Self.expectNoFailure(seed) }
    }

    @Test(.enabled(if: onlySeed == nil && freshSeeds > 0))
    func `the same holds for seeds that were never run before`() {
        for _ in 0..<Self.freshSeeds { Self.expectNoFailure(UInt64.random(in: 1_000_000...UInt64.max)) }
    }

    @Test(.enabled(if: onlySeed != nil))
    func `one seed is run again`() {
        if let seed = Self.onlySeed { Self.expectNoFailure(seed) }
    }

    @Test(.enabled(if: onlySeed == nil), arguments: Defect.allCases)
    func `a planted defect is found`(_ defect: Defect) {
        let found = (0..<1000).first { seed in
            let scenario = Scenario(seed: UInt64(seed), defect: defect)
            scenario.run()
            return !scenario.world.failures.isEmpty
        }

        #expect(found != nil, "no seed finds \(defect)")
    }

    @Test func `a seed repeats its run`() {
        let logs = (0..<2).map { _ in
            let scenario = Scenario(seed: 4711, keepsLog: true)
            scenario.run()
            return scenario.world.log
        }

        #expect(logs[0] == logs[1])
        #expect(!logs[0].isEmpty)
    }

    private static func expectNoFailure(_ seed: UInt64) {
        let scenario = Scenario(seed: seed)
        scenario.run()
        guard !scenario.world.failures.isEmpty || onlySeed != nil else { return }
        let again = Scenario(seed: seed, keepsLog: true)
        again.run()
        let history = again.world.log.suffix(200).joined(separator: "\n")
        #expect(
            scenario.world.failures.isEmpty,
            "CAUSEWAY_SIMULATION_SEED=\(seed)\n\(scenario.world.failures.joined(separator: "\n"))\n\(history)")
    }
}
