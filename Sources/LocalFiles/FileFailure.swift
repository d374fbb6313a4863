#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of this machine that could not be used. Names the file and the cause, never the content.
package struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without the full stop.
    package var description: String
    /// Whether there is no such file.
    package var isMissing = false

    package init(_ description: String) {
        self.description = description
    }

    init(_ path: String, _ what: String, errorNumber code: CInt) {
        description = "\(path) cannot be \(what): \(String(cString: strerror(code)))"
        isMissing = code == ENOENT || code == ENOTDIR
    }
}
