/// A peer that did on a lane what may not be: the lane ends with its reason.
package struct LaneViolation: Error, Sendable, Hashable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}

/// One end of one stream of a lane: how much may be sent, how much may come, and which directions have ended.
///
/// Credit is counted in payload bytes. Each end begins with ``windowInitial`` in both directions. Whoever receives gives
/// credit back once the bytes have gone somewhere, so that a reader that stops stops its writer, and only that one.
package struct LaneStreamState: Sendable, Hashable {
    /// Bytes that may be on their way in one direction of a new stream.
    package static let windowInitial = 262_144
    /// What a window grows to while its reader keeps up: as much as a path of 100 ms needs for 160 Mbit/s.
    package static let windowMax = 2 * 1024 * 1024
    /// Credit that a peer can have at most; more is a fault or an attack.
    package static let creditMax = 64 * 1024 * 1024
    /// Windows that must have passed without a pause before one grows.
    private static let growAfter = 4

    /// What may still be sent.
    package private(set) var credit = windowInitial
    /// What the peer may still send.
    private var allowance = windowInitial
    private var window = windowInitial
    /// Read and not given back yet.
    private var consumed = 0
    /// Read without a pause since the window grew last.
    private var steady = 0
    /// Came, and went nowhere yet.
    package private(set) var held = 0
    /// Whether the peer will send no more.
    package private(set) var isInputEnded = false
    /// Whether we will send no more.
    package private(set) var isOutputEnded = false

    package init() {}

    /// Nothing more passes in either direction.
    package var isOver: Bool { isInputEnded && isOutputEnded }

    // MARK: Output

    /// Takes credit for bytes that are sent now.
    /// - Returns: how many of those wanted may be sent.
    package mutating func take(_ wanted: Int) -> Int {
        guard !isOutputEnded else { return 0 }
        let taken = min(wanted, credit)
        credit -= taken
        return taken
    }

    /// The peer gives credit.
    /// - Throws: ``LaneViolation`` when it is none or too much.
    package mutating func granted(_ bytes: Int) throws(LaneViolation) {
        guard bytes > 0, credit <= Self.creditMax - bytes else {
            throw LaneViolation("A window was changed by \(bytes) bytes.")
        }
        credit += bytes
    }

    /// We send no more.
    package mutating func outputEnded() {
        isOutputEnded = true
    }

    // MARK: Input

    /// Bytes came.
    /// - Throws: ``LaneViolation`` when they are more than the peer may send, or come after its end.
    package mutating func received(_ bytes: Int) throws(LaneViolation) {
        guard !isInputEnded else { throw LaneViolation("Data came after the end of a stream.") }
        guard bytes <= allowance else { throw LaneViolation("More data came than the window allows.") }
        allowance -= bytes
        held += bytes
    }

    /// The peer sends no more.
    /// - Throws: ``LaneViolation`` when it said so before.
    package mutating func inputEnded() throws(LaneViolation) {
        guard !isInputEnded else { throw LaneViolation("A stream ended twice.") }
        isInputEnded = true
    }

    /// Bytes that came have gone where they belong.
    /// - Returns: the credit to give to the peer now; `nil` while it is too little to tell.
    package mutating func consumed(_ bytes: Int) -> Int? {
        held -= bytes
        consumed += bytes
        // Whoever lets a part of it wait does not need a larger window.
        steady = held == 0 ? steady + bytes : 0
        guard !isInputEnded, consumed >= window / 2 else { return nil }
        var grant = consumed
        if steady >= window * Self.growAfter, window < Self.windowMax {
            grant += window
            window *= 2
            steady = 0
        }
        consumed = 0
        allowance += grant
        return grant
    }
}
