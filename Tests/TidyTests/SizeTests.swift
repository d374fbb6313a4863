import Testing

struct SizeTests {
    static let fileLinesMax = 400
    static let functionLinesMax = 70

    @Test func `no source file has more than 400 lines`() {
        let offences = Repository.sources.flatMap(Self.longFiles)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `no function has more than 70 lines`() {
        let offences = Repository.sources.flatMap(Self.longFunctions)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `no folder of the sources is a drawer for everything`() {
        let offences = Repository.paths(in: "Sources", ending: "").filter(Self.isDrawer)

        #expect(offences.isEmpty, "\(offences)")
    }

    @Test func `a long file is found and one of 400 lines is not`() {
        let line = "let a = 1\n"

        #expect(Self.longFiles(SourceFile(path: "Sources/A/B.swift", String(repeating: line, count: 400))).isEmpty)
        #expect(
            Self.longFiles(SourceFile(path: "Sources/A/B.swift", String(repeating: line, count: 401))).map(
                \.description)
                == ["Sources/A/B.swift:401: the file has 401 lines; at most 400 are allowed"]
        )
    }

    @Test(arguments: [
        "func f(a: Int) {", "private static func f<T>(\n        a: T\n    ) throws where T: P {", "init?(a: Int) {",
        "public init() {", "var a: Int {", "private var a: Int {", "subscript(a: Int) -> Int {", "deinit {",
        "func f()\n    {",
    ])
    func `a long function is found and one of 70 lines is not`(_ start: String) {
        let head = start.split(separator: "\n").count
        let body = { (count: Int) in "\n" + String(repeating: "        g { x }\n", count: count - head - 1) }
        let sample = { (count: Int) in
            SourceFile(path: "a", "struct S {\n    \(start)\(body(count))    }\n    let b = 1\n}\n")
        }

        #expect(Self.longFunctions(sample(70)).isEmpty)
        #expect(Self.longFunctions(sample(71)).map(\.line) == [2])
    }

    @Test func `a requirement without a body has no length`() {
        let filler = String(repeating: "        let a = 1\n", count: 100)
        let text =
            "protocol P {\n    func f(\n        a: Int\n    ) throws\n    var a: Int { get }\n}\nstruct S {\n\(filler)}\n"

        #expect(Self.longFunctions(SourceFile(path: "a", text)).isEmpty)
    }

    @Test func `a drawer is found and a noun is not`() {
        #expect(Self.isDrawer("Sources/A/Utils"))
        #expect(Self.isDrawer("Sources/A/helpers/B.swift"))
        #expect(Self.isDrawer("Sources/Common"))
        #expect(!Self.isDrawer("Sources/HybridConnectionManager/Bridge"))
        #expect(!Self.isDrawer("Sources/A/Manager.swift"))
    }

    private static func longFiles(_ source: SourceFile) -> [Offence] {
        let count = source.file.lines.count - (source.file.text.hasSuffix("\n") ? 1 : 0)
        guard count > fileLinesMax else { return [] }
        return [
            Offence(
                path: source.file.path, line: count,
                what: "the file has \(count) lines; at most \(fileLinesMax) are allowed"
            )
        ]
    }

    /// Functions, initialisers and computed properties. With the repository's format, the closing brace is the first line
    /// after the head that has the indentation of the declaration and starts with `}`.
    private static func longFunctions(_ source: SourceFile) -> [Offence] {
        let lines = source.swift.codeLines
        return lines.indices.compactMap { start in
            let declaration = lines[start].drop { $0 == " " }
            let indentation = lines[start].count - declaration.count
            guard isDeclaration(declaration), let head = endOfHead(lines, start, indentation) else { return nil }
            let end = lines[head...].dropFirst().firstIndex {
                isAt($0, indentation) && $0.dropFirst(indentation).hasPrefix("}")
            }
            guard let end, end - start + 1 > functionLinesMax else { return nil }
            return Offence(
                path: source.file.path, line: start + 1,
                what: "the function has \(end - start + 1) lines; at most \(functionLinesMax) are allowed"
            )
        }
    }

    private static func isDeclaration(_ line: Substring) -> Bool {
        var words = line.split(separator: " ")
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(String(word.prefix { $0 != "(" })) {
            words.removeFirst()
        }
        guard let word = words.first else { return false }
        if word == "func" || word == "deinit" { return true }
        if word == "var" { return line.hasSuffix("{") }
        return ["init(", "init?(", "init<", "subscript(", "subscript<"].contains { word.hasPrefix($0) }
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "static", "class", "final", "override", "required",
        "convenience", "mutating", "nonmutating", "nonisolated", "isolated", "consuming", "borrowing", "lazy",
        "indirect",
    ]

    /// The line that opens the body; `nil` when there is none.
    private static func endOfHead(_ lines: [Substring], _ start: Int, _ indentation: Int) -> Int? {
        for index in lines.indices[start...] {
            if lines[index].contains("{") { return lines[index].hasSuffix("{") ? index : nil }
            guard index + 1 < lines.count else { return nil }
            let next = lines[index + 1]
            let isHead =
                !isAt(next, indentation)
                || [")", "{", "where ", "->"].contains(where: next.dropFirst(indentation).hasPrefix)
            guard isHead, next.contains(where: { $0 != " " }), next.count > indentation else { return nil }
        }
        return nil
    }

    private static func isAt(_ line: Substring, _ indentation: Int) -> Bool {
        line.prefix(indentation).allSatisfy { $0 == " " }
            && line.dropFirst(indentation).first.map { $0 != " " } ?? false
    }

    private static func isDrawer(_ path: String) -> Bool {
        path.split(separator: "/").contains { drawers.contains($0.lowercased()) }
    }

    private static let drawers: Set<String> = [
        "util", "utils", "utilities", "helper", "helpers", "common", "manager", "managers", "misc",
    ]
}
