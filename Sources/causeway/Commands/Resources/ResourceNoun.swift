import ArgumentParser
import ManagementClient
import RelayModel

/// What the verbs create, show, list, update and delete need to know of one kind of resource.
protocol ResourceNoun: Sendable {
    /// The options that name one resource.
    associatedtype Address: ResourceAddress
    /// The options that name what is listed.
    associatedtype Collection: ResourceCollection
    /// The options that say what a resource is to be.
    associatedtype Fields: ParsableArguments

    /// The noun as the command line has it.
    static var commandName: String { get }
    /// The noun with the commands that it stands below, for examples.
    static var words: String { get }
    /// The noun in a sentence, with its article.
    static var singular: String { get }
    static var plural: String { get }
    static var example: NounExample { get }
    static var columns: [Column] { get }
    /// The columns after a create; they may show what can be seen only once.
    static var createdColumns: [Column] { get }
    /// The commands below the noun.
    static var verbs: [any ParsableCommand.Type] { get }

    /// The body of the PUT: of a new resource, or of the existing document with the changes of an update. A
    /// `ValidationError` says which option is missing.
    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) async throws -> JSONValue

    /// Does what belongs to a create beyond its PUT, and gives the document to print.
    static func created(
        _ response: ManagementResponse, at path: RequestPath, _ fields: Fields, in client: ManagementClient
    ) async throws -> JSONValue
}

extension ResourceNoun {
    static var createdColumns: [Column] { columns }

    static var words: String { commandName }

    static var verbs: [any ParsableCommand.Type] { allVerbs }

    static var allVerbs: [any ParsableCommand.Type] {
        [
            CreateCommand<Self>.self, ShowCommand<Self>.self, ListCommand<Self>.self, UpdateCommand<Self>.self,
            DeleteCommand<Self>.self,
        ]
    }

    static func created(
        _ response: ManagementResponse, at path: RequestPath, _ fields: Fields, in client: ManagementClient
    ) async throws -> JSONValue {
        try response.json()
    }
}

/// Options that name one resource.
protocol ResourceAddress: ParsableArguments {
    /// - Throws: `ClientError` when a name cannot stand in a path or the subscription is not known.
    func path(in client: ManagementClient) throws -> RequestPath
}

/// Options that name the resources of a list.
protocol ResourceCollection: ParsableArguments {
    /// - Throws: `ClientError` when a name cannot stand in a path or the subscription is not known.
    func path(in client: ManagementClient) throws -> RequestPath
}

/// The arguments of a noun's examples.
struct NounExample: Sendable {
    /// They name one resource.
    var address: String
    /// They name what is listed.
    var collection: String
    var create: String
    var update: String
}
