#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A result that could not be printed, so that a full disk does not look like success.
struct OutputError: Error, CustomStringConvertible {
    /// The system's error number.
    var code: CInt

    /// Whether the reader has gone, as `head` does when it has enough; that is nothing to report.
    var isClosedPipe: Bool { code == EPIPE }

    var description: String { "the standard output cannot be written: \(String(cString: strerror(code)))" }
}
