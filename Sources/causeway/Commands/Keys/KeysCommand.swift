import ArgumentParser
import RelayModel

/// Keys of authorization rules.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show and rotate the keys of authorization rules.",
        discussion: "Example: causeway keys list -g factory --namespace factory-relay -n RootManageSharedAccessKey",
        subcommands: [KeysListCommand.self, KeysRotateCommand.self]
    )

    static let columns = [
        Column("RULE", path: "keyName"), Column("PRIMARY KEY", path: "primaryKey"),
        Column("SECONDARY KEY", path: "secondaryKey"),
        Column("PRIMARY CONNECTION STRING", path: "primaryConnectionString"),
        Column("SECONDARY CONNECTION STRING", path: "secondaryConnectionString"),
    ]
}
