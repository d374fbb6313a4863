import ArgumentParser
import ManagementClient
import RelayModel

/// Resource groups.
enum GroupNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name"), .customShort("g"), .customLong("resource-group")],
            help: ArgumentHelp("The name.", valueName: "name")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(name, in: client)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try .subscription(of: client).segment("resourceGroups")
        }
    }

    typealias Fields = LocatedFields

    static let commandName = "group"
    static let singular = "a resource group"
    static let plural = "resource groups"
    static let example = NounExample(
        address: "-n factory", collection: "", create: "--location local", update: "--tags plant=north"
    )
    static let columns = [
        Column.name, .location, Column("STATE", path: "properties", "provisioningState"), Column("TAGS", path: "tags"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        fields.apply(to: &document)
        return .object(document)
    }
}
