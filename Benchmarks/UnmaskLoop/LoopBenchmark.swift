import RelayTransport

/// Measures the loop that takes the mask off beside a plain copy of the same bytes.
struct LoopBenchmark: ~Copyable {
    private static let roundsCount = 9
    /// Bytes of one round, whatever the size of a piece.
    private static let bytesEach = 64 * 1024 * 1024

    private let source: UnsafeMutableRawPointer
    private let destination: UnsafeMutableRawPointer
    /// What the measured work left behind, so that the optimiser cannot leave the work out.
    private var witness: UInt32 = 0x1234_5678

    init(sizeMax: Int) {
        source = .allocate(byteCount: sizeMax, alignment: 64)
        destination = .allocate(byteCount: sizeMax, alignment: 64)
        for offset in 0..<sizeMax {
            source.storeBytes(of: UInt8(truncatingIfNeeded: offset &* 31), toByteOffset: offset, as: UInt8.self)
        }
    }

    deinit {
        source.deallocate()
        destination.deallocate()
    }

    /// Medians in nanoseconds for each byte, for pieces of `size` bytes.
    mutating func measure(size: Int) -> (unmask: Double, copy: Double) {
        let times = Self.bytesEach / size
        unmask(size, times: times / 8 + 1)
        let unmasked = (0..<Self.roundsCount).map { _ in
            Self.nanoseconds(ContinuousClock().measure { unmask(size, times: times) })
        }
        let copied = (0..<Self.roundsCount).map { _ in
            Self.nanoseconds(ContinuousClock().measure { copy(size, times: times) })
        }
        let bytes = Double(times * size)
        return (unmasked.sorted()[Self.roundsCount / 2] / bytes, copied.sorted()[Self.roundsCount / 2] / bytes)
    }

    @inline(never)
    private mutating func unmask(_ size: Int, times: Int) {
        for _ in 0..<times {
            witness = WebSocketMask.copy(from: source, to: destination, count: size, key: witness)
        }
    }

    @inline(never)
    private mutating func copy(_ size: Int, times: Int) {
        for _ in 0..<times {
            destination.copyMemory(from: source, byteCount: size)
            witness ^= UInt32(destination.load(as: UInt8.self))
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
    }
}
