/// Why the bytes of a peer are not read any further. Whoever reads them answers `status` and ends the connection:
/// after a refusal nothing that follows may be interpreted, because the peers may disagree about where it begins
/// (RFC 9112 section 11.2).
package struct HTTPRefusal: Error, Hashable, Sendable {
    /// The status to answer, from 400 to 599.
    package let status: Int
    /// One sentence that names the broken rule. It never holds what the peer sent, so it can be logged and answered.
    package let reason: String

    package init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }

    static func malformed(_ reason: String) -> HTTPRefusal {
        HTTPRefusal(status: 400, reason: reason)
    }
}
