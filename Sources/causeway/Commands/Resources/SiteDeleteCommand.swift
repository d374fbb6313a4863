import ArgumentParser
import ManagementClient

/// Deletes an app or a slot, and the plan with the last of its apps unless that is not wanted.
struct SiteDeleteCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        SiteNoun.verb(
            "delete", "Delete an app or a slot of it without asking; the last app of a plan takes the plan along.",
            example: SiteNoun.example.address
        )
    }

    @OptionGroup var address: SiteNoun.Address

    @Flag(help: "Keep the plan when this was its last app.")
    var keepEmptyPlan = false

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let query = keepEmptyPlan ? [(name: "deleteEmptyServerFarm", value: "false")] : []
            let target = RequestTarget(try address.path(in: client), query: query)
            try await client.perform(ManagementRequest("DELETE", target))
        }
    }
}
