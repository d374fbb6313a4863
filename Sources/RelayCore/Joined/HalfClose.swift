/// What becomes of the first Close frame of a joined connection.
package enum HalfClose: String, Sendable, Hashable, CaseIterable {
    /// It goes to the other side at once, which may go on sending (R74).
    case forward
    /// It waits until the other side sends its own, or sends nothing for a while: for peers that cannot send any more
    /// once they have read a Close frame, as most WebSocket libraries.
    case hold
}
