import ArgumentParser
import ManagementClient
import RelayModel

/// Hybrid connections.
enum HybridConnectionNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var namespace: NamespaceOptions
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(namespace.group.name, in: client).relayNamespace(namespace.namespace)
                .hybridConnection(name.name)
        }
    }

    struct Collection: ResourceCollection {
        @OptionGroup var namespace: NamespaceOptions

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(namespace.group.name, in: client).relayNamespace(namespace.namespace)
                .segment("hybridConnections")
        }
    }

    struct Fields: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The TCP endpoint behind it. A create also makes the rules \(Self.senderRule) and \(Self.listenerRule).",
                valueName: "host:port"
            )
        )
        var endpoint: TCPEndpointArgument?

        @Option(help: ArgumentHelp("The whole user metadata, in place of an endpoint.", valueName: "text"))
        var userMetadata: String?

        @Option(
            help: ArgumentHelp(
                "Whether senders need a token; cannot be changed (default: true).", valueName: "true|false")
        )
        var requiresClientAuthorization: Bool?

        /// The rules that apps and managers use.
        static let senderRule = "defaultSender"
        static let listenerRule = "defaultListener"

        func validate() throws {
            guard endpoint == nil || userMetadata == nil else {
                throw ValidationError("Give --endpoint or --user-metadata, not both.")
            }
        }
    }

    static let commandName = "hybrid-connection"
    static let singular = "a hybrid connection"
    static let plural = "hybrid connections"
    static let example = NounExample(
        address: "-g factory --namespace factory-relay -n orders-db",
        collection: "-g factory --namespace factory-relay",
        create: "--endpoint sql01.corp.example:1433", update: "--endpoint sql02.corp.example:1433"
    )
    static let columns = [
        Column.entityName, .idPart("NAMESPACE", "namespaces"), .group,
        Column("ENDPOINT") {
            EndpointMetadata.endpoint(of: $0["properties"]?["userMetadata"]?.string)?.description ?? "-"
        },
        Column("LISTENERS", path: "properties", "listenerCount"),
        Column("CLIENT AUTHORIZATION", path: "properties", "requiresClientAuthorization"),
    ]

    static var verbs: [any ParsableCommand.Type] {
        allVerbs + [ConnectionStringCommand.self, RelayEventsCommand<Self>.self, LiveConnectionsCommand.self]
    }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let endpoint = fields.endpoint?.endpoint {
                properties["userMetadata"] = .string(
                    EndpointMetadata.text(endpoint, replacing: properties["userMetadata"]?.string)
                )
            }
            if let userMetadata = fields.userMetadata { properties["userMetadata"] = .string(userMetadata) }
            if let isRequired = fields.requiresClientAuthorization {
                properties["requiresClientAuthorization"] = .bool(isRequired)
            }
        }
        return .object(document)
    }

    /// Makes the two rules that a connection to an endpoint needs; those that are there keep their keys.
    static func created(
        _ response: ManagementResponse, at path: RequestPath, _ fields: Fields, in client: ManagementClient
    ) async throws -> JSONValue {
        if fields.endpoint != nil {
            for (rule, right) in [(Fields.senderRule, "Send"), (Fields.listenerRule, "Listen")] {
                let body: JSONValue = ["properties": ["rights": [.string(right)]]]
                try await client.perform(ManagementRequest("PUT", try path.authorizationRule(rule), body: body))
            }
        }
        return try response.json()
    }
}
