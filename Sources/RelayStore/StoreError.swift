import GRDB
import RelayModel

/// A fault of the store that stops the server from starting.
public enum StoreError: Error, Sendable, CustomStringConvertible {
    /// The database holds a migration that this program does not know.
    case newerThanProgram(path: String, migration: String)
    case cannotOpen(path: String, reason: String)
    case notADatabase(path: String, reason: String)

    public var description: String {
        switch self {
        case .newerThanProgram(let path, let migration):
            "The database \(path) was written by a newer causeway (it has the schema '\(migration)'). "
                + "Run that version, or restore a backup of this one."
        case .cannotOpen(let path, let reason): "The database \(path) cannot be opened: \(reason)."
        case .notADatabase(let path, let reason): "The file \(path) is not a database of causeway: \(reason)."
        }
    }

    static func opening<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError.cannotOpen(
                path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }

    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw translated(error) }
    }

    /// The one place where what SQLite refuses becomes what a caller can act on.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_CONSTRAINT:
            return ServiceError(.conflict, "The change contradicts another resource that was changed at the same time.")
        case .SQLITE_FULL:
            return ServiceError(.insufficientStorage, "The disk of the server is full; nothing was changed.")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            return ServiceError(.insufficientStorage, "The server could not write to its disk; nothing was changed.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return ServiceError(.serviceUnavailable, "The database is busy; nothing was changed. Try again.")
        default:
            return error
        }
    }
}
