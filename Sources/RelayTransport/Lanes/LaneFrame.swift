package import NIOCore

/// The frames of a lane: a WebSocket that carries many streams. The messages of the WebSocket are one sequence of bytes, in
/// which frames follow one another; a frame may be cut by the end of a message. See docs/internals/lanes.md.
///
/// A frame begins with eight bytes in network order: kind (1), length of the payload (3), stream (4).
package enum LaneFrame {
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case data = 0
        /// A stream is to begin.
        case open = 1
        /// The stream stands.
        case accepted = 2
        /// The stream does not begin: a status of two bytes, and a text.
        case refused = 3
        /// Four bytes: so many more bytes of data may be sent.
        case window = 4
        /// No more data comes in this direction.
        case end = 5
        /// The stream is lost; a text says why.
        case reset = 6
        /// The listener that was chosen has no lanes: open a WebSocket of your own for this stream.
        case classic = 7
        /// A new token for the lane. Of no stream.
        case token = 8
        /// The token is not good: a status of two bytes, and a text. Of no stream.
        case tokenRefused = 9
        /// No new streams, please; those that stand go on. Of no stream.
        case goAway = 10
    }

    package static let headerLength = 8
    /// Payload of one frame of data that we send.
    package static let dataMax = 65_536
    /// Payload of a frame of any other kind.
    package static let controlMax = 16 * 1024
    /// Payload that a header can announce.
    static let lengthMax = 0xFF_FFFF
}

extension ByteBuffer {
    /// Appends a frame without a payload, or the header of one.
    @inline(__always)
    package mutating func writeLaneHeader(_ kind: LaneFrame.Kind, stream: UInt32, length: Int = 0) {
        let first = UInt64(kind.rawValue) << 56 | UInt64(truncatingIfNeeded: length & LaneFrame.lengthMax) << 32
        writeInteger(first | UInt64(stream))
    }

    /// Appends a frame of data.
    package mutating func writeLaneData(stream: UInt32, _ bytes: ByteBuffer) {
        writeLaneHeader(.data, stream: stream, length: bytes.readableBytes)
        writeImmutableBuffer(bytes)
    }

    /// Appends a frame with a text; it is cut at what a frame may hold.
    package mutating func writeLaneText(_ kind: LaneFrame.Kind, stream: UInt32, _ text: String) {
        let bytes = text.utf8.prefix(LaneFrame.controlMax)
        writeLaneHeader(kind, stream: stream, length: bytes.count)
        writeBytes(bytes)
    }

    /// Appends a frame with a status and a text.
    package mutating func writeLaneStatus(_ kind: LaneFrame.Kind, stream: UInt32, status: Int, _ text: String) {
        let bytes = text.utf8.prefix(LaneFrame.controlMax - 2)
        writeLaneHeader(kind, stream: stream, length: 2 + bytes.count)
        writeInteger(UInt16(clamping: status))
        writeBytes(bytes)
    }

    /// Appends a frame that gives credit.
    package mutating func writeLaneWindow(stream: UInt32, _ bytes: Int) {
        writeLaneHeader(.window, stream: stream, length: 4)
        writeInteger(UInt32(clamping: bytes))
    }
}

/// Reads the frames of a lane from pieces of its bytes, however they are cut. Data comes out as it comes in; other frames
/// come out whole.
package struct LaneReader: Sendable {
    package enum Event: Sendable, Hashable {
        /// A part of a frame of data: the next bytes of the piece, so many of them.
        case data(stream: UInt32, count: Int)
        case frame(LaneFrame.Kind, stream: UInt32, [UInt8])
        /// The piece is used up.
        case needsMore
        /// What came is no lane; it is not read any further.
        case violation(String)
    }

    private var kind = LaneFrame.Kind.data
    private var stream: UInt32 = 0
    /// Payload of the present frame that is missing.
    private var missing = 0
    private var header: UInt64 = 0
    private var headerCount = 0
    private var payload: [UInt8] = []
    private var isBroken = false

    package init() {}

    /// The next event. After ``Event/data(stream:count:)`` the caller takes that many bytes from `offset - count`.
    /// - Parameters:
    ///   - bytes: a piece.
    ///   - offset: where to begin in it; grows by what was read.
    /// - Returns: what was found first.
    package mutating func next(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Event {
        guard !isBroken else {
            offset = bytes.count
            return .needsMore
        }
        while true {
            if missing > 0 {
                let count = min(missing, bytes.count - offset)
                guard count > 0 else { return .needsMore }
                missing -= count
                offset += count
                if kind == .data { return .data(stream: stream, count: count) }
                payload.append(contentsOf: bytes[(offset - count)..<offset])
                guard missing == 0 else { return .needsMore }
                defer { payload = [] }
                return .frame(kind, stream: stream, payload)
            }
            guard readHeader(bytes, &offset) else { return .needsMore }
            if let violation = begin() {
                isBroken = true
                return .violation(violation)
            }
            if missing == 0, kind != .data { return .frame(kind, stream: stream, []) }
        }
    }

    /// - Returns: false while the header is not whole.
    @inline(__always)
    private mutating func readHeader(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Bool {
        if headerCount == 0, bytes.count - offset >= LaneFrame.headerLength {
            header = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += LaneFrame.headerLength
            return true
        }
        while offset < bytes.count {
            header = header << 8 | UInt64(bytes[offset])
            offset += 1
            headerCount += 1
            if headerCount == LaneFrame.headerLength {
                headerCount = 0
                return true
            }
        }
        return false
    }

    /// - Returns: what is wrong with the header.
    @inline(__always)
    private mutating func begin() -> String? {
        let code = UInt8(truncatingIfNeeded: header >> 56)
        guard let kind = LaneFrame.Kind(rawValue: code) else { return "A frame is of the unknown kind \(code)." }
        self.kind = kind
        stream = UInt32(truncatingIfNeeded: header)
        missing = Int(header >> 32 & UInt64(LaneFrame.lengthMax))
        guard kind == .data || missing <= LaneFrame.controlMax else {
            return "A frame of the kind \(code) has \(missing) bytes; at most \(LaneFrame.controlMax) are allowed."
        }
        return nil
    }
}
