import ArgumentParser
import ManagementClient
import RelayModel

/// Sends one call of the management API and prints what comes back.
struct RestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rest",
        abstract: "Call the management API.",
        discussion: """
            Fills in the endpoint, the token and, when the path has none, the api-version; {subscriptionId} and {tenantId} \
            in the path are replaced. The body of the answer goes to the standard output, also when it is an error, and \
            its status to the standard error. The exit code is 1 when the status is 400 or higher.

            Example: causeway rest GET '/subscriptions/{subscriptionId}/resourceGroups'

            Example: causeway rest PUT '/subscriptions/{subscriptionId}/resourceGroups/demo' '{"location":"local"}'
            """
    )

    @Argument(help: "The method: GET, PUT, PATCH, POST, DELETE or HEAD.")
    var verb: String

    @Argument(help: "The path, with or without its leading slash, or a URL of the same endpoint.")
    var path: String

    @Argument(help: "The body: @FILE, - for the standard input, or the JSON itself.")
    var body: String?

    @Option(help: ArgumentHelp("A parameter to add to the query; may be repeated.", valueName: "name=value"))
    var queryParameter: [NameAndValue] = []

    @Option(help: ArgumentHelp("A header to send; may be repeated.", valueName: "name:value"))
    var header: [HeaderArgument] = []

    @Option(help: ArgumentHelp("The subscription (environment: CAUSEWAY_SUBSCRIPTION_ID).", valueName: "guid"))
    var subscription: String?

    @Option(
        name: [.customLong("endpoint"), .customLong("management-endpoint")],
        help: ArgumentHelp("Where the server answers (environment: CAUSEWAY_MANAGEMENT_ENDPOINT).", valueName: "url")
    )
    var endpoint: String?

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard !verb.isEmpty, verb.utf8.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) && $0 > 0x40 }) else {
            throw ValidationError("'\(TerminalText.escaped(verb))' is not a method like GET or PUT.")
        }
        guard body != "-" || connection.clientSecret != "-" else {
            throw ValidationError("The standard input can be the body or the client secret, not both.")
        }
    }

    func run() async throws {
        let bytes = try Self.bytes(of: body)
        try await connection.withClient(endpoint: endpoint, subscription: subscription) { client in
            var target = try RequestTarget(written: path, settings: client.settings)
            for parameter in queryParameter { target.append(parameter.name, parameter.value) }
            let request = ManagementRequest(
                verb.uppercased(), target, headers: header.map { (name: $0.name, value: $0.value) }, body: bytes
            )
            let response = try await client.send(request)
            let reason = TerminalText.escaped(response.reason)
            try? StandardStream.error.write(line: "HTTP/1.1 \(response.status) \(reason)")
            try Self.printBody(response)
            if response.isFailure { throw ExitCode(1) }
        }
    }

    /// The body as it is given: it is not checked here, so that the server's own answer to a bad one can be seen.
    private static func bytes(of body: String?) throws -> [UInt8]? {
        guard let body else { return nil }
        if body == "-" { return try FileContents.readStandardInput() }
        return body.hasPrefix("@") ? try FileContents.read(String(body.dropFirst())) : Array(body.utf8)
    }

    /// JSON is laid out for people; anything else is passed on byte for byte.
    private static func printBody(_ response: ManagementResponse) throws {
        guard !response.body.isEmpty else { return }
        if let document = try? response.json() {
            try OutputOptions.printJSON(document)
        } else {
            let lineBreak = UInt8(ascii: "\n")
            try StandardStream.output.write(response.body + (response.body.last == lineBreak ? [] : [lineBreak]))
        }
    }
}
