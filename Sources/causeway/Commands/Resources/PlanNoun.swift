import ArgumentParser
import ManagementClient
import RelayModel

/// App Service plans.
enum PlanNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var group: GroupOption
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(group.name, in: client).plan(name.name)
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
            return try scope.plans()
        }
    }

    struct Fields: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The size: F1, D1, B1 to B3, S1 to S3, P1 and so on (default: \(Self.defaultSKU)). It decides how many hybrid "
                    + "connections the plan's apps can use.",
                valueName: "name"
            )
        )
        var sku: String?

        @OptionGroup var located: LocatedFields

        static let defaultSKU = "S1"
    }

    static let commandName = "plan"
    static let singular = "an App Service plan"
    static let plural = "App Service plans"
    static let example = NounExample(
        address: "-g factory -n factory-plan", collection: "-g factory", create: "--sku S1", update: "--sku P1v3"
    )
    static let columns = [
        Column.name, .group, .location, Column("SKU", path: "sku", "name"), Column("TIER", path: "sku", "tier"),
        Column("APPS", path: "properties", "numberOfSites"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        fields.located.apply(to: &document)
        // Tier, size and family follow from the name.
        if let sku = fields.sku ?? (existing == nil ? Fields.defaultSKU : nil) {
            document["sku"] = ["name": .string(sku)]
        }
        document.changeProperties { _ in }
        return .object(document)
    }
}
