import ArgumentParser
import EstateTransfer
import ManagementClient
import RelayModel

/// `causeway import FILE`: makes again what `export` wrote.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make everything again that an export holds.",
        discussion: """
            First everything that is there is read and compared; what is there and equal is left alone, so an import can be \
            run again. With the default --on-conflict fail nothing is written when something is there and differs. The keys \
            of an export with keys are restored, so that existing connection strings go on to work. The exit code is 1 when \
            something failed; the report says what.

            Example: causeway import estate.json --dry-run

            Example: causeway import estate.sealed.json --passphrase-file passphrase --on-conflict update
            """
    )

    @Argument(help: "The document, or - for the standard input.")
    var file: String

    @OptionGroup var openers: OpenerOptions

    @Option(
        help: ArgumentHelp(
            "Lets resource IDs of another subscription lead to that one; may be repeated. The subscription of the document "
                + "becomes the one of this call by itself.",
            valueName: "old=new"))
    var mapSubscription: [NameAndValue] = []

    @Option(
        help: ArgumentHelp(
            "Gives the roles of one principal, by its object ID, to another; may be repeated.", valueName: "old=new"))
    var mapPrincipal: [NameAndValue] = []

    @Flag(help: "Leave out role assignments and roles.")
    var withoutRoleAssignments = false

    @OptionGroup var options: ImportOptions

    func validate() throws {
        let inputs = [file, openers.passphraseFile, options.server.connection.clientSecret].filter { $0 == "-" }
        guard inputs.count <= 1 else {
            throw ValidationError("Only one of document, passphrase and client secret can be the standard input.")
        }
    }

    func run() async throws {
        let bytes = try file == "-" ? FileContents.readStandardInput() : FileContents.read(file)
        guard let document = try? JSONValue(utf8: bytes) else {
            throw ClientError(.input, "\(file) is not the JSON document that `causeway export` writes")
        }
        let export = try EstateExport.read(document) { try openers.opener() }
        let principals = Dictionary(mapPrincipal.map { ($0.name.asciiLowercased, $0.value) }) { $1 }
        try await options.run(isPartial: false) { client in
            let target = try client.settings.requiredSubscriptionID()
            let pairs = [(from: export.subscriptionID, to: target)] + mapSubscription.map { ($0.name, $0.value) }
            let items = export.items(SubscriptionMap(pairs), principals: principals).filter {
                !withoutRoleAssignments || ($0.kind != .roleAssignment && $0.kind != .roleDefinition)
            }
            return (items, ImportReport(isDryRun: options.dryRun))
        }
    }
}
