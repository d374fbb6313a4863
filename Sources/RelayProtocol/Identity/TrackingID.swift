/// What names one connection, request or control channel in texts, logs and messages: a GUID and the mark of the gateway
/// that made it, `{guid}_G{n}`. The GUID is the client's own when it gave one.
package struct TrackingID: Sendable, Hashable, CustomStringConvertible {
    package let guid: GUID
    /// The gateway's number, 0 for a single one.
    package let gateway: Int

    package init(guid: GUID, gateway: Int = 0) {
        self.guid = guid
        self.gateway = gateway
    }

    package var description: String { "\(guid.text)_G\(gateway)" }
}
