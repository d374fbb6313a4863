/// The kinds of frame of RFC 6455 section 5.2.
package enum FrameOpcode: UInt8, Sendable, Hashable, CaseIterable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    package var isControl: Bool { rawValue >= 8 }
}

/// A breach of RFC 6455 with the close code that says so.
package struct FrameViolation: Error, Sendable, Hashable {
    /// 1002, 1007 or 1009.
    package var code: UInt16
    package var reason: String

    package init(code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// A whole control frame, its payload in clear.
package struct ControlFrame: Sendable, Hashable {
    package var opcode: FrameOpcode
    /// 0 to 125 bytes.
    package var payload: [UInt8]

    package init(_ opcode: FrameOpcode, _ payload: [UInt8] = []) {
        self.opcode = opcode
        self.payload = payload
    }
}

/// The header of one frame.
package struct FrameHeader: Sendable, Hashable {
    package static let lengthMax = 14
    /// Payload of a control frame.
    package static let controlPayloadMax = 125

    package var opcode: FrameOpcode
    package var isFinal: Bool
    /// 0 to 2^63 - 1.
    package var length: Int
    /// As it stands in memory; 0 when the frame is not masked.
    package var key: UInt32

    /// Bytes that the header takes, told by its second byte.
    @inline(__always)
    static func length(secondByte byte: UInt8) -> Int {
        let short = byte & 0x7F
        return 2 + (short == 126 ? 2 : short == 127 ? 8 : 0) + (byte & 0x80 != 0 ? 4 : 0)
    }

    /// Reads a whole header.
    /// - Parameters:
    ///   - bytes: as many bytes as ``length(secondByte:)`` says.
    ///   - isMasked: whether frames of this peer must be masked; those of clients must, those of servers must not.
    /// - Throws: ``FrameViolation`` with 1002 when the header breaks RFC 6455 sections 5.1, 5.2 or 5.5.
    @inline(__always)
    init(_ bytes: UnsafeRawPointer, isMasked: Bool) throws(FrameViolation) {
        let first = bytes.load(as: UInt8.self)
        let second = bytes.load(fromByteOffset: 1, as: UInt8.self)
        guard first & 0x70 == 0 else { throw FrameViolation(code: 1002, "A reserved bit is set.") }
        guard let opcode = FrameOpcode(rawValue: first & 0x0F) else {
            throw FrameViolation(code: 1002, "The opcode \(first & 0x0F) is reserved.")
        }
        guard (second & 0x80 != 0) == isMasked else {
            throw FrameViolation(code: 1002, isMasked ? "A frame of a client is not masked." : "A frame is masked.")
        }
        let short = Int(second & 0x7F)
        var length = short
        var offset = 2
        if short == 126 {
            length = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            offset = 4
        } else if short == 127 {
            let long = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard long <= UInt64(Int64.max) else { throw FrameViolation(code: 1002, "The length has its top bit set.") }
            length = Int(long)
            offset = 10
        }
        if opcode.isControl {
            guard first & 0x80 != 0 else { throw FrameViolation(code: 1002, "A control frame is fragmented.") }
            guard short <= Self.controlPayloadMax else {
                throw FrameViolation(code: 1002, "A control frame has more than 125 bytes.")
            }
        }
        self.opcode = opcode
        isFinal = first & 0x80 != 0
        self.length = length
        key = isMasked ? bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) : 0
    }

    /// Bytes that the header of an outgoing frame takes.
    @inline(__always)
    static func length(payload: Int, isMasked: Bool) -> Int {
        (payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10) + (isMasked ? 4 : 0)
    }

    /// Writes the header of a frame. `key`: the masking key as it stands in memory, of a client's frame; `nil` for a
    /// frame without a mask.
    /// - Returns: the bytes written: 2, 4 or 10, and 4 more with a key.
    @inline(__always)
    static func write(
        opcode: FrameOpcode, isFinal: Bool, length: Int, key: UInt32? = nil, to output: UnsafeMutableRawPointer
    ) -> Int {
        let maskBit: UInt8 = key == nil ? 0 : 0x80
        var count = 2
        output.storeBytes(of: opcode.rawValue | (isFinal ? 0x80 : 0), as: UInt8.self)
        if length < 126 {
            output.storeBytes(of: maskBit | UInt8(truncatingIfNeeded: length), toByteOffset: 1, as: UInt8.self)
        } else if length <= 0xFFFF {
            output.storeBytes(of: maskBit | 126, toByteOffset: 1, as: UInt8.self)
            output.storeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian, toByteOffset: 2, as: UInt16.self)
            count = 4
        } else {
            output.storeBytes(of: maskBit | 127, toByteOffset: 1, as: UInt8.self)
            output.storeBytes(of: UInt64(length).bigEndian, toByteOffset: 2, as: UInt64.self)
            count = 10
        }
        guard let key else { return count }
        output.storeBytes(of: key, toByteOffset: count, as: UInt32.self)
        return count + 4
    }
}
