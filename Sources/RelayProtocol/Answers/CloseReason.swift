/// Code and text of a WebSocket Close frame that the gateway makes. The text is at most 123 bytes of UTF-8 and carries a
/// tracking ID (R47).
package struct CloseReason: Sendable, Hashable {
    /// Bytes of the text at most: a control frame has 125, two of them for the code (RFC 6455, 5.5).
    package static let textMax = 123

    package let code: UInt16
    package let text: String

    /// - Parameters:
    ///   - code: one that ``isValidOnWire(_:)``.
    ///   - text: cut at a character boundary, so that it fits together with the tracking ID.
    ///   - trackingID: stands at the end of the text.
    package init(code: UInt16, text: String, trackingID: TrackingID? = nil) {
        self.code = code
        let tail = trackingID.map { ". TrackingId:\($0)" } ?? ""
        self.text = Self.cut(text, max: Self.textMax - tail.utf8.count) + tail
    }

    /// The payload of the Close frame: the code in network byte order, then the text.
    package var payload: [UInt8] {
        [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)] + Array(text.utf8)
    }

    /// Whether the code may stand in a Close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999 (R75; RFC 6455, 7.4, and its
    /// registry, which has given names to 1012, 1013 and 1014 since).
    package static func isValidOnWire(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// As many whole characters of the beginning as fit.
    private static func cut(_ text: String, max: Int) -> String {
        guard text.utf8.count > max else { return text }
        var count = 0
        return String(
            text.prefix { character in
                count += character.utf8.count
                return count <= max
            })
    }
}

extension CloseReason {
    package static let normal = CloseReason(code: 1000, text: "")

    /// 1001: the hybrid connection or its namespace was deleted (R47, R80).
    package static func entityDeleted(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1001, text: "The hybrid connection was deleted", trackingID: trackingID)
    }

    /// 1001: this gateway ends; the listener is to connect again.
    package static func draining(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1001, text: "The gateway is going down", trackingID: trackingID)
    }

    /// 1001: the sender left before its HTTP exchange was complete (R109).
    package static func senderGone(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1001, text: "The sender has disconnected", trackingID: trackingID)
    }

    /// 1008: the token of the control channel expired and was not renewed (R43).
    package static func tokenExpired(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1008, text: "The token has expired", trackingID: trackingID)
    }

    /// 1008: `renewToken` brought a token that is not good (R44).
    package static func renewalInvalid(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1008, text: "The renewed token is not valid", trackingID: trackingID)
    }

    /// 1008: a key was regenerated, or the authorization rule deleted or changed.
    package static func ruleRevoked(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1008, text: "The key or role behind the token is no longer valid", trackingID: trackingID)
    }

    /// 1008: a peer went on sending what the protocol does not know (R39).
    package static func policyViolated(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1008, text: "Too many messages could not be understood", trackingID: trackingID)
    }

    /// 1008: a peer that no longer answers.
    package static func unresponsive(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1008, text: "The listener does not respond", trackingID: trackingID)
    }

    /// 1011: a fault of the gateway (R47).
    package static func internalFailure(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1011, text: "The gateway failed", trackingID: trackingID)
    }

    /// 1002: frames that RFC 6455 forbids.
    package static func protocolViolated(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1002, text: "A frame breaks the WebSocket protocol", trackingID: trackingID)
    }

    /// 1007: text or a close reason that is not UTF-8.
    package static func textInvalid(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1007, text: "A text is not UTF-8", trackingID: trackingID)
    }

    /// 1009: a message that is larger than the control channel takes.
    package static func messageTooBig(_ trackingID: TrackingID) -> CloseReason {
        CloseReason(code: 1009, text: "A message is too big", trackingID: trackingID)
    }
}
