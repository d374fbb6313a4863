import ArgumentParser
import EstateTransfer
import ManagementClient
import RelayModel

/// `causeway import-azure FILE…`: takes what the Azure CLI prints about the real service.
struct ImportAzureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-azure",
        abstract: "Make what the Azure CLI printed about resources of the real service.",
        discussion: """
            Takes the JSON of az group list, az relay namespace list, az relay hyco list, az relay wcfrelay list, their \
            authorization-rule list and keys list, az appservice plan list, az webapp list, az webapp hybrid-connection \
            list, az resource list, az lock list, az rest and az group export, in any order and also several in one file. \
            Keys are restored, so that apps and managers keep theirs. What is missing above a resource is made, and said.

            Example: az relay hyco list -g factory --namespace-name factory-relay > hyco.json

            Example: causeway import-azure namespaces.json hyco.json rules.json keys.json --dry-run
            """
    )

    @Argument(help: "The files; - is the standard input.")
    var files: [String]

    @Option(
        name: [.customShort("g"), .customLong("resource-group")],
        help: ArgumentHelp(
            "The resource group of templates, and of keys whose namespace is in no file.", valueName: "group"))
    var resourceGroup: String?

    @OptionGroup var options: ImportOptions

    func validate() throws {
        let inputs = files.filter { $0 == "-" }.count + (options.server.connection.clientSecret == "-" ? 1 : 0)
        guard inputs <= 1 else { throw ValidationError("The standard input can be given once.") }
    }

    func run() async throws {
        var documents: [(file: String, document: JSONValue)] = []
        for file in files {
            let bytes = try file == "-" ? FileContents.readStandardInput() : FileContents.read(file)
            let name = file == "-" ? "the standard input" : file
            for document in try JSONSequence.documents(bytes, file: name) { documents.append((name, document)) }
        }
        try await options.run(isPartial: true) { client in
            var inventory = AzureInventory(
                subscriptionID: try client.settings.requiredSubscriptionID(), resourceGroup: resourceGroup,
                isDryRun: options.dryRun)
            for entry in documents { inventory.add(entry.document, file: entry.file) }
            let made = inventory.items()
            return (made.items, made.report)
        }
    }
}
