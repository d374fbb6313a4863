#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The two streams of a command: the output for results, the error for everything else.
enum StandardStream: CInt {
    case output = 1
    case error = 2

    /// Writes one line.
    /// - Throws: `OutputError` when the stream does not take it.
    func write(line: String) throws(OutputError) {
        try write(Array((line + "\n").utf8))
    }

    /// - Throws: `OutputError` when the stream does not take them.
    func write(_ bytes: [UInt8]) throws(OutputError) {
        // What was printed before stands in a buffer of the C library and comes first.
        fflush(nil)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    Glibc.write(rawValue, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    Musl.write(rawValue, buffer.baseAddress, buffer.count)
                #else
                    Darwin.write(rawValue, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputError(code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Whether a person reads it.
    var isTerminal: Bool { isatty(rawValue) == 1 }
}
