import RelayModel

/// Documents as aligned columns: a header, then one line each.
struct Table {
    private let rows: [[String]]

    init(_ documents: [JSONValue], columns: [Column]) {
        let header = columns.map(\.title)
        rows = [header] + documents.map { document in columns.map { TerminalText.escaped($0.text(document)) } }
    }

    /// The lines, without a line break at the end.
    var text: String {
        let count = rows.first?.count ?? 0
        let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { Self.line($0, widths: widths) }.joined(separator: "\n")
    }

    /// Cells with two blanks between them; the last one has none behind it.
    private static func line(_ cells: [String], widths: [Int]) -> String {
        zip(cells, widths).enumerated().map { index, cell in
            let (text, width) = cell
            guard index < cells.count - 1 else { return text }
            return text + String(repeating: " ", count: width - text.count + 2)
        }.joined()
    }
}
