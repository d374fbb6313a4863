/// Names one socket, or one HTTP request, within one gateway process. Never given out twice, and never sent to a peer.
package struct ConnectionID: Sendable, Hashable, Comparable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: ConnectionID, right: ConnectionID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension ConnectionID: CustomStringConvertible {
    package var description: String { "\(rawValue)" }
}
