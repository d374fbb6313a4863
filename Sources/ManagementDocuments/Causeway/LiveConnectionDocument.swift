package import RelayModel

/// The JSON body of something that is open at a hybrid connection.
package enum LiveConnectionDocument {
    /// What is shown of one listener, joined connection or request.
    package struct Fields: Sendable {
        /// `Listener`, `Connection` or `Request`.
        package var kind: String
        package var trackingID: String
        /// `address:port` of the listener, or of the sender.
        package var remoteEndpoint: String
        package var since: Timestamp
        package var identity: String?
        /// Payload so far.
        package var bytesToListener: Int64
        package var bytesToSender: Int64

        package init(
            kind: String, trackingID: String, remoteEndpoint: String, since: Timestamp, identity: String?,
            bytesToListener: Int64, bytesToSender: Int64
        ) {
            self.kind = kind
            self.trackingID = trackingID
            self.remoteEndpoint = remoteEndpoint
            self.since = since
            self.identity = identity
            self.bytesToListener = bytesToListener
            self.bytesToSender = bytesToSender
        }
    }

    package static func render(_ fields: Fields) -> JSONValue {
        [
            "kind": .string(fields.kind),
            "trackingId": .string(fields.trackingID),
            "remoteEndpoint": .string(fields.remoteEndpoint),
            "since": fields.since.json,
            "identity": JSONValue(fields.identity),
            "bytesToListener": .integer(fields.bytesToListener),
            "bytesToSender": .integer(fields.bytesToSender),
        ]
    }
}
