import Foundation
import Testing

@testable import RelayTransport

/// Hundreds of runs of both ends of a lane over a network that cuts and stalls.
///
/// `CAUSEWAY_LANE_SEED=n` runs that seed alone.
struct LaneSimulationTests {
    private static let onlySeed = ProcessInfo.processInfo.environment["CAUSEWAY_LANE_SEED"].flatMap(UInt64.init)

    @Test(.enabled(if: onlySeed == nil), arguments: 0..<8)
    func `no byte is lost, doubled or given to another stream`(_ part: Int) throws {
        for seed in UInt64(part * 15)..<UInt64(part * 15 + 15) {
            let world = try LaneWorld(seed: seed)
            try world.run()
            #expect(world.failures.isEmpty, "CAUSEWAY_LANE_SEED=\(seed) \(world.failures)")
        }
    }

    @Test(.enabled(if: onlySeed != nil))
    func `one seed is run again`() throws {
        let world = try LaneWorld(seed: Self.onlySeed ?? 0)
        try world.run()
        #expect(world.failures.isEmpty)
    }

    @Test(.enabled(if: onlySeed == nil), arguments: LaneWorld.Defect.allCases)
    func `a planted defect is found`(_ defect: LaneWorld.Defect) throws {
        let found = try (UInt64(0)..<40).first { seed in
            let world = try LaneWorld(seed: seed, defect: defect)
            try world.run()
            return !world.failures.isEmpty
        }
        #expect(found != nil, "no seed finds \(defect)")
    }
}
