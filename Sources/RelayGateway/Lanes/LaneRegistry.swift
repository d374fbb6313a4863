import NIOCore
import RelayTransport
import Synchronization

/// All lanes of the gateway, so that a drain and a deletion reach them.
final class LaneRegistry: Sendable {
    private struct Entry {
        var hub: EntityHub
        var lane: NIOLoopBound<LaneConnection>
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    /// On the lane's loop.
    func add(_ lane: LaneConnection, of hub: EntityHub) {
        let entry = Entry(hub: hub, lane: NIOLoopBound(lane, eventLoop: lane.loop.eventLoop))
        entries.withLock { $0[ObjectIdentifier(lane)] = entry }
    }

    func remove(_ lane: LaneConnection) {
        entries.withLock { $0[ObjectIdentifier(lane)] = nil }
    }

    /// No new streams; a lane ends with its last one.
    func goAway() {
        for entry in entries.withLock({ Array($0.values) }) {
            entry.lane.run { lane in
                lane.goAway(telling: true)
                if lane.streamCount == 0 { lane.end("The gateway is going down", code: 1001) }
            }
        }
    }

    /// Ends the lanes of hybrid connections that are gone.
    func entityDeleted(_ isMeant: (EntityHub) -> Bool) {
        for entry in entries.withLock({ $0.values.filter { isMeant($0.hub) } }) {
            // After what the hub has said to the streams.
            entry.lane.eventLoop.execute { entry.lane.value.end("The hybrid connection was deleted", code: 1001) }
        }
    }
}
