import ArgumentParser
import ManagementClient
import RelayModel

/// WCF relays.
enum WCFRelayNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var namespace: NamespaceOptions
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(namespace.group.name, in: client).relayNamespace(namespace.namespace).wcfRelay(name.name)
        }
    }

    struct Collection: ResourceCollection {
        @OptionGroup var namespace: NamespaceOptions

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(namespace.group.name, in: client).relayNamespace(namespace.namespace).segment(
                "wcfRelays")
        }
    }

    enum RelayType: String, ExpressibleByArgument, CaseIterable, Sendable {
        case netTCP = "NetTcp"
        case http = "Http"
    }

    struct Fields: ParsableArguments {
        @Option(help: "What it carries; cannot be changed (default: NetTcp).")
        var relayType: RelayType?

        @Option(
            help: ArgumentHelp(
                "Whether senders need a token; cannot be changed (default: true).", valueName: "true|false")
        )
        var requiresClientAuthorization: Bool?

        @Option(
            help: ArgumentHelp("Whether TLS is needed; cannot be changed (default: true).", valueName: "true|false")
        )
        var requiresTransportSecurity: Bool?

        @Option(help: ArgumentHelp("Free text.", valueName: "text"))
        var userMetadata: String?
    }

    static let commandName = "wcf-relay"
    static let singular = "a WCF relay"
    static let plural = "WCF relays"
    static let example = NounExample(
        address: "-g factory --namespace factory-relay -n billing", collection: "-g factory --namespace factory-relay",
        create: "--relay-type NetTcp", update: "--user-metadata 'for the billing service'"
    )
    static let columns = [
        Column.entityName, .idPart("NAMESPACE", "namespaces"), .group, Column("TYPE", path: "properties", "relayType"),
        Column("LISTENERS", path: "properties", "listenerCount"),
        Column("CLIENT AUTHORIZATION", path: "properties", "requiresClientAuthorization"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            let relayType = fields.relayType ?? (existing == nil ? .netTCP : nil)
            if let relayType { properties["relayType"] = .string(relayType.rawValue) }
            if let isRequired = fields.requiresClientAuthorization {
                properties["requiresClientAuthorization"] = .bool(isRequired)
            }
            if let isRequired = fields.requiresTransportSecurity {
                properties["requiresTransportSecurity"] = .bool(isRequired)
            }
            if let userMetadata = fields.userMetadata { properties["userMetadata"] = .string(userMetadata) }
        }
        return .object(document)
    }
}
