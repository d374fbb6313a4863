import ArgumentParser
import ManagementClient
import RelayModel

/// Locks, which protect what they apply to from being deleted or changed.
enum LockNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @OptionGroup var scope: ScopeOptions
        @OptionGroup var name: NameOption

        func path(in client: ManagementClient) throws -> RequestPath {
            try scope.path(in: client).provider("Microsoft.Authorization").child("locks", name.name)
        }
    }

    struct Collection: ResourceCollection {
        @OptionGroup var scope: ScopeOptions

        func path(in client: ManagementClient) throws -> RequestPath {
            try scope.path(in: client).provider("Microsoft.Authorization").segment("locks")
        }
    }

    enum Level: String, ExpressibleByArgument, CaseIterable, Sendable {
        case canNotDelete = "CanNotDelete"
        case readOnly = "ReadOnly"
    }

    struct Fields: ParsableArguments {
        @Option(
            name: [.customLong("lock-type"), .customShort("t")],
            help: ArgumentHelp("What it forbids (default: CanNotDelete).", valueName: "type")
        )
        var level: Level?

        @Option(help: ArgumentHelp("Why it is there.", valueName: "text"))
        var notes: String?
    }

    static let commandName = "lock"
    static let singular = "a lock"
    static let plural = "locks"
    static let example = NounExample(
        address: "-g factory -n keep", collection: "-g factory", create: "--lock-type CanNotDelete",
        update: "--notes 'The plant depends on it.'"
    )
    static let columns = [
        Column.name, Column("TYPE", path: "properties", "level"),
        Column("SCOPE") { document in
            let id = document["id"]?.string ?? "-"
            return id.split(separator: "/providers/Microsoft.Authorization/").first.map(String.init) ?? id
        },
        Column("NOTES", path: "properties", "notes"),
    ]

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            let level = fields.level ?? (existing == nil ? .canNotDelete : nil)
            if let level { properties["level"] = .string(level.rawValue) }
            if let notes = fields.notes { properties["notes"] = .string(notes) }
        }
        return .object(document)
    }
}
