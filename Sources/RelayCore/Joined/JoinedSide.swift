/// One of the two ends of a joined connection.
package enum JoinedSide: Sendable, Hashable, CaseIterable {
    case sender
    case listener

    package var other: JoinedSide { self == .sender ? .listener : .sender }
}
