import RelayProtocol
import Testing

struct CloseReasonTests {
    private static let trackingID = TrackingID(guid: GUID(randomBits: (1, 2)), gateway: 2)

    // R43, R44, R47, R109
    @Test(arguments: [
        (CloseReason.entityDeleted(trackingID), UInt16(1001), "deleted"),
        (.draining(trackingID), 1001, "going down"),
        (.senderGone(trackingID), 1001, "sender"),
        (.tokenExpired(trackingID), 1008, "expired"),
        (.renewalInvalid(trackingID), 1008, "renewed"),
        (.ruleRevoked(trackingID), 1008, "key"),
        (.policyViolated(trackingID), 1008, "messages"),
        (.unresponsive(trackingID), 1008, "respond"),
        (.internalFailure(trackingID), 1011, "failed"),
        (.protocolViolated(trackingID), 1002, "protocol"),
        (.textInvalid(trackingID), 1007, "UTF-8"),
        (.messageTooBig(trackingID), 1009, "big"),
    ])
    func `a close of the gateway has its code and a tracking ID`(
        _ reason: CloseReason, _ code: UInt16, _ words: String
    ) {
        #expect(reason.code == code)
        #expect(reason.text.contains(words))
        #expect(reason.text.hasSuffix(". TrackingId:\(Self.trackingID)"))
        #expect(reason.text.utf8.count <= CloseReason.textMax)
        #expect(CloseReason.isValidOnWire(reason.code))
        #expect(reason.payload.count <= 125)
    }

    // R47
    @Test(arguments: ["x", "é", "€", "🏭", "e\u{301}", "👩‍👩‍👧‍👦"])
    func `a long text is cut between characters and keeps the tracking ID`(_ character: String) {
        let text = String(repeating: character, count: 200)

        let plain = CloseReason(code: 1008, text: text)
        let tracked = CloseReason(code: 1008, text: text, trackingID: Self.trackingID)

        #expect(plain.text.utf8.count <= 123)
        #expect(plain.text.utf8.count > 123 - character.utf8.count)
        #expect(text.hasPrefix(plain.text))
        #expect(tracked.text.utf8.count <= 123)
        #expect(tracked.text.hasSuffix(". TrackingId:\(Self.trackingID)"))
        #expect(plain.text.count * character.utf8.count == plain.text.utf8.count)
    }

    @Test func `the payload is the code in network order and the text`() {
        #expect(CloseReason(code: 1001, text: "é").payload == [0x03, 0xE9, 0xC3, 0xA9])
        #expect(CloseReason.normal.payload == [0x03, 0xE8])
    }

    // R75
    @Test func `codes that may stand on the wire are those of RFC 6455 and its registry`() {
        let valid = (0...UInt16.max).filter(CloseReason.isValidOnWire)

        #expect(valid == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }
}
