/// A TCP connection and a relayed stream that carry the same bytes: how the end of one becomes the end of the other.
///
/// Each direction ends by itself: an end of input at one side is an end of output at the other, after all data. A loss
/// stays a loss: nobody may take it for an end in order. The relayed side may be a WebSocket, whose end of one direction is a
/// Close frame (R74 of the protocol notes, decision C2), or a stream of a lane.
package struct BridgeStateMachine: Sendable {
    package enum Action: Sendable, Hashable {
        /// Tell the relayed side that nothing more comes from the TCP connection.
        case endStream
        /// End the output towards the TCP connection, after everything that was written to it.
        case endLocal
        /// End the relayed side as lost.
        case resetStream
        /// Reset the TCP connection.
        case resetLocal
        /// Both directions are complete: let go of both sides, in order.
        case finish
    }

    /// Whether the TCP connection will send no more.
    private var localEnded = false
    /// Whether the relayed side will send no more.
    private var streamEnded = false
    package private(set) var isOver = false

    package init() {}

    /// Whether what the TCP connection sends is still passed on.
    package var forwardsLocal: Bool { !localEnded && !isOver }

    package mutating func localInputEnded() -> [Action] {
        guard !isOver, !localEnded else { return [] }
        localEnded = true
        return ended([.endStream])
    }

    package mutating func streamInputEnded() -> [Action] {
        guard !isOver, !streamEnded else { return [] }
        streamEnded = true
        return ended([.endLocal])
    }

    private mutating func ended(_ actions: [Action]) -> [Action] {
        guard localEnded, streamEnded else { return actions }
        isOver = true
        return actions + [.finish]
    }

    /// The TCP connection is gone, in whatever way.
    package mutating func localLost() -> [Action] {
        guard !isOver else { return [] }
        isOver = true
        return [.resetStream]
    }

    /// The relayed side is gone without an end in order.
    package mutating func streamLost() -> [Action] {
        guard !isOver else { return [] }
        isOver = true
        return [.resetLocal]
    }
}
