import ArgumentParser
import ManagementClient
import RelayModel

/// `causeway hcm doctor`: looks at everything that a hybrid connection needs on the manager's side.
struct HCMDoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check each hybrid connection of the running manager, step by step.",
        discussion: """
            In this order: is the relay reached, is the key accepted, does the hybrid connection name its endpoint, is the \
            manager registered, does the endpoint's name resolve here, does the endpoint take a connection. The exit code \
            is 1 when anything failed.

            Examples: causeway hcm doctor
                      causeway hcm doctor -ns factory-relay -n orders-db
            """
    )

    @Option(
        name: [.customLong("namespace"), .customLong("ns", withSingleDash: true)],
        help: ArgumentHelp("The namespace of the only one to check.", valueName: "name"))
    var namespace: String?

    @Option(
        name: [.customLong("name"), .customShort("n")],
        help: ArgumentHelp("The only one to check.", valueName: "name"))
    var name: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var manager: ManagerOptions

    func validate() throws {
        guard (namespace == nil) == (name == nil) else {
            throw ValidationError("Give --namespace and --name together.")
        }
    }

    func run() async throws {
        var query: [String: String] = [:]
        if let namespace, let name { query = ["namespace": namespace, "name": name] }
        let reports = try await manager.send("GET", "/diagnosis", query: query).array ?? []
        try DiagnosisReport.show(reports, output) { report in
            "\(Column.text(of: report["Namespace"]))/\(Column.text(of: report["Name"])) to "
                + Column.text(of: report["Endpoint"])
        }
        if reports.isEmpty { try StandardStream.error.write(line: "The manager has no hybrid connections.") }
        guard reports.allSatisfy({ $0["Healthy"]?.bool ?? false }) else { throw ExitCode(1) }
    }
}

/// Prints diagnoses: one block for each, one line for each step.
enum DiagnosisReport {
    static func show(_ reports: [JSONValue], _ output: OutputOptions, title: (JSONValue) -> String) throws {
        guard output.chosen == .table else { return try output.list(reports, columns: []) }
        for report in reports {
            try StandardStream.output.write(line: TerminalText.escaped(title(report)))
            let steps = report["Steps"]?.array ?? []
            let width = steps.map { Column.text(of: $0["Name"]).count }.max() ?? 0
            for step in steps {
                let time = step["Milliseconds"].flatMap { $0.isNull ? nil : "\(Column.text(of: $0)) ms" } ?? ""
                let line =
                    "  " + Column.text(of: step["Verdict"]).padding(to: 12)
                    + Column.text(of: step["Name"]).padding(to: width + 2) + time.padding(to: 12)
                    + Column.text(of: step["Detail"])
                try StandardStream.output.write(line: TerminalText.escaped(line))
            }
        }
    }
}
