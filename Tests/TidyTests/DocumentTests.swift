import Testing

struct DocumentTests {
    @Test func `every document has one title and starts with it`() {
        let offences = Repository.documents.flatMap(Self.badTitles)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `every link inside of the repository leads somewhere`() {
        let offences = Repository.documents.flatMap { Self.brokenLinks($0, exists: Repository.exists) }

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test(.enabled(if: Repository.exists("README.md")))
    func `the README has a quickstart, the compatibility and the licence`() throws {
        let readme = try #require(Repository.file("README.md"))

        #expect(Self.missingSections(readme).isEmpty)
    }

    @Test func `a second, a late and a missing title are found`() {
        let titles = { (text: String) in Self.badTitles(TextFile(path: "a.md", text: text)).map(\.line) }

        #expect(titles("# A\n\n## B\n\n```sh\n# a comment\n```\n") == [])
        #expect(titles("<!-- a -->\n\n# A\n") == [])
        #expect(titles("# A\n\n# B\n") == [3])
        #expect(titles("## B\n\n# A\n") == [3])
        #expect(titles("text\n") == [1])
    }

    @Test func `a link to nothing is found`() {
        let text = """
            # A title, with `code`
            [good](#a-title-with-code) [good](docs/x.md) [good](docs/x.md#y) [good](https://example.com/#z)
            [bad](#b) [bad](docs/z.md)
            ```
            [code](#c)
            ```
            """
        let found = Self.brokenLinks(TextFile(path: "a.md", text: text)) { $0 == "docs/x.md" }

        #expect(found.map(\.what) == ["the link #b leads nowhere", "the link docs/z.md leads nowhere"])
    }

    @Test func `a link is relative to its document`() {
        let file = TextFile(path: "docs/operating/a.md", text: "# A\n[x](../x.md) [y](y.md) [z](../../z.md)\n")

        #expect(Self.brokenLinks(file) { ["docs/x.md", "docs/operating/y.md", "z.md"].contains($0) }.isEmpty)
        #expect(Self.brokenLinks(file) { _ in false }.count == 3)
    }

    @Test func `a missing section is found`() {
        let readme = TextFile(path: "README.md", text: "# A\n\n## Quick start\n\n## Compatibility with B\n")

        #expect(Self.missingSections(readme) == ["licen"])
    }

    /// The lines outside of fenced code, each with its number.
    private static func prose(_ file: TextFile) -> [(line: Int, text: Substring)] {
        var isCode = false
        return file.lines.enumerated().compactMap { index, line in
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                isCode.toggle()
                return nil
            }
            return isCode ? nil : (index + 1, line)
        }
    }

    private static func headings(_ file: TextFile) -> [(line: Int, level: Int, text: String)] {
        prose(file).compactMap { line, text in
            let level = text.prefix { $0 == "#" }.count
            guard (1...6).contains(level), text.dropFirst(level).hasPrefix(" ") else { return nil }
            return (line, level, String(text.dropFirst(level + 1)))
        }
    }

    private static func badTitles(_ file: TextFile) -> [Offence] {
        let headings = headings(file)
        let titles = headings.filter { $0.level == 1 }
        guard let first = titles.first else {
            return [Offence(path: file.path, line: 1, what: "the document has no title")]
        }
        let late = headings.first?.level == 1 ? [] : [first.line]
        return (late + titles.dropFirst().map(\.line)).map {
            Offence(path: file.path, line: $0, what: "the title is not the one first heading")
        }
    }

    private static func brokenLinks(_ file: TextFile, exists: (String) -> Bool) -> [Offence] {
        let anchors = Set(headings(file).map { anchor($0.text) })
        return prose(file).flatMap { line, text in
            text.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }.filter { link in
                if link.hasPrefix("#") { return !anchors.contains(String(link.dropFirst())) }
                if link.contains("://") || link.hasPrefix("mailto:") { return false }
                return !exists(resolved(String(link.prefix { $0 != "#" }), from: file.path))
            }.map { Offence(path: file.path, line: line, what: "the link \($0) leads nowhere") }
        }
    }

    /// The anchor that sites for source code make from a heading.
    private static func anchor(_ heading: String) -> String {
        heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            .map { $0 == " " ? "-" : String($0) }.joined()
    }

    private static func resolved(_ link: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    private static func missingSections(_ readme: TextFile) -> [String] {
        let headings = headings(readme).map { $0.text.lowercased().filter { $0 != " " } }
        return ["quickstart", "compatib", "licen"].filter { word in !headings.contains { $0.contains(word) } }
    }
}
