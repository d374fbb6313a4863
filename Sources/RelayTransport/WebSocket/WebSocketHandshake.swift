import Crypto

/// The opening handshake of RFC 6455 section 4, seen from both ends.
package enum WebSocketHandshake {
    /// What a client asked for in a handshake that is in order.
    package struct Offer: Sendable, Hashable {
        /// `Sec-WebSocket-Key`: 16 bytes in base64.
        package let key: String
        /// The subprotocols in the order of the client's preference, each once.
        package let protocols: [String]
        /// The values of the `Sec-WebSocket-Extensions` lines as they were sent.
        package let extensions: [String]
    }

    package enum Decision: Sendable {
        case upgrade(Offer)
        /// An ordinary request.
        case notAnUpgrade
        /// An upgrade that breaks a rule, and the header lines that belong to its answer.
        case refused(HTTPRefusal, fields: [HTTPField])
    }

    private static let version = "13"
    private static let versionField: HTTPField = ("Sec-WebSocket-Version", version)
    /// Belongs to the protocol (RFC 6455 section 1.3).
    private static let acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    // MARK: Server

    /// Whether the request is a handshake. One that asks for a WebSocket in `Upgrade` must be right in all other parts,
    /// too: it would otherwise be relayed as a request that nobody can answer.
    package static func decide(_ head: HTTPRequestHead) -> Decision {
        guard head.hasToken("websocket", in: "Upgrade") else { return .notAnUpgrade }
        guard head.method == "GET" else { return refused("A WebSocket is opened with GET.") }
        guard head.minorVersion == 1 else { return refused("A WebSocket is opened with HTTP/1.1.") }
        guard head.hasToken("upgrade", in: "Connection") else {
            return refused("The Connection header of a WebSocket handshake must have 'Upgrade'.")
        }
        guard head.body == .none else { return refused("A WebSocket handshake has no body.") }
        guard head.all("Sec-WebSocket-Version") == [version] else {
            let refusal = HTTPRefusal(
                status: 426, reason: "Only version \(version) of the WebSocket protocol is spoken.")
            return .refused(refusal, fields: [versionField])
        }
        let keys = head.all("Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, Base64.isEncodingOf16Bytes(key) else {
            return refused("There must be one Sec-WebSocket-Key of 16 bytes in base64.")
        }
        var protocols: [String] = []
        for element in head.all("Sec-WebSocket-Protocol").flatMap(HTTPList.elements) {
            guard ASCII.isToken(element) else { return refused("A subprotocol is not a token.") }
            if !protocols.contains(String(element)) { protocols.append(String(element)) }
        }
        return .upgrade(Offer(key: key, protocols: protocols, extensions: head.all("Sec-WebSocket-Extensions")))
    }

    private static func refused(_ reason: String) -> Decision {
        .refused(.malformed(reason), fields: [])
    }

    /// The answer that opens the WebSocket. It has these lines in this order and no other, because clients compare
    /// them as a whole (the handshake of Azure's .NET library); `further` are for clients that are known to want them.
    package static func response(
        to offer: Offer, subprotocol: String? = nil, extensions: String? = nil, fields further: [HTTPField] = []
    ) -> HTTPResponseHead {
        var fields: [HTTPField] = [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"),
            ("Sec-WebSocket-Accept", acceptValue(forKey: offer.key)),
        ]
        if let subprotocol { fields.append(("Sec-WebSocket-Protocol", subprotocol)) }
        if let extensions { fields.append(("Sec-WebSocket-Extensions", extensions)) }
        return HTTPResponseHead(status: 101, fields: fields + further)
    }

    /// The value of `Sec-WebSocket-Accept` that belongs to a key. SHA-1 is what the protocol wants; nothing secret
    /// rests on it.
    package static func acceptValue(forKey key: String) -> String {
        Base64.encode(Insecure.SHA1.hash(data: Array((key + acceptSuffix).utf8)))
    }

    // MARK: Client

    /// The key that a client sends, made of 16 random bytes, of which the first are the highest of `nonce.0`.
    package static func key(nonce: (UInt64, UInt64)) -> String {
        Base64.encode(
            [nonce.0, nonce.1].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } })
    }

    /// The request that a client sends, without extensions. `fields` are the further lines of the application.
    /// Throws ``HTTPRefusal`` when a part breaks the grammar, or when `fields` has a line that belongs to the handshake.
    package static func request(
        host: String, target: String, key: String, protocols: [String] = [], fields: [HTTPField] = []
    ) throws(HTTPRefusal) -> HTTPRequestHead {
        for (name, _) in fields where isReserved(name) {
            throw .malformed("A header of the application belongs to the WebSocket handshake or to the framing.")
        }
        var lines: [HTTPField] = [
            ("Host", host), ("Connection", "Upgrade"), ("Upgrade", "websocket"), versionField,
            ("Sec-WebSocket-Key", key),
        ]
        if !protocols.isEmpty { lines.append(("Sec-WebSocket-Protocol", protocols.joined(separator: ", "))) }
        let head = try HTTPRequestHead(method: "GET", target: target, fields: lines + fields)
        if case .refused(let refusal, _) = decide(head) { throw refusal }
        return head
    }

    private static func isReserved(_ name: String) -> Bool {
        let prefix = "sec-websocket-"
        return ["host", "connection", "upgrade", "content-length", "transfer-encoding"].contains {
            ASCII.isEqualIgnoringCase($0, name)
        } || ASCII.isEqualIgnoringCase(name.utf8.prefix(prefix.utf8.count), prefix.utf8)
    }

    /// Checks a server's answer to ``request(host:target:key:protocols:fields:)`` and tells the subprotocol that it
    /// chose. Throws ``HTTPRefusal``, with the status of the answer when that is not 101 (RFC 6455 section 4.1).
    package static func subprotocol(
        agreedIn response: HTTPResponseHead, key: String, offered: [String] = []
    ) throws(HTTPRefusal) -> String? {
        guard response.status == 101 else {
            throw HTTPRefusal(status: response.status, reason: "The server did not open the WebSocket.")
        }
        guard response.minorVersion == 1, response.all("Upgrade").count == 1,
            response.hasToken("websocket", in: "Upgrade"),
            response.hasToken("upgrade", in: "Connection")
        else { throw HTTPRefusal(status: 502, reason: "The server switched to something else than a WebSocket.") }
        guard response.all("Sec-WebSocket-Accept") == [acceptValue(forKey: key)] else {
            throw HTTPRefusal(status: 502, reason: "The server's Sec-WebSocket-Accept does not belong to our key.")
        }
        guard response.all("Sec-WebSocket-Extensions").isEmpty else {
            throw HTTPRefusal(status: 502, reason: "The server wants an extension that was not offered.")
        }
        let chosen = response.all("Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(offered.contains) else {
            throw HTTPRefusal(status: 502, reason: "The server chose a subprotocol that was not offered.")
        }
        return chosen.first
    }
}
