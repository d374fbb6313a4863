import Foundation
import Testing

struct WordTests {
    @Test func `no source leaves work undone`() {
        let offences = Repository.sources.flatMap { Self.unfinishedWork($0.file) }

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `no source ends the process or prints on the way`() {
        let offences = Repository.sources.flatMap(Self.bannedCalls)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `no source and no document names a folder of one machine`() {
        let texts = Repository.sources.map(\.file) + Repository.documents
        let offences = texts.flatMap(Self.machinePaths)

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `unfinished work is found`() {
        let file = TextFile(path: "a", text: "// TODO: b\nlet todo = 1\n/* FIXME */\nlet TODOS = 2\n")

        #expect(Self.unfinishedWork(file).map(\.line) == [1, 3])
    }

    @Test(arguments: [
        "fatalError()", "fatalError(\"a\")", "try! a()", "a as! B", "print(a)", "Swift.print(a)", "debugPrint(a)",
        "{ print(a) }", "\"\\(try! a())\"",
    ])
    func `a banned call is found`(_ text: String) {
        #expect(Self.bannedCalls(SourceFile(path: "Sources/A/B.swift", "let a = 1\n\(text)\n")).map(\.line) == [2])
    }

    @Test(arguments: [
        "// fatalError(", "\"try! \"", "fingerprint(a)", "a as? B", "try? a()", "preconditionFailure()",
        "func sprint(a: B)",
        "/* print( */", "myfatalError(1)",
    ])
    func `what only looks like a banned call is not found`(_ text: String) {
        #expect(Self.bannedCalls(SourceFile(path: "Sources/A/B.swift", text)).isEmpty)
    }

    @Test func `only the commands print`() {
        #expect(Self.bannedCalls(SourceFile(path: "Sources/causeway/B.swift", "print(a)")).isEmpty)
        #expect(Self.bannedCalls(SourceFile(path: "Sources/causeway/B.swift", "try! a()")).count == 1)
    }

    @Test(arguments: [
        "/work/main", "see /root/x", "\"/tmp/a\"", "`/tmp/`", "file:///tmp/a", "a\n  cd /work/", "=/tmp/x",
        "(/root/.ssh)",
    ])
    func `a folder of one machine is found`(_ text: String) {
        #expect(Self.machinePaths(TextFile(path: "a", text: text)).count == 1)
    }

    @Test(arguments: ["homework/a", "/var/tmp/a", "./tmp/a", "a/root/b", "/workshop/", "/temporary/", "the root/"])
    func `another path is not found`(_ text: String) {
        #expect(Self.machinePaths(TextFile(path: "a", text: text)).isEmpty)
    }

    private static func unfinishedWork(_ file: TextFile) -> [Offence] {
        offences(file, ["TODO", "FIXME"], "leaves work undone") { !isWord($0) && !isWord($1) }
    }

    private static func bannedCalls(_ source: SourceFile) -> [Offence] {
        let code = TextFile(path: source.file.path, text: source.swift.code)
        let printing = code.path.hasPrefix("Sources/causeway/") ? [] : ["print(", "debugPrint(", "dump("]
        return offences(code, ["fatalError(", "try!", "as!"], "ends the process on a failure") { before, _ in
            !isWord(before)
        }
            + offences(code, printing, "prints; only the commands do") { before, _ in !isWord(before) }
    }

    private static func machinePaths(_ file: TextFile) -> [Offence] {
        offences(file, ["/work/", "/root/", "/tmp/"], "names a folder of one machine") { before, _ in
            !isWord(before) && !".-".utf8.contains(before)
        }
    }

    /// The lines with one of the words. The last argument judges by the byte before and the byte after the word; both are a
    /// blank at the ends of the text.
    private static func offences(
        _ file: TextFile, _ words: [String], _ what: String, _ isOffence: (UInt8, UInt8) -> Bool
    ) -> [Offence] {
        let bytes = Data(" \(file.text) ".utf8)
        var lines: Set<Int> = []
        for word in words {
            var start = bytes.startIndex
            while let place = bytes.range(of: Data(word.utf8), in: start..<bytes.endIndex) {
                if isOffence(bytes[place.lowerBound - 1], bytes[place.upperBound]) {
                    lines.insert(bytes[..<place.lowerBound].count { $0 == UInt8(ascii: "\n") } + 1)
                }
                start = place.upperBound
            }
        }
        return lines.sorted().map { Offence(path: file.path, line: $0, what: what) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
