import ArgumentParser
import ManagementClient
import RelayModel

/// Namespaces of the relay.
enum NamespaceNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var group: GroupOption
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(group.name, in: client).relayNamespace(name.name)
        }
    }

    struct Collection: ResourceCollection {
        @Option(
            name: [.customShort("g"), .customLong("resource-group")],
            help: ArgumentHelp("The resource group (default: the whole subscription).", valueName: "group")
        )
        var group: String?

        func path(in client: ManagementClient) throws -> RequestPath {
            let scope: RequestPath =
                if let group { try .resourceGroup(group, in: client) } else { try .subscription(of: client) }
            return try scope.relayNamespaces()
        }
    }

    typealias Fields = LocatedFields

    static let commandName = "namespace"
    static let singular = "a namespace"
    static let plural = "namespaces"
    static let example = NounExample(
        address: "-g factory -n factory-relay", collection: "-g factory", create: "--location local",
        update: "--tags plant=north"
    )
    static let columns = [
        Column.name, .group, .location, Column("STATUS", path: "properties", "status"),
        Column("ENDPOINT", path: "properties", "serviceBusEndpoint"),
    ]

    static var verbs: [any ParsableCommand.Type] { allVerbs + [RelayEventsCommand<Self>.self] }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        fields.apply(to: &document)
        return .object(document)
    }
}
