import RelayCore
import Testing

struct BridgeTests {
    typealias Action = BridgeStateMachine.Action

    enum Event: Sendable {
        case localEnds, streamEnds, localLost, streamLost
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var events: [Event]
        var actions: [[Action]]
        var isOver: Bool

        var testDescription: String { events.map { "\($0)" }.joined(separator: ", ") }
    }

    static let rows: [Row] = [
        Row(events: [.localEnds], actions: [[.endStream]], isOver: false),
        Row(events: [.streamEnds], actions: [[.endLocal]], isOver: false),
        Row(events: [.localEnds, .streamEnds], actions: [[.endStream], [.endLocal, .finish]], isOver: true),
        Row(events: [.streamEnds, .localEnds], actions: [[.endLocal], [.endStream, .finish]], isOver: true),
        Row(events: [.localLost], actions: [[.resetStream]], isOver: true),
        Row(events: [.streamLost], actions: [[.resetLocal]], isOver: true),
        // What one side still sends is not complete when the other one is lost.
        Row(events: [.localEnds, .streamLost], actions: [[.endStream], [.resetLocal]], isOver: true),
        Row(events: [.streamEnds, .localLost], actions: [[.endLocal], [.resetStream]], isOver: true),
        Row(events: [.streamEnds, .streamLost], actions: [[.endLocal], [.resetLocal]], isOver: true),
        // Nothing follows the end.
        Row(
            events: [.localEnds, .streamEnds, .localLost, .streamLost, .localEnds, .streamEnds],
            actions: [[.endStream], [.endLocal, .finish], [], [], [], []], isOver: true),
        Row(events: [.localLost, .streamLost, .localEnds], actions: [[.resetStream], [], []], isOver: true),
        Row(events: [.localEnds, .localEnds], actions: [[.endStream], []], isOver: false),
    ]

    @Test(arguments: rows)
    func `C2 an end of one direction is an end at the other side, and a loss stays a loss`(_ row: Row) {
        var machine = BridgeStateMachine()
        let actions = row.events.map { event in
            switch event {
            case .localEnds: machine.localInputEnded()
            case .streamEnds: machine.streamInputEnded()
            case .localLost: machine.localLost()
            case .streamLost: machine.streamLost()
            }
        }

        #expect(actions == row.actions)
        #expect(machine.isOver == row.isOver)
    }

    @Test func `what the TCP connection sends passes until its end`() {
        var machine = BridgeStateMachine()
        #expect(machine.forwardsLocal)
        _ = machine.streamInputEnded()
        #expect(machine.forwardsLocal)
        _ = machine.localInputEnded()
        #expect(!machine.forwardsLocal)
    }
}
