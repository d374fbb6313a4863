import ArgumentParser
import ManagementClient
import RelayModel

/// Tenants: directories that see nothing of one another.
enum TenantNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name")], help: ArgumentHelp("The tenant's ID.", valueName: "guid")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try Collection().path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").segment("tenants")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("A name for people.", valueName: "text"))
        var displayName: String?

        @Option(
            name: .customLong("administrator-client-id"),
            help: ArgumentHelp("The client ID of a new tenant's administrator (default: a new GUID).", valueName: "id"))
        var administratorClientID: String?
    }

    static let commandName = "tenant"
    static let words = "identity tenant"
    static let singular = "a tenant"
    static let plural = "tenants"
    static let example = NounExample(
        address: "-n 2f1a7c3e-5d84-4b0e-8f57-61c09d3a4b22", collection: "",
        create: "--display-name Plant --administrator-client-id plant-admin", update: "--display-name North"
    )
    static let columns = [
        Column("TENANT ID", path: "properties", "tenantId"), Column("DISPLAY NAME", path: "properties", "displayName"),
    ]

    /// With the administrator's secret, which the server shows only now.
    static var createdColumns: [Column] {
        columns + [
            Column("CLIENT ID", path: "properties", "administrator", "clientId"),
            Column("CLIENT SECRET", path: "properties", "administrator", "clientSecret"),
        ]
    }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let displayName = fields.displayName { properties["displayName"] = .string(displayName) }
            if let clientID = fields.administratorClientID { properties["administratorClientId"] = .string(clientID) }
        }
        return .object(document)
    }
}

/// Subscriptions: what resource groups stand in.
enum SubscriptionNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name")],
            help: ArgumentHelp("The subscription's ID.", valueName: "guid")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try Collection().path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").segment("subscriptions")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("A name for people.", valueName: "text"))
        var displayName: String?
    }

    static let commandName = "subscription"
    static let words = "identity subscription"
    static let singular = "a subscription"
    static let plural = "subscriptions"
    static let example = NounExample(
        address: "-n 7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11", collection: "", create: "--display-name Factory",
        update: "--display-name North"
    )
    static let columns = [
        Column("SUBSCRIPTION ID", path: "properties", "subscriptionId"),
        Column("DISPLAY NAME", path: "properties", "displayName"), Column("TENANT ID", path: "properties", "tenantId"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let displayName = fields.displayName { properties["displayName"] = .string(displayName) }
        }
        return .object(document)
    }
}
