import ArgumentParser
import RelayModel

/// The option that chooses between tables and JSON, and the printing of both.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customLong("output"), .customShort("o")],
        help: ArgumentHelp(
            "How to print (default: table on a terminal, json otherwise).", valueName: "format")
    )
    var format: OutputFormat?

    var chosen: OutputFormat { format ?? (StandardStream.output.isTerminal ? .table : .json) }

    /// Prints one document.
    func show(_ document: JSONValue, columns: [Column]) throws {
        switch chosen {
        case .table: try Self.print(Table([document], columns: columns))
        case .json: try Self.printJSON(document)
        }
    }

    /// Prints a list: JSON is an array of all its documents.
    func list(_ documents: [JSONValue], columns: [Column]) throws {
        switch chosen {
        case .table: try Self.print(Table(documents, columns: columns))
        case .json: try Self.printJSON(.array(documents))
        }
    }

    /// Prints a document that holds the rows of its table.
    func show(_ document: JSONValue, rows: [JSONValue], columns: [Column]) throws {
        switch chosen {
        case .table: try Self.print(Table(rows, columns: columns))
        case .json: try Self.printJSON(document)
        }
    }

    static func printJSON(_ document: JSONValue) throws {
        try StandardStream.output.write(line: TerminalText.escaped(json: document.prettyText))
    }

    private static func print(_ table: Table) throws {
        try StandardStream.output.write(line: table.text)
    }
}
