/// The XOR of RFC 6455 section 5.3, as a copy from one place to another.
package enum WebSocketMask {
    /// Copies `count` bytes and applies the key to them; a key of 0 makes it a plain copy.
    ///
    /// The loop over `UInt64` is one that the optimiser turns into the widest registers of the machine; types wider than
    /// these are split into single bytes and cost hundreds of times more.
    /// - Parameters:
    ///   - source: at least `count` readable bytes.
    ///   - destination: at least `count` writable bytes that do not overlap the source.
    ///   - count: bytes to copy.
    ///   - key: the four bytes of the key as they stand in memory, rotated so that the first byte of the source meets
    ///     the first of them.
    /// - Returns: the key rotated for the byte after the last one.
    @inlinable
    package static func copy(
        from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int, key: UInt32
    ) -> UInt32 {
        let wide = UInt64(key) | UInt64(key) << 32
        let words = count &>> 3
        var offset = 0
        for _ in 0..<words {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            destination.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        // Eight is a multiple of the key's length, so the tail begins with the key's first byte.
        var tail = littleEndian(key)
        while offset < count {
            let byte = source.load(fromByteOffset: offset, as: UInt8.self)
            destination.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: tail), toByteOffset: offset, as: UInt8.self)
            tail = tail &>> 8 | tail &<< 24
            offset &+= 1
        }
        return littleEndian(tail)
    }

    /// Applies the key to bytes where they are. A loop of its own: the optimiser widens neither this one nor a copy onto
    /// itself when it must expect that the two places overlap.
    @inlinable
    package static func apply(to bytes: UnsafeMutableRawPointer, count: Int, key: UInt32) {
        let wide = UInt64(key) | UInt64(key) << 32
        let words = count &>> 3
        var offset = 0
        for _ in 0..<words {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            bytes.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        var tail = littleEndian(key)
        while offset < count {
            let byte = bytes.load(fromByteOffset: offset, as: UInt8.self)
            bytes.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: tail), toByteOffset: offset, as: UInt8.self)
            tail = tail &>> 8 | tail &<< 24
            offset &+= 1
        }
    }

    /// The first byte in memory becomes the lowest; on little-endian machines nothing changes.
    @inlinable
    static func littleEndian(_ key: UInt32) -> UInt32 { UInt32(littleEndian: key) }
}
