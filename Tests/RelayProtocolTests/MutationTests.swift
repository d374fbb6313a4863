import RelayModel
import RelayProtocol
import Testing

/// Every reader of the wire gets good inputs with a few bytes changed, cut, doubled or inserted. Nothing may end the
/// process, and what comes out keeps its promises.
struct MutationTests {
    private static let rounds = 3000
    private static let spice: [[UInt8]] = [
        Array("%".utf8), Array("%2".utf8), Array("%00".utf8), Array("%2e%2e".utf8), Array("&&".utf8), Array("==".utf8),
        Array("sb-hc-".utf8), Array("\\u".utf8), Array("\\ud800".utf8), Array("\"".utf8), Array("{[".utf8),
        [0], [0xFF], [0xC3], [0xF0, 0x9F], [0x0D, 0x0A], Array("9999999999999999999999".utf8), Array(",".utf8),
        Array(";".utf8),
    ]

    private static func mutate(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(contentsOf: spice.randomElement(using: &generator) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...8, using: &generator)))
            case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
            case 3: bytes.insert(contentsOf: bytes.suffix(from: place), at: place)
            default: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator) }
            }
        }
        return bytes
    }

    private static func each(
        of inputs: [String], seed: UInt64, _ body: (inout SeededGenerator, [UInt8], String) -> Void
    ) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<rounds {
            let bytes = mutate(inputs[round % inputs.count], &generator)
            body(&generator, bytes, String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func `request targets`() {
        Self.each(
            of: [
                "/$hc/a/b?sb-hc-action=accept&sb-hc-id=1c048eb5-77c4-4b85-96fd-fa526801af35_G1&sb-hc-ticket=abc&statusCode=4",
                "/hyco/extra%20Path/%C3%A9?a=b&sb-hc-token=x&&c", "https://ns.example.test:443/hyco?x=%41",
                "/$hc/a%3Fsb-hc-action=connect",
            ], seed: 1
        ) { _, _, text in
            for isUpgrade in [true, false] {
                guard let target = try? RelayRequestTarget(text, isUpgrade: isUpgrade) else { continue }
                let requestTarget = HTTPRelayTarget.requestTarget(target)
                #expect(target.path.hasPrefix("/"))
                #expect(!target.segments.contains { $0 == "." || $0 == ".." || $0.contains("/") })
                #expect(requestTarget.utf8.first == UInt8(ascii: "/"))
                #expect(!requestTarget.utf8.contains { $0 < 0x20 || $0 == 0x7F })
                #expect(target.rawSegments.count <= text.utf8.count)
                #expect((target.action == nil) == !(isUpgrade && target.isHybridConnectionPath))
                _ = try? target.retryWithEscapedQuery(isUpgrade: isUpgrade)
                _ = target.guid
            }
        }
    }

    @Test func `messages of listeners`() {
        Self.each(
            of: [
                #"{"response":{"requestId":"1c_G0","statusCode":"200","statusDescription":"OK","#
                    + #""responseHeaders":{"Content-Length":5,"X":"\u00e9\ud83c\udfed"},"body":true}}"#,
                #"{"renewToken":{"token":"SharedAccessSignature sr=a"}}"#,
                #"{"injectFault":[1,{"a":null}],"b":-1.5e3}"#,
            ], seed: 2
        ) { _, bytes, _ in
            guard case .response(let message) = ListenerMessage(bytes) else { return }
            #expect(!message.requestID.isEmpty)
            guard let head = try? RelayedResponseHead(message, method: "GET", host: "h") else { return }
            #expect((200...599).contains(head.status))
            #expect(head.reason.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            for field in head.fields {
                #expect(field.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") })
                #expect(!field.value.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 })
            }
        }
    }

    @Test func `what the scanner takes is what the strict reader takes, where both do`() {
        Self.each(of: [#"{"response":{"requestId":"a\"\u0041","x":[1,2.5,true]}}"#], seed: 3) { _, bytes, _ in
            guard let strict = try? JSONValue(utf8: bytes), strict.object?.count == 1,
                let response = strict.object?.members.first, response.name == "response",
                case .string(let requestID) = response.value.object?.members.first?.value,
                response.value.object?.members.first?.name == "requestId", !requestID.isEmpty,
                response.value.object?.members.count(where: { $0.name == "requestId" }) == 1
            else { return }
            guard case .response(let message) = ListenerMessage(bytes) else {
                Issue.record("the scanner refuses what is good JSON: \(bytes)")
                return
            }
            #expect(message.requestID == requestID)
        }
    }

    @Test func `fields and identities`() {
        Self.each(
            of: [
                "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10, x",
                "1c048eb5-77c4-4b85-96fd-fa526801af35_G1, 2c048eb5-77c4-4b85-96fd-fa526801af35", "[fe80::1]:65535",
                "ns.example.test:443", "chat, superchat",
            ], seed: 4
        ) { _, _, text in
            if let guid = GUID(prefixOf: text) { #expect(guid.text.utf8.count == GUID.length) }
            if let authority = Authority(text) {
                #expect(Authority(authority.description) == authority)
                #expect(
                    authority.description.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x40 && $0 != 0x2F })
            }
            for guid in ListenerFilter([("Microsoft-Relay-AllowedListeners", text)]).allowed ?? [] {
                #expect(guid.utf8.count == GUID.length)
            }
            let fields: HeaderFields = [("Connection", text), (text, text), ("Via", text)]
            let kept = ForwardedFields.requestHeaders(
                fields, without: CredentialFields(hasAuthorization: true), host: "h")
            #expect(kept.count <= 3)
            _ = ExtensionAnswer.agreed(offered: [text], accepted: [text], isAllowed: true)
            if let agreed = Subprotocols.agreed(offered: [text], accepted: [text]) {
                #expect(agreed.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            }
        }
    }
}
