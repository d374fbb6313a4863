import ArgumentParser
import ManagementClient
import RelayModel

/// Hybrid connections that apps use.
enum BindingNoun: ResourceNoun {
    struct SiteOptions: ParsableArguments {
        @OptionGroup var group: GroupOption

        @Option(
            name: [.customLong("site"), .customShort("n"), .customLong("name")],
            help: ArgumentHelp("The app.", valueName: "name")
        )
        var site: String

        @Option(help: ArgumentHelp("The slot of the app that is meant instead of the app.", valueName: "name"))
        var slot: String?
    }

    struct Address: ResourceAddress {
        @OptionGroup var site: SiteOptions

        @Option(help: ArgumentHelp("The namespace of the hybrid connection.", valueName: "name"))
        var namespace: String

        @Option(help: ArgumentHelp("The hybrid connection.", valueName: "name"))
        var hybridConnection: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(site.group.name, in: client).site(site.site, slot: site.slot)
                .child("hybridConnectionNamespaces", namespace).entity("relays", hybridConnection)
        }
    }

    struct Collection: ResourceCollection {
        @OptionGroup var group: GroupOption

        @Option(
            name: [.customLong("site"), .customShort("n"), .customLong("name")],
            help: ArgumentHelp("The app whose bindings are listed.", valueName: "name")
        )
        var site: String?

        @Option(help: ArgumentHelp("The slot of the app that is meant instead of the app.", valueName: "name"))
        var slot: String?

        @Option(help: ArgumentHelp("The plan: what all its apps use is listed.", valueName: "name"))
        var plan: String?

        func validate() throws {
            guard (site == nil) != (plan == nil) else { throw ValidationError("Give --site or --plan.") }
            guard slot == nil || site != nil else { throw ValidationError("--slot needs --site.") }
        }

        func path(in client: ManagementClient) throws -> RequestPath {
            let scope = try RequestPath.resourceGroup(group.name, in: client)
            let owner = if let site { try scope.site(site, slot: slot) } else { try scope.plan(plan ?? "") }
            return try owner.segment("hybridConnectionRelays")
        }
    }

    struct Fields: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The rule whose key the app sends with (default: \(HybridConnectionNoun.Fields.senderRule), which is made "
                    + "when there is none).",
                valueName: "name"
            )
        )
        var sendKeyName: String?

        @Option(
            help: ArgumentHelp(
                "The endpoint that the app connects to (default: the endpoint of the hybrid connection).",
                valueName: "host:port"
            )
        )
        var endpoint: TCPEndpointArgument?

        @Option(
            help: ArgumentHelp(
                "The resource group of the namespace (default: the app's, else it is searched for).", valueName: "group"
            )
        )
        var namespaceResourceGroup: String?
    }

    static let commandName = "binding"
    static let singular = "the binding of a hybrid connection to an app"
    static let plural = "the hybrid connections of an app or plan"
    static let example = NounExample(
        address: "-g factory --site factory-shop --namespace factory-relay --hybrid-connection orders-db",
        collection: "-g factory --site factory-shop", create: "", update: "--endpoint sql02.corp.example:1433"
    )
    static let columns = [
        Column.entityName, Column("NAMESPACE", path: "properties", "serviceBusNamespace"),
        Column("ENDPOINT") { document in
            let properties = document["properties"]
            return "\(Column.text(of: properties?["hostname"])):\(Column.text(of: properties?["port"]))"
        },
        Column("SEND KEY", path: "properties", "sendKeyName"),
        Column("KEY STATE", path: "properties", "causeway", "sendKeyState"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) async throws -> JSONValue {
        var document = existing ?? JSONObject()
        var properties = document["properties"]?.object ?? JSONObject()
        var endpoint = fields.endpoint?.endpoint
        if existing == nil {
            let relay = try await BoundRelay.find(address, group: fields.namespaceResourceGroup, in: client)
            properties["relayArmUri"] = relay["id"]
            endpoint = endpoint ?? EndpointMetadata.endpoint(of: relay["properties"]?["userMetadata"]?.string)
            // Without an endpoint the server refuses the binding, and then nothing may be left behind.
            if fields.sendKeyName == nil, endpoint != nil {
                try await BoundRelay.ensureSenderRule(of: relay, in: client)
            }
        }
        if let endpoint {
            properties["hostname"] = .string(endpoint.host)
            properties["port"] = JSONValue(endpoint.port)
        }
        // The key stays out: the server takes the one of the rule, or keeps the one that it has.
        let keyName = fields.sendKeyName ?? (existing == nil ? HybridConnectionNoun.Fields.senderRule : nil)
        if let keyName { properties["sendKeyName"] = .string(keyName) }
        document["properties"] = .object(properties)
        return .object(document)
    }
}
