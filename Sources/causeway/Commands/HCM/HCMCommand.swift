import ArgumentParser

/// `causeway hcm`: the Hybrid Connection Manager.
struct HCMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hcm",
        abstract: "Run and manage a Hybrid Connection Manager.",
        discussion: """
            A manager runs in the private network (`causeway hcm run`), listens at hybrid connections by dialling out, and \
            takes each connection of an app to the one endpoint of its hybrid connection. The other commands talk to the \
            running manager over its socket.

            Example: causeway hcm add @listener-string.txt
            """,
        subcommands: [
            HCMRunCommand.self, HCMAddCommand.self, HCMListCommand.self, HCMShowCommand.self, HCMRemoveCommand.self,
            HCMRestartCommand.self, HCMTestCommand.self, HCMDoctorCommand.self, HCMLoginCommand.self,
            HCMLogoutCommand.self, HCMLogsCommand.self, HCMVersionCommand.self, HCMInstallServiceCommand.self,
        ]
    )
}
