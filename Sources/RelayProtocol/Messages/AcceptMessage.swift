/// Tells a listener that a sender wants to connect (section 7 of the protocol's description).
package struct AcceptMessage: Sendable {
    /// The one-time address that the listener opens, or extends to reject; see ``RendezvousAddress``.
    package var address: String
    /// Begins with a GUID (R53).
    package var id: String
    /// The sender's upgrade fields, each name once; see ``ForwardedFields``.
    package var connectHeaders: HeaderFields
    package var remoteEndpoint: RemoteEndpoint

    package init(address: String, id: String, connectHeaders: HeaderFields, remoteEndpoint: RemoteEndpoint) {
        self.address = address
        self.id = id
        self.connectHeaders = connectHeaders
        self.remoteEndpoint = remoteEndpoint
    }

    /// The text message in UTF-8. Larger than ``ControlMessageSize/textMax`` it must not be sent; the sender gets 431.
    package func encoded() -> [UInt8] {
        var json = JSONBytes(
            capacity: 192 + address.utf8.count + ControlMessageSize.headerFieldsSize(connectHeaders)
                + connectHeaders.count * 6)
        json.literal("{\"accept\":{\"address\":")
        json.string(address)
        json.literal(",\"id\":")
        json.string(id)
        json.literal(",\"connectHeaders\":")
        json.object(connectHeaders)
        json.literal(",\"remoteEndpoint\":")
        remoteEndpoint.write(to: &json)
        json.literal("}}")
        return json.bytes
    }
}
