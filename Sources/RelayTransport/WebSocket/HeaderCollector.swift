/// Collects the bytes of a frame header that arrives in pieces.
struct HeaderCollector: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private(set) var count = 0

    /// Takes the next byte.
    /// - Returns: true when the header is whole.
    mutating func append(_ byte: UInt8) -> Bool {
        let place = count
        let length = withUnsafeMutableBytes { bytes in
            bytes[place] = byte
            return FrameHeader.length(secondByte: bytes[1])
        }
        count += 1
        return count >= 2 && count == length
    }

    /// The whole header; begins anew.
    /// - Throws: ``FrameViolation`` as ``FrameHeader`` does.
    mutating func take(isMasked: Bool) throws(FrameViolation) -> FrameHeader {
        count = 0
        var storage = (low, high)
        return try Swift.withUnsafeBytes(of: &storage) { bytes throws(FrameViolation) in
            guard let base = bytes.baseAddress else { throw FrameViolation(code: 1002, "There is no header.") }
            return try FrameHeader(base, isMasked: isMasked)
        }
    }

    private mutating func withUnsafeMutableBytes<Value>(_ body: (UnsafeMutableRawBufferPointer) -> Value) -> Value {
        var storage = (low, high)
        defer { (low, high) = storage }
        return Swift.withUnsafeMutableBytes(of: &storage, body)
    }
}
