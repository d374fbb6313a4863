import Testing

struct ListingTests {
    private static let manifest = PackageManifest(Repository.file("Package.swift")?.text ?? "")

    @Test func `every migration is listed and embedded in the order of its number`() throws {
        let files = Repository.names(in: "migrations").filter { $0.hasSuffix(".sql") }
        let list = try #require(Repository.file("migrations/Migrations.swift"))

        #expect(!files.isEmpty)
        #expect(Self.misnumbered(files).isEmpty)
        #expect(Self.listedMigrations(list.text) == files)
        #expect(Self.manifest["Migrations"]?.embedded == files)
    }

    @Test func `every OpenAPI document is listed and embedded`() throws {
        let files = Repository.names(in: "openapi").filter { $0.hasSuffix(".json") }
        let list = try #require(Repository.file("openapi/embedded/embedded_documents.c"))

        #expect(!files.isEmpty)
        #expect(Self.listedDocuments(list.text) == files)
        #expect(list.text.matches(of: #/#embed "\.\.\/([\w.\-]+)"/#).map { String($0.1) } == files)
    }

    @Test func `a migration that is listed under another file is found`() {
        let text = """
            Migration(name: "0001_a", bytes: PackageResources._001_a_sql),
            Migration(name: "0002_b", bytes: PackageResources._002_c_sql),
            """

        #expect(Self.listedMigrations(text) == ["0001_a.sql", "0002_b.sql is PackageResources._002_c_sql"])
    }

    @Test func `a gap and a repetition in the numbers are found`() {
        #expect(Self.misnumbered(["0001_a.sql", "0002_b.sql"]).isEmpty)
        #expect(Self.misnumbered(["0001_a.sql", "0003_b.sql"]) == ["0003_b.sql"])
        #expect(Self.misnumbered(["0001_a.sql", "0001_b.sql"]) == ["0001_b.sql"])
        #expect(Self.misnumbered(["1_a.sql"]) == ["1_a.sql"])
    }

    @Test func `a document that is listed under another file is found`() {
        let text = #"DOCUMENT("a-b.json", a_b_json), DOCUMENT("c.json", d_json)"#

        #expect(Self.listedDocuments(text) == ["a-b.json", "c.json is d_json"])
    }

    private static func misnumbered(_ files: [String]) -> [String] {
        files.enumerated().filter { index, name in
            let digits = String(index + 1)
            return !name.hasPrefix(String(repeating: "0", count: 4 - digits.count) + digits + "_")
        }.map(\.element)
    }

    private static func listedMigrations(_ text: String) -> [String] {
        text.matches(of: #/Migration\(name: "(\w+)", bytes: PackageResources\.(\w+)\)/#).map { match in
            let accessor = "_" + match.1.dropFirst() + "_sql"
            return match.2 == accessor ? "\(match.1).sql" : "\(match.1).sql is PackageResources.\(match.2)"
        }
    }

    private static func listedDocuments(_ text: String) -> [String] {
        text.matches(of: #/DOCUMENT\("([\w.\-]+)", (\w+)\)/#).map { match in
            let accessor = String(match.1.map { $0 == "-" || $0 == "." ? "_" : $0 })
            return match.2 == accessor ? String(match.1) : "\(match.1) is \(match.2)"
        }
    }
}
