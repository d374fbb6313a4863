/// The request targets of one hybrid connection, as clients of ours ask for them (section 1 of the protocol notes).
package struct RelayTargets: Sendable, Hashable {
    /// The path of the hybrid connection, percent-encoded, with a leading slash.
    package let path: String

    /// `entity`: its name, with `/`.
    package init(entity: String) {
        var bytes: [UInt8] = []
        for segment in entity.split(separator: "/") {
            bytes.append(ASCII.slash)
            PercentEncoding.appendSafely(String(segment), to: &bytes)
        }
        path = String(decoding: bytes, as: UTF8.self)
    }

    /// Opens a control channel. `id`: the listener's GUID.
    package func listen(id: GUID) -> String { "/$hc\(path)?sb-hc-action=listen&sb-hc-id=\(id)" }

    /// Connects as a sender. `id`: the GUID that names the connection in logs of the gateway.
    package func connect(id: GUID) -> String { "/$hc\(path)?sb-hc-action=connect&sb-hc-id=\(id)" }

    /// Runtime information; only with ``runtimeInformationField`` (R112).
    package var runtimeInformation: String { "\(path)?api-version=2016-07" }

    package static let runtimeInformationField = (name: "X-PROCESS-AT", value: "ServiceBus")
    package static let tokenField = "ServiceBusAuthorization"

    /// The path below the hybrid connection at which a manager of ours answers what it finds of its endpoint.
    package static let probeSuffix = "/$causeway/probe"

    /// Whether a relayed request asks for that.
    package static func isProbe(target: String) -> Bool {
        let path = target.prefix { $0 != "?" }
        return path.hasSuffix(probeSuffix) || path.hasSuffix("/%24causeway/probe")
    }

    /// What is appended to an accept address to reject a sender (R61). `description`: any text; it is cut and encoded.
    package static func rejection(status: Int, description: String) -> String {
        var bytes: [UInt8] = []
        let text = ReasonPhrase.sanitised(description, max: 300)
        for byte in text.utf8 {
            if ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == ASCII.hyphen || byte == ASCII.dot {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(ASCII.upperHexDigit(byte >> 4))
                bytes.append(ASCII.upperHexDigit(byte & 15))
            }
        }
        return "&sb-hc-statusCode=\(status)&sb-hc-statusDescription=\(String(decoding: bytes, as: UTF8.self))"
    }
}
