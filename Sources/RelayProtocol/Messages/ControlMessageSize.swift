/// What fits a control channel.
package enum ControlMessageSize {
    /// Bytes of one text message at most (R37): .NET reads it into a buffer of 64 KiB and spins when that is full.
    package static let textMax = 65_535
    /// Bytes of a body on the control channel at most, in either direction (R90, R97).
    package static let bodyMax = 65_536
    /// Bytes of all names and values of header fields together at most (documented as 32 kB).
    package static let headerFieldsMax = 32 * 1024

    /// Whether an encoded message may be sent as one text message.
    package static func fits(_ message: [UInt8]) -> Bool { message.count <= textMax }

    /// Bytes of all names and values together.
    package static func headerFieldsSize(_ fields: HeaderFields) -> Int {
        fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }

    /// Whether a request goes over the control channel as a whole: message and body together keep to 64 KiB, which is
    /// where a published listener draws the line as well. Larger ones go by rendezvous (R90, R91).
    package static func isSmall(message: [UInt8], bodySize: Int) -> Bool {
        fits(message) && bodySize <= bodyMax - min(message.count, bodyMax)
    }
}
