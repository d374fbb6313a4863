import ArgumentParser
import ManagementClient
import RelayModel

/// Which events of the data plane are shown.
struct RelayEventOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The start: a moment like 2026-02-03T08:00:00Z, or how long ago.", valueName: "30m|24h|7d"))
    var since = MomentArgument.hoursAgo(1)

    @Option(help: ArgumentHelp("The end (default: now).", valueName: "moment"))
    var until: MomentArgument?

    @Option(help: ArgumentHelp("Only this operation, for example NewListenerRegistered.", valueName: "name"))
    var operation: String?

    @Option(
        name: .customLong("tracking-id"),
        help: ArgumentHelp("Only what belongs to the tracking ID that a client was told.", valueName: "id")
    )
    var trackingID: String?

    func filter(now: Timestamp) -> String {
        var parts = ["eventTimestamp ge '\(since.timestamp(now: now).iso8601)'"]
        if let until { parts.append("eventTimestamp le '\(until.timestamp(now: now).iso8601)'") }
        for (name, value) in [("operationName", operation), ("trackingId", trackingID)] {
            guard let value else { continue }
            parts.append("\(name) eq '\(value.replacing("'", with: "''"))'")
        }
        return parts.joined(separator: " and ")
    }

    func target(below path: RequestPath) throws -> RequestTarget {
        RequestTarget(try path.provider("Causeway.Relay").segment("events"), query: [("$filter", filter(now: .now))])
    }
}
