import ArgumentParser
import CausewayServer
import ManagementClient
import RelayModel

/// `causeway hcm test`: can the manager reach an endpoint, or a relay?
struct HCMTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Try to reach an endpoint or a relay from where the manager is.",
        discussion: """
            An endpoint is host:port; a relay is its host name, or host:port as a hybrid connection of the manager has it.

            Example: causeway hcm test sql01.corp.example:1433
            """
    )

    @Argument(help: ArgumentHelp("What to reach.", valueName: "host:port"))
    var target: String

    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        let answer = try await manager.send("POST", "/test", body: ["target": .string(target)])
        let message = answer["Message"]?.string ?? ""
        guard answer["Success"]?.bool ?? false else { throw ClientError(.connection, message) }
        try StandardStream.output.write(
            line: "\(TerminalText.escaped(message)), time taken: \(Column.text(of: answer["Milliseconds"]))ms")
    }
}

/// `causeway hcm logs`
struct HCMLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the newest lines of the running manager's log.",
        discussion: "Example: causeway hcm logs --lines 50"
    )

    @Option(
        name: [.customLong("lines"), .customShort("l")], help: ArgumentHelp("How many, 1 to 10000.", valueName: "count")
    )
    var lines = 200

    @OptionGroup var manager: ManagerOptions

    func validate() throws {
        guard (1...10_000).contains(lines) else { throw ValidationError("--lines is 1 to 10000.") }
    }

    func run() async throws {
        let answer = try await manager.send("GET", "/logs", query: ["lines": String(lines)])
        for line in answer.array ?? [] {
            try StandardStream.output.write(line: TerminalText.escaped(line.string ?? ""))
        }
    }
}

/// `causeway hcm version`
struct HCMVersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of this program and of the running manager.",
        discussion: "Example: causeway hcm version"
    )

    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        try StandardStream.output.write(line: "causeway \(Server.version)")
        do {
            let summary = try await manager.send("GET", "/")
            try StandardStream.output.write(line: "manager  \(Column.text(of: summary["version"]))")
        } catch {
            try StandardStream.output.write(line: "manager  not running at \(manager.path)")
        }
    }
}
