package import RelayModel

/// Text messages from a listener of ours to a gateway (section 7 of the protocol notes).
package enum ClientMessages {
    /// Replaces the token of a control channel.
    package static func renewToken(_ token: Secret<String>) -> [UInt8] {
        var json = JSONBytes(capacity: 64 + token.reveal().utf8.count)
        json.literal("{\"renewToken\":{\"token\":")
        json.string(token.reveal())
        json.literal("}}")
        return json.bytes
    }

    /// The head of an answer to an HTTP request; one binary message follows when it has a body.
    package static func response(
        id: String, status: Int, description: String, fields: HeaderFields, hasBody: Bool
    ) -> [UInt8] {
        var json = JSONBytes(capacity: 256)
        json.literal("{\"response\":{\"requestId\":")
        json.string(id)
        json.literal(",\"statusCode\":")
        json.integer(status)
        json.literal(",\"statusDescription\":")
        json.string(description)
        json.literal(",\"responseHeaders\":")
        json.object(fields)
        json.literal(",\"body\":")
        json.bool(hasBody)
        json.literal("}}")
        return json.bytes
    }
}
