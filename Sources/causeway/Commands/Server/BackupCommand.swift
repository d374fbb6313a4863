import ArgumentParser
import CausewayServer
import Foundation

/// `causeway backup FILE`: a consistent copy while the server runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database to a file; the server may be running.",
        discussion: """
            The copy holds every acknowledged write. Stored keys in it are encrypted: it holds neither the master key nor \
            bootstrap.json, so keep a copy of the master key in another place.

            Example: causeway backup /backups/causeway-monday.db
            """
    )

    @OptionGroup var directory: DataDirectoryOption

    @Argument(help: "The file to write; it must not exist.")
    var file: String

    func run() async throws {
        umask(0o077)
        try Backup.write(from: DataDirectory(directory.path, creates: false), to: file)
        print("Copied to \(file).")
    }
}

/// `causeway restore FILE`: puts a copy in the place of the database.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a copy that backup made in the place of the database; the server must be stopped.",
        discussion: """
            The database that was there is kept beside it. The master key must be the one under which the copy was made.

            Example: causeway restore /backups/causeway-monday.db
            """
    )

    @OptionGroup var directory: DataDirectoryOption

    @Option(help: ArgumentHelp("Master key file (default: DIR/master.key).", valueName: "file"))
    var masterKeyFile: String?

    @Argument(help: "The copy.")
    var file: String

    func run() async throws {
        umask(0o077)
        let kept = try await Backup.restore(
            file, to: DataDirectory(directory.path), masterKey: masterKey(ProcessInfo.processInfo.environment)
        )
        print("Restored from \(file).")
        if let kept { print("The database that was there is now \(kept).") }
    }

    private func masterKey(_ environment: [String: String]) throws -> MasterKeySource {
        let flags = masterKeyFile.map { ["master-key-file": $0] } ?? [:]
        let sources = try SettingSources(flags: flags, environment: environment, yaml: nil)
        return try ServerConfiguration(sources, environment: environment).masterKey
    }
}

/// The data directory of commands that work on the database itself.
struct DataDirectoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the server (default: ./causeway-data).", valueName: "dir"))
    var dataDirectory: String?

    var path: String {
        dataDirectory ?? ProcessInfo.processInfo.environment["CAUSEWAY_DATA_DIRECTORY"] ?? "./causeway-data"
    }
}
