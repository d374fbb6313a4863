import ArgumentParser
import RelayModel

/// `causeway hcm list`
struct HCMListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the hybrid connections of the running manager.",
        discussion: "Example: causeway hcm list --output table"
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        let list = try await manager.send("GET", "/connections").array ?? []
        try output.list(list, columns: ManagedColumns.list)
        if let trouble = try await manager.send("GET", "/")["configurationTrouble"]?.string {
            try StandardStream.error.write(
                line: TerminalText.escaped("The configuration file is not followed in full: \(trouble)"))
        }
    }
}

/// `causeway hcm show`
struct HCMShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a hybrid connection of the running manager.",
        discussion: "Example: causeway hcm show -ns factory-relay -n orders-db"
    )

    @OptionGroup var names: ManagedNameOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        let document = try await manager.send("GET", "/connection", query: names.query)
        guard output.chosen == .table else { return try output.show(document, columns: []) }
        for member in document.object?.members ?? [] {
            let text = "\(member.name):".padding(to: 20) + TerminalText.escaped(Column.text(of: member.value))
            try StandardStream.output.write(line: text)
        }
    }
}

/// `causeway hcm remove`
struct HCMRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Stop listening at a hybrid connection and forget it.",
        discussion: """
            Connections that stand live on. The hybrid connection itself stays.

            Example: causeway hcm remove -ns factory-relay -n orders-db
            """
    )

    @OptionGroup var names: ManagedNameOptions
    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        _ = try await manager.send("DELETE", "/connection", query: names.query)
        try StandardStream.error.write(line: "Removed.")
    }
}

/// `causeway hcm restart`
struct HCMRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Open the control channel of a hybrid connection anew.",
        discussion: """
            A manager does that by itself whenever it is needed. Connections that stand live on.

            Example: causeway hcm restart -ns factory-relay -n orders-db
            """
    )

    @OptionGroup var names: ManagedNameOptions
    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        _ = try await manager.send("POST", "/connection/restart", query: names.query)
        try StandardStream.error.write(line: "Restart of \(names.namespace)/\(names.name) queued.")
    }
}

extension String {
    /// The text with blanks up to a length.
    func padding(to length: Int) -> String {
        self + String(repeating: " ", count: max(1, length - count))
    }
}
