import ArgumentParser
import EstateTransfer
import ManagementClient
import RelayModel

extension EstateImport.ConflictPolicy: ExpressibleByArgument {}

/// What all imports have in common.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Only say what would be done; nothing is written.")
    var dryRun = false

    @Option(
        help:
            "What to do with a resource that is there and differs: leave it, change it, or write nothing at all.")
    var onConflict = EstateImport.ConflictPolicy.fail

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    /// Makes the items that the work names, prints what became of them, and ends with 1 when something failed.
    func run(
        isPartial: Bool, _ work: (ManagementClient) async throws -> (items: [ImportItem], others: ImportReport)
    ) async throws {
        try await server.withClient { client in
            // Says at once that the subscription is not there.
            _ = try await client.get(RequestPath.subscription(of: client))
            let (items, others) = try await work(client)
            let progress = ProgressLine()
            let options = EstateImport.Options(policy: onConflict, isDryRun: dryRun, isPartial: isPartial)
            var report = try await EstateImport(client, options, progress: TransferProgress(progress.tell)).run(items)
            progress.end()
            report.entries = others.entries + report.entries
            report.notes = others.notes + report.notes
            try print(report)
            if report.isFailure { throw ExitCode(1) }
        }
    }

    private func print(_ report: ImportReport) throws {
        guard output.chosen == .table else { return try OutputOptions.printJSON(report.document) }
        let shown = report.entries.filter {
            $0.outcome != .unchanged && (report.isDryRun || ![.created, .notDone].contains($0.outcome))
        }
        if !shown.isEmpty {
            let columns = [
                Column("OUTCOME", path: "outcome"), Column("WHAT", path: "what"), Column("ID", path: "id"),
                Column("REASON", path: "reason"),
            ]
            try StandardStream.output.write(line: Table(shown.map(\.document), columns: columns).text)
        }
        for note in report.notes { try StandardStream.output.write(line: TerminalText.escaped(note)) }
        let counts = ImportReport.Outcome.allCases.map { "\(report.count($0)) \(Self.words($0))" }
        let head = report.isDryRun ? "Nothing was written. It would be: " : ""
        try StandardStream.output.write(line: head + counts.joined(separator: ", ") + ".")
    }

    private static func words(_ outcome: ImportReport.Outcome) -> String {
        outcome == .notDone ? "not done" : outcome.rawValue
    }
}
