import Testing

struct SQLTests {
    @Test func `SQL stands in the migrations and the store alone`() {
        let offences = Repository.sources.flatMap(Self.strayStatements)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `no value is written into SQL`() {
        let offences = Repository.sources.flatMap(Self.interpolatedStatements)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test(arguments: [
        "\"select 1\"", "\"insert into a values (1)\"", "\"update a set b = 1\"", "\"delete from a\"", "\"SELECT 1\"",
        "\"\"\"\n    select a\n    from b\n    \"\"\"", "#\"  delete from a\"#",
    ])
    func `a statement outside of the store is found`(_ literal: String) {
        let text = "let a = \(literal)\n"

        #expect(Self.strayStatements(SourceFile(path: "Sources/ControlPlane/A.swift", text)).count == 1)
        #expect(Self.strayStatements(SourceFile(path: "Sources/RelayStore/A.swift", text)).isEmpty)
        #expect(Self.strayStatements(SourceFile(path: "migrations/Migrations.swift", text)).isEmpty)
    }

    @Test(arguments: ["\"Select a plan.\"", "\"selected\"", "\"Update of \"", "\"the update \"", "// \"select 1\""])
    func `a sentence is no statement`(_ literal: String) {
        #expect(Self.strayStatements(SourceFile(path: "Sources/ControlPlane/A.swift", literal)).isEmpty)
    }

    @Test(arguments: [
        #""select a from b where c = '\(name)'""#, #""select \(Self.columns) from \(table)""#,
        #""\(Self.select) where a = \(a)""#, #""pragma user_version = \(version)""#, #"try execute("\(a) b")"#,
        #"try self.execute(  "\(a)")"#, #"db.execute(sql: "x \(a)")"#, #"let clause = " where a > \(a)""#,
        #"let order = "order by \(column)""#, "try first(\n    \"\\(a) b\", []) { $0 }",
        "try all(\n    \"\"\"\n    \\(select)\n    \"\"\"\n)", ##"try execute(#"delete from a where b = \#(c)"#)"##,
    ])
    func `a value in a statement is found`(_ text: String) {
        #expect(Self.interpolatedStatements(SourceFile(path: "Sources/RelayStore/A.swift", text)).count == 1)
    }

    @Test(arguments: [
        #""\(Self.select) where a = ?""#, #"try execute("select \(Self.columns) from a")"#, #""select a from b""#,
        #"ServiceError(.conflict, "The group '\(name)' has an update in flight.")"#, #""\(path).before""#,
        #"try execute("delete from a where b = ?", ["\(name)"])"#, #"print("\(a)")"#,
        #"func f(a: StaticString) { execute("select \(Self.b) where \(a)") }"#,
    ])
    func `a constant in a statement and a value in a sentence are not found`(_ text: String) {
        #expect(Self.interpolatedStatements(SourceFile(path: "Sources/RelayStore/A.swift", text)).isEmpty)
    }

    private static func strayStatements(_ source: SourceFile) -> [Offence] {
        guard !["RelayStore", "Migrations"].contains(source.target) else { return [] }
        let statement = #/^\s*(select|insert into|update|delete from|SELECT|INSERT INTO|UPDATE|DELETE FROM) /#
        return source.swift.literals.filter { $0.text.contains(statement) }.map {
            Offence(path: source.file.path, line: $0.line, what: "SQL belongs into the store")
        }
    }

    /// A text of the store is SQL when it starts or goes on like a statement, or is the first argument of a call that runs
    /// one. What may stand in it are constants of the type, `\(Self.columns)`, and what the file declares as a
    /// `StaticString`, which can be nothing but a literal.
    private static func interpolatedStatements(_ source: SourceFile) -> [Offence] {
        guard source.target == "RelayStore" else { return [] }
        let constants = Set(source.swift.code.matches(of: #/(\w+): StaticString/#).map { String($0.1) })
        return source.swift.literals.filter { literal in
            guard isArgument(literal.before) || isStatement(literal.text) else { return false }
            let allowed = literal.text.matches(of: #/\\#*\((Self\.)?(\w+)\)/#).filter {
                $0.1 != nil || constants.contains(String($0.2))
            }
            return literal.text.matches(of: #/\\#*\(/#).count > allowed.count
        }.map { Offence(path: source.file.path, line: $0.line, what: "a value is written into SQL; bind it") }
    }

    private static func isArgument(_ before: String) -> Bool {
        before.contains(
            #/\b(execute|insert|first|all|count|cachedStatement)\(\s*$|\b(sql|literal):\s*$/#.wordBoundaryKind(.simple))
    }

    private static func isStatement(_ text: String) -> Bool {
        text.contains(
            #/^\s*(select|insert|update|delete|replace|with|create|alter|drop|pragma|vacuum|attach|savepoint) /#)
            || text.contains(#/^\s*\\\(Self\./#) || text.contains(#/(^|\s)(where|order by|group by|having|values) /#)
    }
}
