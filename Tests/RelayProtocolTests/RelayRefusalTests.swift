import RelayModel
import RelayProtocol
import Testing

struct RelayRefusalTests {
    static let guid = "1c048eb5-77c4-4b85-96fd-fa526801af35"
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_761_134_400_123)

    private static func reason(
        _ refusal: RelayRefusal, address: String = "sb://ns.example.test/hyco"
    ) throws -> String {
        let guid = try #require(GUID(prefixOf: guid))
        return refusal.reason(trackingID: TrackingID(guid: guid, gateway: 3), address: address, at: moment)
    }

    // R12, R66, section 9
    @Test func `the text is followed by what tracks the failure`() throws {
        #expect(
            try Self.reason(.noListeners())
                == "There are no listeners connected for the endpoint. TrackingId:\(Self.guid)_G3, "
                + "SystemTracker:sb://ns.example.test/hyco, Timestamp:2025-10-22T12:00:00"
        )
    }

    // R33, R35, R56, R62, R63, R66, R67, R105, R106, R114, R117, and decisions about texts.
    @Test(arguments: [
        (RelayRefusal.badRequest("x"), 400, "x"),
        (.namespaceAmbiguous, 400, "--relay-host-alias"),
        (.addressPrevented, 401, "Ip has been prevented to connect to the endpoint"),
        (.tokenMissing, 401, "token"),
        (.tokenMalformed, 401, "token"),
        (.signatureInvalid, 401, "token has an invalid signature"),
        (.audienceInvalid, 401, "InvalidAudience"),
        (.tokenExpired, 401, "token has expired"),
        (.bearerInvalid("The audience is another one"), 401, "The audience is another one"),
        (.claimMissing(.listen), 403, "'Listen' claim(s) are required"),
        (.claimMissing(.send), 403, "'Send' claim(s) are required"),
        (.claimMissing(.manage, isRuntimeInformation: true), 401, "'Manage' claim(s) are required"),
        (.listenerQuota, 403, "MaximumListenersPerEndpoint"),
        (.rendezvousRefused, 403, "rendezvous"),
        (.namespaceMissing, 404, "Endpoint does not exist"),
        (.endpointMissing, 404, "Endpoint does not exist"),
        (.noListeners(), 404, "There are no listeners connected for the endpoint"),
        (.noListeners(status: 502), 502, "There are no listeners connected for the endpoint"),
        (
            .listenersFilteredOut, 404,
            "None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria"
        ),
        (.rejectionDelivered, 410, "rejected"),
        (.headersTooLarge, 431, "32768"),
        (.internalFailure, 500, "failed"),
        (.listenerLost, 502, "lost"),
        (.listenerBrokeProtocol, 502, "not valid"),
        (.draining, 503, "going down"), (.starting, 503, "starting"), (.overloaded, 503, "overloaded"),
        (.connectionQuota(5000), 503, "5000"),
        (.acceptTimedOut, 504, "There are no listeners connected for the endpoint"),
        (.acceptTimedOut, 504, "did not respond in the required time"),
        (
            .responseTimedOut, 504,
            "The request was routed to the listener but the listener did not respond in the required time"
        ),
    ])
    func `a refusal has its status and the words that clients look for`(
        _ refusal: RelayRefusal, _ status: Int, _ words: String
    ) throws {
        let reason = try Self.reason(refusal)

        #expect(refusal.status == status)
        #expect(reason.contains(words))
        #expect(reason.contains(". TrackingId:\(Self.guid)_G3, "))
        #expect(!refusal.text.hasSuffix("."))
        #expect(reason.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(reason.utf8.count <= RelayRefusal.reasonMax)
    }

    // R12
    @Test(arguments: [
        "a\r\nSet-Cookie: x=1", "a\u{0}b", "bell\u{7}", "\u{1B}[31mred", "ünïcode ✓", "\u{202E}txt", "a\u{2028}b",
        String(repeating: "x", count: 100_000), String(repeating: "é\r\n", count: 50_000), "\u{85}", "",
    ])
    func `nothing ends the status line or makes it endless`(_ text: String) throws {
        for refusal in [
            RelayRefusal.badRequest(text), .noListeners(),
            .rejected(RejectParameters(statusCode: "400", statusDescription: text)),
        ] {
            let reason = try Self.reason(refusal, address: "sb://h/\(text)")
            #expect(reason.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(reason.utf8.count <= RelayRefusal.reasonMax)
            #expect(!reason.isEmpty)
        }
    }

    // R61, R62
    @Test(arguments: [
        ("400", "Rejected by user code", 400, "Rejected by user code"),
        ("401", "Who  are you?", 401, "Who  are you?"),
        ("502", "", 502, "Bad Gateway"),
        ("599", "x", 599, "x"), ("450", "", 450, "Client Error"), ("301", "Elsewhere", 301, "Elsewhere"),
        ("100", "Continue", 400, "Continue"), ("199", "x", 400, "x"), ("200", "OK", 400, "OK"),
        ("204", "", 400, "Bad Request"),
        ("0", "x", 400, "x"), ("600", "x", 502, "x"), ("abc", "x", 502, "x"), ("", "x", 502, "x"),
        ("-400", "x", 502, "x"),
        ("4e2", "x", 502, "x"), ("400 ", "x", 502, "x"), ("999999999999999999999", "x", 502, "x"),
        ("٤٠٠", "x", 502, "x"),
        ("403", "No\r\nway: home", 403, "Noway: home"), ("403", " \u{0}\t ", 403, "Forbidden"),
        ("403", "déjà vu", 403, "d?j? vu"),
    ])
    func `a listener's refusal reaches the sender as it was written, if it is one`(
        _ code: String, _ text: String, _ status: Int, _ reason: String
    ) throws {
        let refusal = RelayRefusal.rejected(RejectParameters(statusCode: code, statusDescription: text))

        #expect(refusal.status == status)
        #expect(try Self.reason(refusal) == reason)
    }

    @Test func `a long text of a listener is cut at the limit of a reason phrase`() throws {
        let text = String(repeating: "x", count: 2000)

        let refusal = RelayRefusal.rejected(RejectParameters(statusCode: "400", statusDescription: text))

        #expect(try Self.reason(refusal) == String(repeating: "x", count: RelayRefusal.reasonMax))
    }

    @Test func `every status of a class has a standard text`() {
        #expect(ReasonPhrase.standard(404) == "Not Found")
        #expect(ReasonPhrase.standard(299) == "OK")
        #expect(ReasonPhrase.standard(399) == "Redirection")
        #expect(ReasonPhrase.standard(599) == "Server Error")
    }
}
