/// A Swift text taken apart: the code without comments and texts, and the texts themselves.
///
/// It knows comments, string literals in all their forms and interpolation. Regular expressions between bare slashes it
/// does not know.
struct SwiftText: Sendable {
    struct Literal: Sendable, Hashable {
        /// Counted from 1.
        var line: Int
        /// What stands between the quotation marks, as it is written.
        var text: String
        /// The code on its left, 200 bytes at most.
        var before: String
    }

    /// The text with blanks where comments and string literals were; line breaks and interpolated code are kept.
    var code: String { String(decoding: blanked, as: UTF8.self) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }
    /// In the order of their ends.
    private(set) var literals: [Literal] = []

    private let bytes: [UInt8]
    private var blanked: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        blanked = bytes
        scanCode(isInterpolation: false)
    }

    private mutating func scanCode(isInterpolation: Bool) {
        var depth = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "/"), stands("//") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank(1) }
            } else if byte == UInt8(ascii: "/"), stands("/*") {
                scanComment()
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let hashes = literalStart {
                scanLiteral(hashes: hashes)
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                if byte == UInt8(ascii: "\n") { line += 1 }
                position += 1
                if isInterpolation, depth == 0 { return }
            }
        }
    }

    private mutating func scanComment() {
        var depth = 0
        repeat {
            if stands("/*") {
                depth += 1
                blank(2)
            } else if stands("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < bytes.count
    }

    /// The number of `#` before the quotation mark when a literal starts here.
    private var literalStart: Int? {
        var index = position
        while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: "\"") ? index - position : nil
    }

    private mutating func scanLiteral(hashes: Int) {
        let before = String(decoding: blanked[..<position].suffix(200), as: UTF8.self)
        blank(hashes)
        let marks = stands("\"\"\"") ? 3 : 1
        let fence = String(repeating: "#", count: hashes)
        let end = String(repeating: "\"", count: marks) + fence
        blank(marks)
        let start = position
        let firstLine = line
        while position < bytes.count, !stands(end) {
            if marks == 1, stands("\n") { break }
            if stands("\\" + fence) {
                blank(1 + hashes)
                if stands("(") { scanCode(isInterpolation: true) } else { blank(1) }
            } else {
                blank(1)
            }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        literals.append(Literal(line: firstLine, text: text, before: before))
        if stands(end) { blank(marks + hashes) }
    }

    private func stands(_ text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    private mutating func blank(_ count: Int) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 } else { blanked[position] = UInt8(ascii: " ") }
            position += 1
        }
    }
}
