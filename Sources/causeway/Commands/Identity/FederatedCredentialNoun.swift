import ArgumentParser
import ManagementClient
import RelayModel

/// Federated credentials: tokens of a foreign issuer that sign a service principal in.
enum FederatedCredentialNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var collection: Collection

        @Option(
            name: [.customShort("n"), .customLong("name")], help: ArgumentHelp("The name.", valueName: "name")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try collection.path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        @Option(help: ArgumentHelp("The client ID of the service principal.", valueName: "client-id"))
        var servicePrincipal: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").child("servicePrincipals", servicePrincipal)
                .segment("federatedCredentials")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("The issuer's URL, exactly as its tokens spell it.", valueName: "url"))
        var issuer: String?

        @Option(help: ArgumentHelp("The subject of the tokens.", valueName: "text"))
        var subject: String?

        @Option(parsing: .upToNextOption, help: ArgumentHelp("For whom the tokens are.", valueName: "audience"))
        var audiences: [String] = []

        @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
        var description: String?
    }

    static let commandName = "federated-credential"
    static let words = "identity federated-credential"
    static let singular = "a federated credential"
    static let plural = "federated credentials"
    static let example = NounExample(
        address: "--service-principal shop-pipeline -n builds", collection: "--service-principal shop-pipeline",
        create: "--issuer https://token.example.com --subject repo:shop:main --audiences api://AzureADTokenExchange",
        update: "--subject repo:shop:release"
    )
    static let columns = [
        Column.name, Column("ISSUER", path: "properties", "issuer"), Column("SUBJECT", path: "properties", "subject"),
        Column("AUDIENCES", path: "properties", "audiences"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let issuer = fields.issuer { properties["issuer"] = .string(issuer) }
            if let subject = fields.subject { properties["subject"] = .string(subject) }
            if let description = fields.description { properties["description"] = .string(description) }
            if !fields.audiences.isEmpty {
                properties["audiences"] = .array(fields.audiences.map { .string($0) })
            }
        }
        return .object(document)
    }
}
