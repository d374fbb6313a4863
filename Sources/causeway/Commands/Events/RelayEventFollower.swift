import ManagementClient
import RelayModel

/// Prints events while they come, and goes on where it was when the connection breaks.
struct RelayEventFollower {
    /// Tries in a row without an event or an answer between them.
    private static let triesMax = 5
    private static let delay = Duration.seconds(2)

    let output: OutputOptions

    /// - Throws: what the server refuses, or the last failure when it is not reached any more.
    func run(_ target: RequestTarget, _ client: ManagementClient) async throws {
        var last: String?
        var tries = 0
        var printer = LinePrinter(output: output)
        while true {
            do {
                try await client.follow(target, after: last) { event in
                    tries = 0
                    last = event.id
                    try printer.print(try JSONValue(text: event.data))
                }
                // The server ends a stream with its token, and when it stops.
                tries = 0
            } catch let error as ClientError where error.kind == .connection {
                tries += 1
                guard tries < Self.triesMax else { throw error }
            } catch let error as ManagementError where error.status == 503 || error.status == 429 {
                tries += 1
                guard tries < Self.triesMax else { throw error }
            }
            try await Task.sleep(for: Self.delay)
        }
    }

    /// One line for each event. The columns of a table have fixed widths, because the next event is not known.
    private struct LinePrinter {
        private static let widths = [20, 36, 24, 24, 6]

        let output: OutputOptions
        private var hasHeader = false

        init(output: OutputOptions) {
            self.output = output
        }

        mutating func print(_ event: JSONValue) throws {
            switch output.chosen {
            case .json: try StandardStream.output.write(line: TerminalText.escaped(json: event.text))
            case .table:
                if !hasHeader { try StandardStream.output.write(line: Self.line(RelayEventColumns.all.map(\.title))) }
                hasHeader = true
                let cells = RelayEventColumns.all.map { TerminalText.escaped($0.text(event)) }
                try StandardStream.output.write(line: Self.line(cells))
            }
        }

        private static func line(_ cells: [String]) -> String {
            cells.enumerated().map { index, cell in
                guard widths.indices.contains(index) else { return cell }
                return cell + String(repeating: " ", count: max(0, widths[index] - cell.count) + 2)
            }.joined()
        }
    }
}
