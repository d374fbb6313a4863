import ArgumentParser

/// Deployments of templates.
struct DeploymentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployment",
        abstract: "Deploy templates.",
        discussion: """
            With -g to that resource group, otherwise to the subscription.

            Example: causeway deployment create -g factory --template-file relay.json --parameters name=factory-relay
            """,
        subcommands: [
            DeploymentCreateCommand.self, DeploymentValidateCommand.self, DeploymentWhatIfCommand.self,
            DeploymentShowCommand.self, DeploymentListCommand.self, DeploymentOperationsCommand.self,
            DeploymentCancelCommand.self, DeploymentDeleteCommand.self, DeploymentExportCommand.self,
        ]
    )
}
