import ArgumentParser
import ManagementClient
import RelayModel

/// Service principals: applications that can sign in.
enum ServicePrincipalNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name")],
            help: ArgumentHelp("The client ID, with which it signs in.", valueName: "client-id")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try Collection().path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").segment("servicePrincipals")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("A name for people (default: the client ID).", valueName: "text"))
        var displayName: String?

        @Option(help: ArgumentHelp("Whether it may sign in (default: true).", valueName: "true|false"))
        var enabled: Bool?
    }

    static let commandName = "service-principal"
    static let singular = "a service principal"
    static let plural = "service principals"
    static let example = NounExample(
        address: "-n shop-pipeline", collection: "", create: "--display-name 'Pipeline of the shop'",
        update: "--enabled false"
    )
    static let columns = [
        Column("CLIENT ID", path: "properties", "clientId"), Column("OBJECT ID", path: "properties", "objectId"),
        Column("DISPLAY NAME", path: "properties", "displayName"), Column("ENABLED", path: "properties", "enabled"),
    ]

    static var verbs: [any ParsableCommand.Type] { allVerbs + [ClientSecretCommand.self] }

    /// With the secret, which the server can show only now.
    static var createdColumns: [Column] { columns + [Column("CLIENT SECRET", path: "properties", "clientSecret")] }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let displayName = fields.displayName { properties["displayName"] = .string(displayName) }
            if let isEnabled = fields.enabled { properties["enabled"] = .bool(isEnabled) }
        }
        return .object(document)
    }

    /// Adds the secret of a principal that is new. One that was there before keeps those that it has.
    static func created(
        _ response: ManagementResponse, at path: RequestPath, _ fields: Fields, in client: ManagementClient
    ) async throws -> JSONValue {
        let document = try response.json()
        guard response.status == 201, document["properties"]?["clientSecret"] == nil, var object = document.object
        else { return document }
        let added = try await client.perform(ManagementRequest("POST", try path.segment("addSecret"))).json()
        object.changeProperties { $0["clientSecret"] = added["clientSecret"] }
        return .object(object)
    }
}
