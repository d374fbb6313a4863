import GRDB
public import RelayModel

import struct Foundation.Data

/// One transaction with one moment of time. Queries stand in extensions, one file for each kind of resource.
public struct StoreTransaction {
    let database: Database
    /// The moment of the whole transaction.
    public let now: Timestamp

    /// What the writer must know of the transaction; `nil` in a read.
    private let changes: GroupWriter.ChangeWatch?

    init(_ database: Database, now: Timestamp, changes: GroupWriter.ChangeWatch? = nil) {
        self.database = database
        self.now = now
        self.changes = changes
    }

    /// Says that a principal, a secret or a role assignment changed.
    func identityChanged() {
        changes?.identityChanged()
    }

    /// A value that no other version of any resource had: 64 random bits in hexadecimal.
    func newETag() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    func first<Value>(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ read: (inout ColumnReader) throws -> Value
    ) throws -> Value? {
        let statement = try database.cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
        guard let row = try cursor.next() else { return nil }
        var columns = ColumnReader(row: row)
        return try read(&columns)
    }

    func all<Value>(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ read: (inout ColumnReader) throws -> Value
    ) throws -> [Value] {
        let statement = try database.cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
        var values: [Value] = []
        while let row = try cursor.next() {
            var columns = ColumnReader(row: row)
            values.append(try read(&columns))
        }
        return values
    }

    func count(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Int {
        try first(sql, arguments) { $0.int() } ?? 0
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Int {
        try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
        return database.changesCount
    }

    func insert(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Int64 {
        try execute(sql, arguments)
        return database.lastInsertedRowID
    }
}

/// Reads the columns of one row from left to right.
struct ColumnReader {
    private let row: Row
    private var index = 0

    init(row: Row) {
        self.row = row
    }

    mutating func int64() -> Int64 { next() }
    mutating func int() -> Int { Int(int64()) }
    mutating func bool() -> Bool { int64() != 0 }
    mutating func string() -> String { next() }
    mutating func bytes() -> [UInt8] { Array(next() as Data) }
    mutating func timestamp() -> Timestamp { Timestamp(millisecondsSinceEpoch: next()) }
    mutating func location() -> Location { Location(stored: next()) }
    mutating func tags() -> Tags { Tags(stored: next()) }

    mutating func stringIfPresent() -> String? { nextIfPresent() }
    mutating func int64IfPresent() -> Int64? { nextIfPresent() }
    mutating func bytesIfPresent() -> [UInt8]? { (nextIfPresent() as Data?).map { Array($0) } }
    mutating func timestampIfPresent() -> Timestamp? {
        (nextIfPresent() as Int64?).map(Timestamp.init(millisecondsSinceEpoch:))
    }

    private mutating func next<Value: DatabaseValueConvertible & StatementColumnConvertible>() -> Value {
        defer { index += 1 }
        return row[index]
    }

    private mutating func nextIfPresent<Value: DatabaseValueConvertible & StatementColumnConvertible>() -> Value? {
        defer { index += 1 }
        return row[index]
    }

    /// The four columns that end each select of a resource: etag, created_at, updated_at; with the row's ID first.
    mutating func versioned<Value: Sendable>(rowID: Int64, id: ResourceID, _ value: Value) -> Versioned<Value> {
        Versioned(
            rowID: rowID, id: id, value: value, etag: string(), createdAt: timestamp(), updatedAt: timestamp()
        )
    }
}

extension Tags {
    /// Tags as the store keeps them: a JSON object of strings.
    init(stored text: String) {
        guard text != "{}", case .object(let object)? = try? JSONValue(text: text) else {
            self = .none
            return
        }
        self.init(unchecked: object.members.map { Tag(name: $0.name, value: $0.value.string ?? "") })
    }

    var stored: String {
        var object = JSONObject()
        for entry in entries { object.append(entry.name, .string(entry.value)) }
        return JSONValue.object(object).text
    }
}

/// Bytes as a column of type blob.
func blob(_ bytes: [UInt8]?) -> Data? { bytes.map { Data($0) } }
