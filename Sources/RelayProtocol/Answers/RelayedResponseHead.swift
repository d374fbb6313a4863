/// The head of the response that the sender gets: a listener's answer after validation (R101 to R104, G7 of the list of
/// threats). Nothing of it can end a line early or say where the body ends, except for a plain length.
package struct RelayedResponseHead: Sendable {
    /// How the end of the body is marked.
    package enum BodyFraming: Sendable, Hashable {
        /// No body and no length: 204, and answers to HEAD and 304 without a length.
        case none
        /// No body, but the length that it would have: answers to HEAD and 304. `Content-Length` is to be written.
        case announced(Int64)
        /// So many bytes, 0 included; the listener's body must have as many, else the response is broken off.
        case length(Int64)
        /// Unknown until it ends: chunks, or the end of the connection for HTTP/1.0.
        case chunked
    }

    /// 200 to 599.
    package let status: Int
    /// Printable ASCII.
    package let reason: String
    /// Without `Content-Length` and `Transfer-Encoding`, which follow from ``framing``; with the gateway in `Via`.
    package let fields: HeaderFields
    package let framing: BodyFraming

    /// Whether bytes of the listener's body go to the sender. Where not, a body that the listener sends is dropped (R103).
    package var hasBody: Bool {
        switch framing {
        case .none, .announced: false
        case .length(let count): count > 0
        case .chunked: true
        }
    }

    /// - Parameters:
    ///   - message: the listener's answer.
    ///   - method: of the sender's request.
    ///   - host: the namespace's host name, for `Via`.
    /// - Throws: ``RelayRefusal/listenerBrokeProtocol`` when the status is none, or the length contradicts itself or the
    ///   absence of a body.
    package init(_ message: ResponseMessage, method: String, host: String) throws(RelayRefusal) {
        guard let status = message.statusCode, (200...599).contains(status) else { throw .listenerBrokeProtocol }
        self.status = status
        reason = Self.reason(message.statusDescription, status: status)
        let hopByHop = HopByHopFields(message.responseHeaders)
        var kept: HeaderFields = []
        kept.reserveCapacity(message.responseHeaders.count + 1)
        var length: Int64?
        for field in message.responseHeaders {
            if ASCII.equals(field.name, "content-length") {
                // What is no number says nothing; two numbers contradict one another.
                guard let value = Self.length(field.value) else { continue }
                guard length == nil || length == value else { throw .listenerBrokeProtocol }
                length = value
            } else if !hopByHop.contains(field.name), Self.isPassable(field) {
                kept.append((field.name, String(ASCII.trimmed(field.value))))
            }
        }
        ForwardedFields.addVia(host, to: &kept)
        fields = kept
        framing = try Self.framing(status: status, method: method, length: length, hasBody: message.hasBody)
    }

    private static func framing(
        status: Int, method: String, length: Int64?, hasBody: Bool
    ) throws(RelayRefusal) -> BodyFraming {
        if status == 204 { return .none }
        if status == 304 || method == "HEAD" { return length.map(BodyFraming.announced) ?? .none }
        guard hasBody else {
            guard length ?? 0 == 0 else { throw .listenerBrokeProtocol }
            return .length(0)
        }
        return length.map(BodyFraming.length) ?? .chunked
    }

    private static func reason(_ text: String?, status: Int) -> String {
        let text = ReasonPhrase.sanitised(text ?? "", max: RelayRefusal.reasonMax)
        return text.isEmpty ? ReasonPhrase.standard(status) : text
    }

    /// Digits and nothing else, below 2^63.
    private static func length(_ text: String) -> Int64? {
        let digits = ASCII.trimmed(text)
        guard !digits.isEmpty, digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int64(digits)
    }

    private static func isPassable(_ field: (name: String, value: String)) -> Bool {
        ASCII.isToken(field.name) && field.value.utf8.allSatisfy { !ASCII.isControl($0) || $0 == 0x09 }
    }
}
