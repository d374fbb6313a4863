import ArgumentParser
import ManagementClient
import RelayModel

/// Shows what happened on the data plane of one resource, oldest first, and with `--follow` what happens from now on.
struct RelayEventsCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb(
            "events", "Show what happened to the listeners and senders of \(Noun.singular), oldest first.",
            example: "\(Noun.example.address) --since 2h"
        )
    }

    @OptionGroup var address: Noun.Address
    @OptionGroup var events: RelayEventOptions

    @Option(help: ArgumentHelp("How many events at most, the newest ones.", valueName: "count"))
    var limit: Int?

    @Flag(help: "Goes on with what happens until it is interrupted; as JSON, one event is one line.")
    var follow = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more.") }
        guard !follow || (limit == nil && events.until == nil) else {
            throw ValidationError("--follow goes on without an end: give it without --limit and --until.")
        }
    }

    func run() async throws {
        try await server.withClient { client in
            let target = try events.target(below: try address.path(in: client))
            if follow {
                try await RelayEventFollower(output: output).run(target, client)
            } else {
                let found = try await client.list(target)
                try output.list(Array(found.suffix(limit ?? .max)), columns: RelayEventColumns.all)
            }
        }
    }
}

/// What tables show of an event.
enum RelayEventColumns {
    static let all = [
        Column("TIME") { Column.text(of: $0["eventTimestamp"]).prefix { $0 != "." } + "Z" },
        Column("OPERATION") { document in
            let name = Column.text(of: document["operationName"])
            return name.split(separator: "/").last.map(String.init) ?? name
        },
        Column("ENTITY", path: "entityName"), Column("REMOTE", path: "remoteEndpoint"),
        Column("STATUS", path: "status"), Column("MESSAGE", path: "message"),
    ]
}
