import ArgumentParser
import ManagementClient
import RelayModel

/// Replaces a key by a new one; the rule's other key goes on working.
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace a key of an authorization rule.",
        discussion: """
            With --key, one key of the rule is replaced and the other goes on working. With --bindings, the key of a hybrid \
            connection's rule that no app uses is replaced and all apps are switched to it at once; the key that they used \
            before stays valid until the next rotation.

            Example: causeway keys rotate -g factory --namespace factory-relay --hybrid-connection orders-db -n shop \
            --key secondary

            Example: causeway keys rotate -g factory --namespace factory-relay --hybrid-connection orders-db --bindings
            """
    )

    @OptionGroup var owner: RuleOwnerOptions

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp(
            "The rule (default with --bindings: \(HybridConnectionNoun.Fields.senderRule)).", valueName: "name"
        )
    )
    var name: String?

    @Option(help: "Which key to replace.")
    var key: AccessKeyChoice?

    @Flag(help: "Rotate the key of a hybrid connection together with all apps that use it.")
    var bindings = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard (key != nil) != bindings else {
            throw ValidationError(
                key == nil
                    ? "Give --key primary, --key secondary or --bindings."
                    : "--bindings chooses the key itself; give --key or --bindings.")
        }
        if bindings, owner.hybridConnection == nil { throw ValidationError("--bindings needs --hybrid-connection.") }
        if key != nil, name == nil { throw ValidationError("--key needs --name: the rule whose key is replaced.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let path = try owner.path(in: client)
            if let key, let name {
                let action = try path.authorizationRule(name).segment("regenerateKeys")
                let request = ManagementRequest("POST", action, body: ["keyType": .string(key.keyType)])
                try await output.show(client.perform(request).json(), columns: KeysCommand.columns)
            } else {
                try await rotateWithBindings(path, client)
            }
        }
    }

    private func rotateWithBindings(_ path: RequestPath, _ client: ManagementClient) async throws {
        let action = try path.provider("Causeway.Relay").segment("rotateSendKey")
        let rule = name ?? HybridConnectionNoun.Fields.senderRule
        let request = ManagementRequest("POST", action, body: ["authorizationRuleName": .string(rule)])
        try output.show(
            try await client.perform(request).json(),
            columns: [Column("NEW KEY", path: "keyType"), Column("BINDINGS", path: "bindings")]
        )
    }
}
