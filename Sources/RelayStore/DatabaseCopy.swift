import GRDB
import RelayModel

/// Copies of database files, for backup and restore.
public enum DatabaseCopy {
    /// Writes a consistent copy of a database that may be in use, and checks it.
    /// - Throws: ``StoreError`` when the source is no database of causeway or damaged, or the copy cannot be written.
    public static func write(from source: String, to target: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        do {
            let queue = try DatabaseQueue(path: source, configuration: configuration)
            let applied = try queue.read {
                try String.fetchAll($0, sql: "select name from schema_migration order by name")
            }
            guard !applied.isEmpty else {
                throw StoreError.notADatabase(path: source, reason: "it has no schema")
            }
            try queue.vacuum(into: target)
            try queue.close()
            try check(target)
        } catch let error as DatabaseError {
            throw StoreError.notADatabase(path: source, reason: error.message ?? "it cannot be read")
        }
    }

    private static func check(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        let result = try queue.read { try String.fetchAll($0, sql: "pragma quick_check") }
        try queue.close()
        guard result == ["ok"] else {
            throw StoreError.notADatabase(path: path, reason: result.first ?? "the check failed")
        }
    }
}
