#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads whole files and the standard input. Errors name the file and the cause, never the content.
package enum FileContents {
    /// - Throws: `ClientError` when the file cannot be read.
    package static func read(_ path: String) throws(ClientError) -> [UInt8] {
        guard let bytes = try readIfPresent(path) else { throw failure(path, ENOENT) }
        return bytes
    }

    /// `nil` when there is no such file.
    static func readIfPresent(_ path: String) throws(ClientError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, errno)
        }
        defer { close(descriptor) }
        return try read(descriptor, name: path)
    }

    /// - Throws: `ClientError` when it cannot be read.
    package static func readStandardInput() throws(ClientError) -> [UInt8] {
        try read(0, name: "the standard input")
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func read(_ descriptor: CInt, name: String) throws(ClientError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var code: CInt = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                var result: Int
                repeat {
                    #if canImport(Glibc)
                        result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                    #elseif canImport(Musl)
                        result = Musl.read(descriptor, buffer.baseAddress, buffer.count)
                    #else
                        result = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                    #endif
                } while result < 0 && errno == EINTR
                if result < 0 { code = errno }
                count = max(result, 0)
            }
            guard code == 0 else { throw failure(name, code) }
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
        }
    }

    /// The words for an error number of the system.
    static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

    private static func failure(_ name: String, _ code: CInt) -> ClientError {
        ClientError(.input, "\(name) cannot be read: \(reason(code))")
    }
}
