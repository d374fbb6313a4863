import Foundation
package import LocalFiles
import RelayModel

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
    package func lock() throws -> FileLock {
        let outcome: FileLock.Outcome
        do { outcome = try FileLock.take(lockFile) } catch { throw ConfigurationError("The file \(error).") }
        switch outcome {
        case .held(let lock): return lock
        case .taken(let owner):
            let process = owner.isEmpty ? "" : " (process \(owner))"
            throw ConfigurationError(
                "The data directory \(path) is in use by another causeway server\(process). "
                    + "Stop that one first, or give this one a --data-directory of its own."
            )
        }
    }

    /// Writes a file that is either wholly there or not at all.
    package static func writeAtomically(_ text: String, to path: String, mode: Int) throws {
        do {
            try WholeFile.write(Array(text.utf8), to: path, mode: mode)
        } catch {
            throw ConfigurationError("The file \(error).")
        }
    }
}
