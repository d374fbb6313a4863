/// What a listener appends to an accept address when it does not want the connection (R61), as it wrote it.
/// ``RelayRefusal/rejected(_:)`` makes of it what the sender gets.
package struct RejectParameters: Sendable, Hashable {
    package var statusCode: String
    package var statusDescription: String

    package init(statusCode: String, statusDescription: String) {
        self.statusCode = statusCode
        self.statusDescription = statusDescription
    }
}
