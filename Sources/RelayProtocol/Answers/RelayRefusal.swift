package import RelayModel

/// A request or upgrade that the gateway does not serve: the HTTP status, and the text that stands both in the reason
/// phrase and in the body (R12, section 9 of the protocol's description). Answers of the gateway carry no `Via` (R104).
package struct RelayRefusal: Error, Sendable, Hashable {
    /// Bytes of a reason phrase at most. Clients keep status lines in small buffers.
    package static let reasonMax = 1024
    /// Bytes at most of the text and of the address when the tracking part follows.
    private static let partMax = 400

    package let status: Int
    /// A sentence without its full stop, in printable ASCII.
    package let text: String
    /// Whether the tracking part follows the text. A listener's own refusal is passed on as it wrote it (R61).
    package let isTracked: Bool

    /// - Parameters:
    ///   - status: 400 to 599.
    ///   - text: made printable as ``ReasonPhrase`` does.
    ///   - isTracked: whether the tracking part follows the text.
    package init(_ status: Int, _ text: String, isTracked: Bool = true) {
        self.status = status
        let whole = ReasonPhrase.sanitised(text, max: isTracked ? Self.partMax : Self.reasonMax)
        self.text = isTracked && whole.hasSuffix(".") ? String(whole.dropLast()) : whole
        self.isTracked = isTracked
    }

    /// Reason phrase and body: `{text}. TrackingId:{id}, SystemTracker:{address}, Timestamp:{yyyy-MM-ddTHH:mm:ss}`, in
    /// printable ASCII and at most ``reasonMax`` bytes.
    /// - Parameters:
    ///   - trackingID: names this attempt; its GUID is the client's own when it gave one.
    ///   - address: `sb://host/entity` as requested; see ``RelayRequestTarget/entityPath``.
    ///   - moment: the wall clock.
    /// - Returns: the text.
    package func reason(trackingID: TrackingID, address: String, at moment: Timestamp) -> String {
        guard isTracked else { return text }
        let address = ReasonPhrase.sanitised(address, max: Self.partMax)
        let seconds = moment.iso8601.prefix(19)
        return "\(text). TrackingId:\(trackingID), SystemTracker:\(address), Timestamp:\(seconds)"
    }
}
