import ArgumentParser
import ManagementClient
import RelayModel

/// Authorization rules of namespaces, hybrid connections and WCF relays.
enum AuthorizationRuleNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var owner: RuleOwnerOptions
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try owner.path(in: client).authorizationRule(name.name)
        }
    }

    struct Collection: ResourceCollection {
        @OptionGroup var owner: RuleOwnerOptions

        func path(in client: ManagementClient) throws -> RequestPath {
            try owner.path(in: client).segment("authorizationRules")
        }
    }

    enum Right: String, ExpressibleByArgument, CaseIterable, Sendable {
        case listen = "Listen"
        case send = "Send"
        case manage = "Manage"

        init?(argument: String) {
            guard let right = Self.allCases.first(where: { $0.rawValue.equalsIgnoringCase(argument) }) else {
                return nil
            }
            self = right
        }
    }

    struct Fields: ParsableArguments {
        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp(
                "What its keys allow: Listen, Send, Manage; Manage needs both others.", valueName: "right")
        )
        var rights: [Right] = []
    }

    static let commandName = "authorization-rule"
    static let singular = "an authorization rule"
    static let plural = "authorization rules"
    static let example = NounExample(
        address: "-g factory --namespace factory-relay --hybrid-connection orders-db -n shop",
        collection: "-g factory --namespace factory-relay --hybrid-connection orders-db", create: "--rights Send",
        update: "--rights Send Listen"
    )
    static let columns = [
        Column.name, Column("RIGHTS", path: "properties", "rights"), .idPart("NAMESPACE", "namespaces"),
        Column("OF") { document in
            let entity = Column.idPart("hybridConnections", of: document) ?? Column.idPart("wcfRelays", of: document)
            return entity.map(Column.entityName) ?? "-"
        },
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) throws -> JSONValue {
        guard !fields.rights.isEmpty else { throw ValidationError("Give --rights: Listen, Send or Manage.") }
        return ["properties": ["rights": .array(fields.rights.map { .string($0.rawValue) })]]
    }
}
