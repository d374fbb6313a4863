import GRDB
import Migrations
import RelayModel

/// Applies the migrations that a database lacks, in one transaction, after making a copy of it.
struct SchemaUpgrade {
    let pool: DatabasePool
    let path: String
    let now: Timestamp

    func run() throws {
        let applied = try pool.read(Self.appliedMigrations)
        if let unknown = applied.first(where: { name in !Migrations.all.contains { $0.name == name } }) {
            throw StoreError.newerThanProgram(path: path, migration: unknown)
        }
        let pending = Migrations.all.filter { !applied.contains($0.name) }
        guard !pending.isEmpty else { return }
        if let last = applied.last { try pool.vacuum(into: "\(path).before-\(pending[0].name)-after-\(last)") }
        try pool.write { database in
            try database.execute(
                sql:
                    "create table if not exists schema_migration (name text primary key, applied_at integer not null) strict"
            )
            for migration in pending {
                try database.execute(sql: migration.sql)
                try database.execute(
                    sql: "insert into schema_migration (name, applied_at) values (?, ?)",
                    arguments: [migration.name, now.millisecondsSinceEpoch]
                )
            }
        }
    }

    static func appliedMigrations(_ database: Database) throws -> [String] {
        guard try database.tableExists("schema_migration") else {
            let tables = try Int.fetchOne(database, sql: "select count(*) from sqlite_schema where type = 'table'") ?? 0
            guard tables == 0 else {
                throw StoreError.notADatabase(path: "", reason: "it has tables but no schema_migration")
            }
            return []
        }
        return try String.fetchAll(database, sql: "select name from schema_migration order by name")
    }
}
