import RelayModel
import RelayProtocol
import Testing

struct ClientSideTests {
    @Test func `an accept message is read as the gateway writes it`() {
        let bytes = AcceptMessage(
            address: "wss://ns.example/$hc/a/b?x=%20&sb-hc-action=accept&sb-hc-ticket=t", id: "1_G2",
            connectHeaders: [("Host", "ns.example"), ("X", "\"\\")],
            remoteEndpoint: RemoteEndpoint(address: "::1", port: 4711)
        ).encoded()

        #expect(
            GatewayMessage(bytes)
                == .accept(
                    .init(
                        address: "wss://ns.example/$hc/a/b?x=%20&sb-hc-action=accept&sb-hc-ticket=t", id: "1_G2",
                        remoteAddress: "::1", remotePort: 4711)))
    }

    @Test func `requests are read, whole and by their address alone`() {
        let whole = RequestMessage(
            address: "wss://a/b", id: "r", requestTarget: "/hc/$causeway/probe", method: "GET", requestHeaders: [],
            remoteEndpoint: RemoteEndpoint(address: "10.0.0.1", port: 1), hasBody: true
        ).encoded()
        let short = RequestMessage.encodedAddressOnly(address: "wss://a/b", id: "r")

        #expect(
            GatewayMessage(whole)
                == .request(
                    .init(id: "r", address: "wss://a/b", method: "GET", target: "/hc/$causeway/probe", hasBody: true)))
        #expect(
            GatewayMessage(short)
                == .request(.init(id: "r", address: "wss://a/b", method: nil, target: "", hasBody: false)))
    }

    @Test(arguments: ["", "{", "[]", "{\"accept\":{}}", "{\"request\":{\"address\":\"x\"}}", "\u{FF}"])
    func `what is no message is told from others`(_ text: String) {
        guard case .malformed = GatewayMessage(Array(text.utf8)) else {
            Issue.record("\(GatewayMessage(Array(text.utf8)))")
            return
        }
    }

    @Test(arguments: ["{}", "{\"ping\":{}}", "{\"accept\":1}", "{\"injectFault\":{\"delay\":\"1\"}}"])
    func `what is not known is passed over`(_ text: String) {
        #expect(GatewayMessage(Array(text.utf8)) == .unknown)
    }

    @Test(arguments: [nil, "", "[{\"key\":\"endpoint\",\"value\":\"db:1433\"}]", "a<b>&\"c\" ' \u{1F600}\r\n\t"])
    func `R113 runtime information is read as the gateway writes it`(_ metadata: String?) {
        let information = RuntimeInformation(
            path: "a/b", createdAt: Timestamp(millisecondsSinceEpoch: 0),
            updatedAt: Timestamp(millisecondsSinceEpoch: 0), requiresClientAuthorization: true,
            userMetadata: metadata, listenerCount: 7)
        let summary = RuntimeInformationSummary(information.atomEntry(host: "ns.example"))

        #expect(summary?.userMetadata == metadata)
        #expect(summary?.listenerCount == 7)
        #expect(summary?.requiresClientAuthorization == true)
    }

    @Test func `R114 a feed is no runtime information, and prefixes do not matter`() {
        #expect(RuntimeInformationSummary(Array("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>".utf8)) == nil)
        let text =
            "<x:HybridConnectionDescription xmlns:x=\"u\"><x:UserMetadata i:nil=\"true\" /><x:ListenerCount>2</x:ListenerCount>"
        let summary = RuntimeInformationSummary(Array(text.utf8))

        #expect(summary?.userMetadata == "")
        #expect(summary?.listenerCount == 2)
        #expect(summary?.requiresClientAuthorization == nil)
    }

    @Test(arguments: [
        (401, "MissingToken: x", RelayFailure.Kind.keyRefused),
        (401, "Ip has been prevented to connect to the endpoint", .addressRefused), (403, "claim(s)", .keyRefused),
        (403, "MaximumListenersPerEndpoint quota exceeded", .listenerQuota),
        (404, "Endpoint does not exist", .notFound),
        (404, "There are no listeners connected for the endpoint", .noListener), (504, "", .timedOut),
        (408, "", .timedOut), (503, "", .unavailable), (502, "refused", .rejected), (400, "", .rejected),
    ])
    func `R118 a refusal says what is to be done`(_ status: Int, _ reason: String, _ kind: RelayFailure.Kind) {
        let failure = RelayFailure(status: status, reason: reason)

        #expect(failure.kind == kind)
        #expect(failure.status == status)
        #expect(failure.message.contains(reason.isEmpty ? "status \(status)" : reason))
    }

    @Test func `refusals of the gateway are understood`() {
        let refusals: [(RelayRefusal, RelayFailure.Kind)] = [
            (.endpointMissing, .notFound), (.noListeners(), .noListener), (.listenersFilteredOut, .noListener),
            (.listenerQuota, .listenerQuota), (.signatureInvalid, .keyRefused), (.claimMissing(.send), .keyRefused),
            (.addressPrevented, .addressRefused), (.acceptTimedOut, .timedOut), (.draining, .unavailable),
            (.namespaceMissing, .notFound),
        ]
        for (refusal, kind) in refusals {
            #expect(RelayFailure(status: refusal.status, reason: refusal.text).kind == kind, "\(refusal.text)")
        }
    }

    @Test func `targets are those of the protocol`() throws {
        let targets = RelayTargets(entity: "a/b c")
        let id = try #require(GUID(prefixOf: "00000000-0000-4000-8000-000000000001"))

        #expect(targets.path == "/a/b%20c")
        #expect(targets.listen(id: id) == "/$hc/a/b%20c?sb-hc-action=listen&sb-hc-id=\(id)")
        #expect(targets.connect(id: id) == "/$hc/a/b%20c?sb-hc-action=connect&sb-hc-id=\(id)")
        #expect(targets.runtimeInformation == "/a/b%20c?api-version=2016-07")
        #expect(RelayTargets.isProbe(target: "/a/b%20c/$causeway/probe?x=1"))
        #expect(RelayTargets.isProbe(target: "/a/%24causeway/probe"))
        #expect(!RelayTargets.isProbe(target: "/a/probe"))
    }

    @Test func `R61 a rejection is read as it is written`() throws {
        let text = RelayTargets.rejection(status: 502, description: "the endpoint \"db\" & co: ça\r\n refused = yes")
        let target = try RelayRequestTarget("/$hc/a?sb-hc-action=accept&sb-hc-ticket=x\(text)", isUpgrade: true)

        #expect(
            target.rejection
                == RejectParameters(
                    statusCode: "502", statusDescription: "the endpoint \"db\" & co: ?a refused = yes"))
    }

    @Test func `the line about lanes is read as it is written`() {
        #expect(LaneField.value(in: [LaneField.field(.init())]) == .init())
        #expect(LaneField.value(in: [("causeway-lanes", "1; ticket=abc")]) == .init(ticket: "abc"))
        #expect(LaneField.Value(ticket: "abc").text == "1; ticket=abc")
        #expect(LaneField.value(in: [("Causeway-Lanes", "2")]) == nil)
        #expect(LaneField.value(in: []) == nil)
    }

    @Test func `messages of ours are understood by the gateway`() {
        guard case .renewToken(let token) = ListenerMessage(ClientMessages.renewToken(Secret("a\"b"))) else {
            Issue.record("no renewal")
            return
        }
        #expect(token.reveal() == "a\"b")
        let response = ClientMessages.response(
            id: "r", status: 501, description: "no", fields: [("A", "b")], hasBody: true)
        guard case .response(let message) = ListenerMessage(response) else {
            Issue.record("no response")
            return
        }
        #expect(message.requestID == "r")
        #expect(message.statusCode == 501)
        #expect(message.hasBody)
    }
}
