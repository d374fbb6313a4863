import ArgumentParser
import ManagementClient
import RelayModel

/// Apps and their slots.
enum SiteNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var group: GroupOption
        @OptionGroup var name: NameOption

        @Option(help: ArgumentHelp("The slot of the app that is meant instead of the app.", valueName: "name"))
        var slot: String?

        func path(in client: ManagementClient) throws -> RequestPath {
            try .resourceGroup(group.name, in: client).site(name.name, slot: slot)
        }
    }

    struct Collection: ResourceCollection {
        @Option(
            name: [.customShort("g"), .customLong("resource-group")],
            help: ArgumentHelp("The resource group (default: the whole subscription).", valueName: "group")
        )
        var group: String?

        @Option(help: ArgumentHelp("The plan whose apps are listed; needs the group.", valueName: "name"))
        var plan: String?

        @Option(help: ArgumentHelp("The app whose slots are listed; needs the group.", valueName: "name"))
        var site: String?

        func validate() throws {
            guard plan == nil || site == nil else { throw ValidationError("Give --plan or --site, not both.") }
            guard group != nil || (plan == nil && site == nil) else {
                throw ValidationError("--plan and --site need --resource-group.")
            }
        }

        func path(in client: ManagementClient) throws -> RequestPath {
            guard let group else { return try .subscription(of: client).sites() }
            let scope = try RequestPath.resourceGroup(group, in: client)
            if let plan { return try scope.plan(plan).segment("sites") }
            if let site { return try scope.site(site, slot: nil).segment("slots") }
            return try scope.sites()
        }
    }

    struct Fields: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The plan that it runs on: a name of the same group, or an ID (default for a slot: the plan of its app).",
                valueName: "plan"
            )
        )
        var plan: String?

        @OptionGroup var located: LocatedFields
    }

    static let commandName = "site"
    static let singular = "an app or a slot of it"
    static let plural = "apps"
    static let example = NounExample(
        address: "-g factory -n factory-shop", collection: "-g factory", create: "--plan factory-plan",
        update: "--plan other-plan"
    )
    static let columns = [
        Column.name, .group, .location,
        Column("PLAN") { document in
            let id = document["properties"]?["serverFarmId"]?.string
            return id.flatMap { try? ResourceID($0) }?.name ?? "-"
        },
        Column("STATE", path: "properties", "state"), Column("HOST NAME", path: "properties", "defaultHostName"),
    ]

    static var verbs: [any ParsableCommand.Type] {
        allVerbs.filter { $0 != DeleteCommand<Self>.self } + [SiteDeleteCommand.self]
    }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) async throws -> JSONValue {
        var document = existing ?? JSONObject()
        if let plan = fields.plan {
            let path =
                try plan.hasPrefix("/")
                ? RequestPath(resourceID: plan) : .resourceGroup(address.group.name, in: client).plan(plan)
            document.changeProperties { $0["serverFarmId"] = .string(path.resourceID) }
        } else if existing == nil {
            guard address.slot != nil else { throw ValidationError("Give --plan: the plan that the app runs on.") }
            let site = try await client.get(
                try .resourceGroup(address.group.name, in: client).site(address.name.name, slot: nil))
            document["location"] = site["location"]
            document.changeProperties { $0["serverFarmId"] = site["properties"]?["serverFarmId"] }
        }
        if existing == nil, document["location"] == nil, fields.located.location == nil,
            let plan = document["properties"]?["serverFarmId"]?.string
        {
            document["location"] = try await client.getIfPresent(try RequestPath(resourceID: plan))?["location"]
        }
        fields.located.apply(to: &document)
        return .object(document)
    }
}
