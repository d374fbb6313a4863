import Foundation
import RelayModel
import RelayStore
import SharedAccess

/// Copies of the database: made while it is in use, put back while it is not.
package enum Backup {
    /// - Throws: ``ConfigurationError`` when there is no database, or the file exists or cannot be written.
    package static func write(from directory: DataDirectory, to file: String) throws {
        guard FileManager.default.fileExists(atPath: directory.database) else {
            throw ConfigurationError("There is no database in \(directory.path): no server has been started there.")
        }
        guard !FileManager.default.fileExists(atPath: file) else {
            throw ConfigurationError("The file \(file) exists; it is not overwritten.")
        }
        let temporary = "\(file).\(ProcessInfo.processInfo.processIdentifier).tmp"
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        do {
            try DatabaseCopy.write(from: directory.database, to: temporary)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: temporary)
            try FileManager.default.moveItem(atPath: temporary, toPath: file)
        } catch let error as StoreError {
            throw ConfigurationError(error.description)
        } catch let error as CocoaError {
            throw ConfigurationError("The file \(file) cannot be written: \(error.localizedDescription)")
        }
    }

    /// - Returns: where the database that was there is kept.
    /// - Throws: ``ConfigurationError`` when a server runs, or the copy is damaged, newer than this program, or was made
    ///   under another master key.
    package static func restore(
        _ file: String, to directory: DataDirectory, masterKey: MasterKeySource
    ) async throws -> String? {
        let lock = try directory.lock()
        defer { withExtendedLifetime(lock) {} }
        guard FileManager.default.fileExists(atPath: file) else {
            throw ConfigurationError("The file \(file) does not exist.")
        }
        let candidate = directory.database + ".restoring"
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: candidate + ending) }
        defer {
            for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: candidate + ending) }
        }
        do {
            try DatabaseCopy.write(from: file, to: candidate)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: candidate)
            try await check(candidate, directory, masterKey)
        } catch let error as StoreError {
            throw ConfigurationError(error.description)
        }
        return try replace(directory.database, with: candidate)
    }

    private static func check(_ path: String, _ directory: DataDirectory, _ masterKey: MasterKeySource) async throws {
        let vault = try KeyVault(masterKey: masterKey.load(directory, creates: false))
        let store = try Store(path: path, now: Server.wallClock)
        defer { try? store.close() }
        for name in try store.read({ try $0.serverKeyNames() }) {
            guard let sealed = try store.read({ try $0.serverKey(name) }) else { continue }
            guard (try? vault.open(sealed, for: .serverKeys, context: name)) != nil else {
                throw ConfigurationError(
                    "The copy was made under another master key; its keys cannot be decrypted. Give that key by "
                        + "--master-key-file."
                )
            }
        }
    }

    private static func replace(_ database: String, with candidate: String) throws -> String? {
        var kept: String?
        if FileManager.default.fileExists(atPath: database) {
            let name = freeName("\(database).before-restore-\(Server.wallClock().compact)")
            try DatabaseCopy.write(from: database, to: name)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: name)
            kept = name
        }
        // Without its log files the old database must not be opened again, so they go first.
        for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + ending) }
        guard rename(candidate, database) == 0 else {
            throw ConfigurationError(
                "The database \(database) cannot be replaced: \(String(cString: strerror(errno))).")
        }
        return kept
    }

    /// The name, or the first one with a number that no file has: there may be several restores within one second.
    private static func freeName(_ name: String) -> String {
        var free = name
        var number = 2
        while FileManager.default.fileExists(atPath: free) {
            free = "\(name)-\(number)"
            number += 1
        }
        return free
    }
}
