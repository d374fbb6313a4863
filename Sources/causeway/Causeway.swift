import ArgumentParser
import CausewayServer

/// The program: everything that Causeway does is a subcommand.
@main
struct Causeway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract: "A self-hosted relay with hybrid connections, compatible with Azure Relay.",
        discussion: """
            Start a server with `causeway serve`; the other commands then find it through its data directory, or through \
            CAUSEWAY_MANAGEMENT_ENDPOINT, CAUSEWAY_TENANT_ID, CAUSEWAY_SUBSCRIPTION_ID, CAUSEWAY_CLIENT_ID, \
            CAUSEWAY_CLIENT_SECRET and CAUSEWAY_CA_FILE.

            Results go to the standard output, errors to the standard error. The exit code is 0 when it is done, 1 when \
            it failed and 2 when the command line is wrong.
            """,
        version: Server.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [ServeCommand.self, BackupCommand.self, RestoreCommand.self]
            ),
            CommandGroup(
                name: "Relay",
                subcommands: [
                    NounCommand<GroupNoun>.self, NounCommand<NamespaceNoun>.self,
                    NounCommand<HybridConnectionNoun>.self,
                    NounCommand<WCFRelayNoun>.self, NounCommand<AuthorizationRuleNoun>.self, KeysCommand.self,
                    UsageCommand.self,
                ]
            ),
            CommandGroup(
                name: "Tunnels",
                subcommands: [
                    HCMCommand.self, ConnectCommand.self, ExecCommand.self, TCPPingCommand.self, DoctorCommand.self,
                ]
            ),
            CommandGroup(
                name: "Apps",
                subcommands: [
                    NounCommand<PlanNoun>.self, NounCommand<SiteNoun>.self, NounCommand<BindingNoun>.self,
                ]
            ),
            CommandGroup(
                name: "Templates and moving",
                subcommands: [DeploymentCommand.self, ExportCommand.self, ImportCommand.self, ImportAzureCommand.self]
            ),
            CommandGroup(
                name: "Access",
                subcommands: [
                    IdentityCommand.self, NounCommand<ServicePrincipalNoun>.self, RoleCommand.self,
                    RoleAssignmentCommand.self, NounCommand<LockNoun>.self,
                    ActivityCommand.self, TokenCommand.self, RestCommand.self,
                ]
            ),
        ]
    )

    /// Runs the command of the command line. The library's own entry point would end with 64 when that is wrong.
    static func main() async {
        do {
            var command = try await asyncParseAsRoot(nil)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            ExitReport(error).exit()
        }
    }
}
