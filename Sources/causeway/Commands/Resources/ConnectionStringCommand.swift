import ArgumentParser
import ManagementClient
import RelayModel

/// Prints what a Hybrid Connection Manager needs to serve one hybrid connection.
struct ConnectionStringCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection-string",
        abstract: "Print the gateway connection string of a hybrid connection.",
        discussion: """
            A manager that is given this string listens for the hybrid connection. It holds a key: keep it secret.

            Example: causeway hybrid-connection connection-string -g factory --namespace factory-relay -n orders-db
            """
    )

    @OptionGroup var address: HybridConnectionNoun.Address

    @Option(help: ArgumentHelp("The rule whose key it holds.", valueName: "name"))
    var rule = HybridConnectionNoun.Fields.listenerRule

    @Option(help: "Which of the rule's two keys.")
    var key = AccessKeyChoice.primary

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try address.path(in: client)
            let listKeys = try path.authorizationRule(rule).segment("listKeys")
            do {
                let keys = try await client.perform(ManagementRequest("POST", listKeys)).json()
                guard let text = keys[key.connectionStringField]?.string else {
                    throw ClientError(.answer, "the server answered no connection string for the rule \(rule)")
                }
                try StandardStream.output.write(line: text)
            } catch let error as ManagementError where error.status == 404 {
                // Says which of the two is missing, because the remedies differ.
                _ = try await client.get(path)
                throw ClientError(
                    .input,
                    "the hybrid connection \(address.name.name) has no rule \(rule); make it with `causeway authorization-rule "
                        + "create -g \(address.namespace.group.name) --namespace \(address.namespace.namespace) "
                        + "--hybrid-connection \(address.name.name) -n \(rule) --rights Listen`"
                )
            }
        }
    }
}
