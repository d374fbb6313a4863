import ArgumentParser

/// The activity log: who changed what, and when.
struct ActivityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activity",
        abstract: "Show who changed what, and when.",
        discussion: "Example: causeway activity list -g factory --since 7d",
        subcommands: [ActivityListCommand.self],
        defaultSubcommand: ActivityListCommand.self
    )
}
