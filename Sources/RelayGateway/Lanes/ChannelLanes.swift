import NIOCore
import RelayCore
import Synchronization

/// The lanes of one control channel, as any thread sees them.
final class ChannelLanes: Sendable {
    /// Lanes of one control channel at once.
    static let max = 16

    /// What the listener shows when it opens a lane.
    let ticket: Ticket
    private let lanes = Mutex<[ListenerLaneHandle]>([])

    init() {
        var generator = SystemRandomNumberGenerator()
        ticket = Ticket(using: &generator)
    }

    /// - Returns: false when there are as many as may be.
    func add(_ lane: ListenerLaneHandle) -> Bool {
        lanes.withLock { lanes in
            guard lanes.count < Self.max else { return false }
            lanes.append(lane)
            return true
        }
    }

    func remove(_ lane: ListenerLaneHandle) {
        lanes.withLock { $0.removeAll { $0 === lane } }
    }

    /// The lane for a new stream: one on the sender's loop before others, and among these the one with the fewest streams.
    func choose(near loop: any EventLoop) -> ListenerLaneHandle? {
        lanes.withLock { lanes in
            var best: ListenerLaneHandle?
            var bestRank = (true, Int.max)
            for lane in lanes where lane.isUsable {
                let rank = (lane.eventLoop !== loop, lane.streamCount)
                if best == nil || (rank.0 == bestRank.0 ? rank.1 < bestRank.1 : !rank.0) {
                    best = lane
                    bestRank = rank
                }
            }
            return best
        }
    }

    /// The control channel is gone: no lane gets another stream.
    func leave() {
        for lane in lanes.withLock({ lanes in
            defer { lanes = [] }
            return lanes
        }) { lane.leave() }
    }
}
