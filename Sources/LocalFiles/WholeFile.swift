#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that are read and written as a whole.
package enum WholeFile {
    /// - Throws: ``FileFailure`` when the file cannot be read.
    package static func read(_ path: String) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path, "read", errorNumber: errno) }
        defer { close(descriptor) }
        return try read(descriptor, name: path)
    }

    /// Everything that comes on a descriptor until its end.
    package static func read(_ descriptor: CInt, name: String) throws(FileFailure) -> [UInt8] {
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
            guard code == 0 else { throw FileFailure(name, "read", errorNumber: code) }
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
        }
    }

    /// Writes a file that is either wholly there or not at all, also after a crash: beside it, flushed, and renamed.
    /// - Parameters:
    ///   - bytes: the content.
    ///   - path: the file.
    ///   - mode: its mode, whatever the process's mask is.
    /// - Throws: ``FileFailure``; the old file is as it was then.
    package static func write(_ bytes: [UInt8], to path: String, mode: Int) throws(FileFailure) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw FileFailure(path, "written", errorNumber: errno) }
        defer { close(descriptor) }
        // The mode above was narrowed by the mask.
        fchmod(descriptor, mode_t(mode))
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    Musl.write(descriptor, buffer.baseAddress, buffer.count)
                #else
                    Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            guard count > 0 else {
                let failure = FileFailure(path, "written", errorNumber: errno)
                unlink(temporary)
                throw failure
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            let failure = FileFailure(path, "written", errorNumber: errno)
            unlink(temporary)
            throw failure
        }
    }

    /// The words for an error number of the system.
    package static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The permission bits of a file; `nil` when there is none.
    package static func mode(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Int(status.st_mode & 0o7777)
    }

    /// Makes a folder and those above it, for its user alone.
    /// - Throws: ``FileFailure`` when one cannot be made.
    package static func makeFolder(_ path: String) throws(FileFailure) {
        guard !exists(path) else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FileFailure(path, "made", errorNumber: errno)
        }
    }

    /// When a file was changed last, and how large it is; `nil` when there is none. For noticing that it was changed.
    package static func version(of path: String) -> FileVersion? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return FileVersion(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int64(time.tv_sec),
            nanoseconds: Int64(time.tv_nsec))
    }
}

/// Tells two contents of a file apart without reading it.
package struct FileVersion: Sendable, Hashable {
    var inode: UInt64
    var size: Int64
    var seconds: Int64
    var nanoseconds: Int64
}
