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

    /// What the server agreed to.
    package struct Agreement: Sendable, Hashable {
        package let subprotocol: String?
        /// The value of `Sec-WebSocket-Extensions`.
        package let extensions: String?
    }

    /// Whether the request is a handshake.
    package static func decide(_ head: HTTPRequestHead) -> Decision { .notAnUpgrade }

    /// The answer to an offer.
    package static func response(
        to offer: Offer, subprotocol: String? = nil, extensions: String? = nil
    ) -> HTTPResponseHead {
        HTTPResponseHead(status: 101)
    }

    /// The value of `Sec-WebSocket-Accept` that belongs to a key.
    package static func acceptValue(forKey key: String) -> String { "" }

    /// The key that a client sends, made of 16 random bytes.
    package static func key(nonce: (UInt64, UInt64)) -> String { "" }

    /// The request that a client sends. `fields` are those of the application.
    package static func request(
        host: String, target: String, key: String, protocols: [String] = [], fields: [HTTPField] = []
    ) throws(HTTPRefusal) -> HTTPRequestHead {
        throw HTTPRefusal(status: 501, reason: "")
    }

    /// Checks a server's answer to ``request(host:target:key:protocols:fields:)``.
    package static func agreement(
        in response: HTTPResponseHead, key: String, protocols: [String] = []
    ) throws(HTTPRefusal) -> Agreement {
        throw HTTPRefusal(status: 501, reason: "")
    }
}
