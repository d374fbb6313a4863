/// What the two sides of a joined connection share.
package final class StreamJoin: Sendable {
    package enum Side: Int, Sendable, Hashable, CaseIterable {
        case sender = 0
        case listener = 1

        package var other: Side { self == .sender ? .listener : .sender }
    }

    private let sender: ConnectionReference
    private let listener: ConnectionReference
    private let counters = [PayloadCounter(), PayloadCounter()]
    private let crossings: [LoopCrossing]

    package init(sender: ConnectionReference, listener: ConnectionReference) {
        self.sender = sender
        self.listener = listener
        crossings = sender.eventLoop === listener.eventLoop ? [] : [LoopCrossing(), LoopCrossing()]
    }

    /// Whether the two sides are on different event loops.
    package var isCrossing: Bool { !crossings.isEmpty }

    package func reference(of side: Side) -> ConnectionReference { side == .sender ? sender : listener }

    /// Payload that came from that side and was forwarded.
    package func counter(from side: Side) -> PayloadCounter { counters[side.rawValue] }

    func crossing(from side: Side) -> LoopCrossing? { crossings.isEmpty ? nil : crossings[side.rawValue] }
}
