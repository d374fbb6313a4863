/// Brings a listener an HTTP request: on the control channel when it is small, else on the rendezvous that the listener
/// opens after ``encodedAddressOnly(address:id:)`` (R90, R91, R93).
package struct RequestMessage: Sendable {
    /// Where the listener may answer instead of on the control channel. Always present (R89).
    package var address: String
    /// Unique per request; begins with a GUID (R53).
    package var id: String
    /// See ``HTTPRelayTarget``.
    package var requestTarget: String
    package var method: String
    /// Each name once; see ``ForwardedFields``.
    package var requestHeaders: HeaderFields
    package var remoteEndpoint: RemoteEndpoint
    /// Whether one binary message with the body follows (R94).
    package var hasBody: Bool

    package init(
        address: String, id: String, requestTarget: String, method: String, requestHeaders: HeaderFields,
        remoteEndpoint: RemoteEndpoint, hasBody: Bool
    ) {
        self.address = address
        self.id = id
        self.requestTarget = requestTarget
        self.method = method
        self.requestHeaders = requestHeaders
        self.remoteEndpoint = remoteEndpoint
        self.hasBody = hasBody
    }

    /// The whole text message in UTF-8, with `body` in any case: listeners tell by its presence that this is the request
    /// itself.
    package func encoded() -> [UInt8] {
        var json = JSONBytes(
            capacity: 256 + address.utf8.count + requestTarget.utf8.count
                + ControlMessageSize.headerFieldsSize(requestHeaders) + requestHeaders.count * 6)
        json.literal("{\"request\":{\"address\":")
        json.string(address)
        json.literal(",\"id\":")
        json.string(id)
        json.literal(",\"requestTarget\":")
        json.string(requestTarget)
        json.literal(",\"method\":")
        json.string(method)
        json.literal(",\"requestHeaders\":")
        json.object(requestHeaders)
        json.literal(",\"remoteEndpoint\":")
        remoteEndpoint.write(to: &json)
        json.literal(",\"body\":")
        json.bool(hasBody)
        json.literal("}}")
        return json.bytes
    }

    /// The text message that only asks the listener to open the address: nothing but these two members, because
    /// listeners tell by the absence of `body` and `method` that the request waits there (R91).
    package static func encodedAddressOnly(address: String, id: String) -> [UInt8] {
        var json = JSONBytes(capacity: 48 + address.utf8.count + id.utf8.count)
        json.literal("{\"request\":{\"address\":")
        json.string(address)
        json.literal(",\"id\":")
        json.string(id)
        json.literal("}}")
        return json.bytes
    }
}
