import Foundation
import RelayModel

#if canImport(Glibc)
    import Glibc
#endif

/// The folder that holds everything that a server keeps. Mode 0700; one server at a time.
package struct DataDirectory: Sendable {
    package let path: String

    /// `creates`: makes the folder when it is missing; otherwise that is an error.
    package init(_ path: String, creates: Bool = true) throws {
        let expanded = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        self.path = URL(fileURLWithPath: expanded).standardized.path
        guard creates || FileManager.default.fileExists(atPath: self.path) else {
            throw ConfigurationError("The data directory \(self.path) does not exist.")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: self.path + "/tls", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ConfigurationError("The data directory \(self.path) cannot be made: \(error.localizedDescription)")
        }
    }

    package var database: String { path + "/causeway.db" }
    package var masterKey: String { path + "/master.key" }
    package var runtimeFile: String { path + "/runtime.json" }
    package var bootstrapFile: String { path + "/bootstrap.json" }
    package var caFile: String { path + "/tls/ca.pem" }
    private var lockFile: String { path + "/lock" }

    /// Keeps other servers out as long as the result lives.
    /// - Throws: ``ConfigurationError`` when another process has the directory, with its process ID.
    package func lock() throws -> DataDirectoryLock {
        let descriptor = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationError("The file \(lockFile) cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? String(contentsOfFile: lockFile, encoding: .utf8)) ?? ""
            close(descriptor)
            let process = owner.isEmpty ? "" : " (process \(owner.filter(\.isNumber)))"
            throw ConfigurationError(
                "The data directory \(path) is in use by another causeway server\(process). "
                    + "Stop that one first, or give this one a --data-directory of its own."
            )
        }
        _ = ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = write(descriptor, text, text.count)
        return DataDirectoryLock(descriptor: descriptor)
    }

    /// Writes a file that is either wholly there or not at all.
    package static func writeAtomically(_ text: String, to path: String, mode: Int) throws {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw fileError(path) }
        defer { close(descriptor) }
        // The mode above was narrowed by the umask.
        fchmod(descriptor, mode_t(mode))
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw fileError(path) }
            bytes = bytes.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw fileError(path) }
    }

    private static func fileError(_ path: String) -> ConfigurationError {
        ConfigurationError("The file \(path) cannot be written: \(String(cString: strerror(errno))).")
    }
}

/// Holds the lock on a data directory; the system releases it when the process ends, however it ends.
package final class DataDirectoryLock: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
