#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps other processes out of a folder. The system releases it when the process ends, however it ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    package enum Outcome: Sendable {
        case held(FileLock)
        /// Another process has it, with its process ID when that is known.
        case taken(by: String)
    }

    /// Takes the lock, and writes the process ID into the file.
    /// - Throws: ``FileFailure`` when the file cannot be opened.
    package static func take(_ path: String) throws(FileFailure) -> Outcome {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path, "opened", errorNumber: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? WholeFile.read(descriptor, name: path)) ?? []
            close(descriptor)
            return .taken(by: String(decoding: owner.filter { (0x30...0x39).contains($0) }, as: UTF8.self))
        }
        _ = ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = write(descriptor, text, text.count)
        return .held(FileLock(descriptor: descriptor))
    }

    deinit {
        close(descriptor)
    }
}
