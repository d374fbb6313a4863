/// A call that could not be made or understood, for a reason on this side of the wire. What the server refuses is a
/// ``ManagementError``.
package struct ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Endpoint or credentials are missing or wrong.
        case settings
        /// What was to be sent could not be read or has the wrong form.
        case input
        /// The server was not reached, or the connection broke.
        case connection
        /// The server answered something that is not part of its interface.
        case answer
    }

    package var kind: Kind
    /// A sentence without the full stop; never contains a secret.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
