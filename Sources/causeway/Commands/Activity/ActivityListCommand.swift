import ArgumentParser
import ManagementClient
import RelayModel

/// Lists the events of the activity log, newest first.
struct ActivityListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the events of the activity log, newest first.",
        discussion: "Example: causeway activity list -g factory --since 7d"
    )

    @Option(
        help: ArgumentHelp("The start: a moment like 2026-02-03T08:00:00Z, or how long ago.", valueName: "30m|24h|7d"))
    var since = MomentArgument.hoursAgo(24)

    @Option(help: ArgumentHelp("The end (default: now).", valueName: "moment"))
    var until: MomentArgument?

    @Option(
        name: [.customShort("g"), .customLong("resource-group")],
        help: ArgumentHelp("Only what happened in this resource group.", valueName: "group")
    )
    var group: String?

    @Option(help: ArgumentHelp("Only what happened to this resource.", valueName: "id"))
    var resourceID: String?

    @Option(help: ArgumentHelp("Only what belongs to this call.", valueName: "guid"))
    var correlationID: String?

    @Option(help: ArgumentHelp("How many events at most.", valueName: "count"))
    var limit: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    static let columns = [
        Column("TIME") { document in
            // Fractions of a second are in the JSON.
            Column.text(of: document["eventTimestamp"]).prefix { $0 != "." } + "Z"
        }, Column("CALLER", path: "caller"),
        Column("OPERATION", path: "operationName", "value"), Column("STATUS", path: "status", "value"),
        Column("RESOURCE") { document in
            // All of them are of one subscription.
            let id = Column.text(of: document["resourceId"])
            let prefix = "/subscriptions/\(document["subscriptionId"]?.string ?? "")"
            return id.count > prefix.count && id.hasPrefix(prefix) ? String(id.dropFirst(prefix.count)) : id
        },
    ]

    func validate() throws {
        guard [group, resourceID, correlationID].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Give one of --resource-group, --resource-id and --correlation-id.")
        }
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let path = try RequestPath.subscription(of: client).provider("Microsoft.Insights").segment("eventtypes")
                .segment("management").segment("values")
            let target = RequestTarget(path, query: [("$filter", filter(now: .now))])
            try await output.list(client.list(target, countMax: limit ?? .max), columns: Self.columns)
        }
    }

    func filter(now: Timestamp) -> String {
        var parts = ["eventTimestamp ge '\(since.timestamp(now: now).iso8601)'"]
        if let until { parts.append("eventTimestamp le '\(until.timestamp(now: now).iso8601)'") }
        let equalities = [
            ("resourceGroupName", group), ("resourceUri", resourceID), ("correlationId", correlationID),
        ]
        for (name, value) in equalities {
            guard let value else { continue }
            parts.append("\(name) eq '\(value.replacing("'", with: "''"))'")
        }
        return parts.joined(separator: " and ")
    }
}
