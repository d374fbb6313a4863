import ArgumentParser
import EstateTransfer
import LocalFiles
import ManagementClient
import RelayModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `causeway export`: a whole subscription as one document.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a subscription with everything in it to one document.",
        discussion: """
            The document holds the resources in the form of the management API, in an order that is always the same. Keys \
            and settings that may be secret are in it with --with-keys only, and it is encrypted then. `causeway import` \
            makes everything again, on this server or on another one.

            Example: causeway export --output-file estate.json

            Example: causeway export --with-keys --passphrase-file passphrase --output-file estate.sealed.json
            """
    )

    @Flag(help: "Include keys, application settings and connection strings of apps; the document is encrypted.")
    var withKeys = false

    @OptionGroup var openers: OpenerOptions

    @Option(help: ArgumentHelp("The file to write (default: the standard output).", valueName: "file"))
    var outputFile: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard !withKeys || openers.isGiven else {
            throw ValidationError(
                "--with-keys needs --passphrase-file, --key-file or \(OpenerOptions.variable): keys are never written in clear."
            )
        }
        guard withKeys || (openers.passphraseFile == nil && openers.keyFile == nil) else {
            throw ValidationError("Only an export with keys is encrypted; add --with-keys.")
        }
        guard openers.passphraseFile != "-" || server.connection.clientSecret != "-" else {
            throw ValidationError("The standard input can be the passphrase or the client secret, not both.")
        }
    }

    func run() async throws {
        let opener = withKeys ? try openers.opener() : nil
        try await server.withClient { client in
            let progress = ProgressLine()
            let reader = EstateReader(client, includesKeys: withKeys, progress: TransferProgress(progress.tell))
            let now = Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
            let export = try await reader.read(exportedAt: now)
            progress.end()
            let document = try opener.map { try export.sealed(for: $0) } ?? export.document
            let bytes = Array((document.prettyText + "\n").utf8)
            if let outputFile {
                try WholeFile.write(bytes, to: outputFile, mode: 0o600)
            } else {
                try StandardStream.output.write(bytes)
            }
        }
    }
}
