/// Masking keys of frames that we send as a client. RFC 6455 section 5.3 wants them unpredictable, so they come from the
/// system; many at a time, because asking it costs more than masking a small frame.
struct MaskKeys {
    private static let batch = 128
    private var keys: [UInt32] = []

    mutating func next() -> UInt32 {
        if let key = keys.popLast() { return key }
        var generator = SystemRandomNumberGenerator()
        keys.reserveCapacity(Self.batch)
        for _ in 0..<(Self.batch / 2) {
            let bits: UInt64 = generator.next()
            keys.append(UInt32(truncatingIfNeeded: bits))
            keys.append(UInt32(truncatingIfNeeded: bits >> 32))
        }
        return keys.popLast() ?? 0
    }
}
