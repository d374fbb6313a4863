import Foundation

/// The checkout that this test was compiled from.
enum Repository {
    static let root: String = {
        var components = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        components.removeLast(3)
        return components.joined(separator: "/")
    }()

    /// Swift files below `Sources`, `migrations` and `openapi`.
    static let sources: [SourceFile] = ["Sources", "migrations", "openapi"].flatMap { files(in: $0, ending: ".swift") }

    /// Markdown documents in the root and below `docs`.
    static let documents: [TextFile] =
        names(in: "").filter { $0.hasSuffix(".md") }.compactMap(file)
        + paths(in: "docs", ending: ".md").compactMap(file)

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(root)/\(path)")
    }

    static func file(_ path: String) -> TextFile? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        return TextFile(path: path, text: String(decoding: data, as: UTF8.self))
    }

    /// The names in one folder, sorted.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []).sorted()
    }

    /// The paths of all files and folders below one folder, sorted.
    static func paths(in folder: String, ending: String) -> [String] {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return paths.filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
    }

    private static func files(in folder: String, ending: String) -> [SourceFile] {
        paths(in: folder, ending: ending).compactMap(file).map(SourceFile.init)
    }
}

/// A text with its path below the root.
struct TextFile: Sendable {
    var path: String
    var text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}

/// A Swift file and what its bytes mean.
struct SourceFile: Sendable {
    var file: TextFile
    var swift: SwiftText

    init(_ file: TextFile) {
        self.file = file
        swift = SwiftText(file.text)
    }

    init(path: String, _ text: String) {
        self.init(TextFile(path: path, text: text))
    }

    /// The target that the file belongs to.
    var target: String {
        switch file.path.split(separator: "/").first {
        case "migrations": "Migrations"
        case "openapi": "OpenAPIDocuments"
        default: file.path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        }
    }
}

/// A place that breaks a rule.
struct Offence: Sendable, Hashable, CustomStringConvertible {
    var path: String
    var line: Int
    var what: String

    var description: String { "\(path):\(line): \(what)" }
}

extension [Offence] {
    /// One offence on each line, for the message of a failed expectation.
    var list: String { map(\.description).joined(separator: "\n") }
}
