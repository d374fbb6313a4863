import ArgumentParser
import ManagementClient
import RelayModel

struct DeploymentCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Deploy a template and wait for the end.",
        discussion: """
            The exit code is 1 when it failed; the reasons go to the standard error.

            Example: causeway deployment create -g factory -f relay.json -p name=factory-relay -p @more.json
            """
    )

    @OptionGroup var template: TemplateOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try template.path(in: client)
            let request = ManagementRequest("PUT", RequestTarget(path), body: try template.body())
            var document = try await client.perform(request).json()
            while document["properties"]?["provisioningState"]?.string == "Running" {
                try await Task.sleep(for: .seconds(1))
                document = try await client.get(path)
            }
            try output.show(document, columns: DeploymentColumns.deployment)
            guard document["properties"]?["provisioningState"]?.string == "Succeeded" else {
                try report(document["properties"]?["error"])
                throw ExitCode(1)
            }
        }
    }

    private func report(_ error: JSONValue?) throws {
        for each in [error].compactMap({ $0 }) + (error?["details"]?.array ?? []) {
            let text = "\(each["code"]?.string ?? ""): \(each["message"]?.string ?? "")"
            try StandardStream.error.write(line: TerminalText.escaped(text))
        }
    }
}

struct DeploymentValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a template without making anything.",
        discussion: "Example: causeway deployment validate -g factory -f relay.json -p name=factory-relay"
    )

    @OptionGroup var template: TemplateOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try template.path(in: client).segment("validate")
            let request = ManagementRequest("POST", RequestTarget(path), body: try template.body())
            try output.show(await client.perform(request).json(), columns: DeploymentColumns.deployment)
        }
    }
}

struct DeploymentWhatIfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if",
        abstract: "Tell what a template would change.",
        discussion: "Example: causeway deployment what-if -g factory -f relay.json --mode Complete"
    )

    @OptionGroup var template: TemplateOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try template.path(in: client).segment("whatIf")
            let request = ManagementRequest("POST", RequestTarget(path), body: try template.body())
            let document = try await client.perform(request).json()
            let changes = document["properties"]?["changes"]?.array ?? []
            try output.show(document, rows: changes, columns: DeploymentColumns.change)
        }
    }
}

struct DeploymentShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a deployment.",
        discussion: "Example: causeway deployment show -g factory -n relay"
    )

    @OptionGroup var address: DeploymentAddress
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await output.show(client.get(try address.path(in: client)), columns: DeploymentColumns.deployment)
        }
    }
}

struct DeploymentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the deployments of a resource group, or of the subscription.",
        discussion: "Example: causeway deployment list -g factory"
    )

    @OptionGroup var place: DeploymentPlace
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let found = try await client.list(try place.deployments(in: client))
            try output.list(found, columns: DeploymentColumns.deployment)
        }
    }
}

struct DeploymentOperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations",
        abstract: "List what a deployment did.",
        discussion: "Example: causeway deployment operations -g factory -n relay"
    )

    @OptionGroup var address: DeploymentAddress
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let found = try await client.list(try address.path(in: client).segment("operations"))
            try output.list(found, columns: DeploymentColumns.operation)
        }
    }
}

struct DeploymentCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End a running deployment early: what is being made is finished, nothing more is begun.",
        discussion: "Example: causeway deployment cancel -g factory -n relay"
    )

    @OptionGroup var address: DeploymentAddress
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await client.perform(ManagementRequest("POST", try address.path(in: client).segment("cancel")))
        }
    }
}

struct DeploymentDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete the record of a deployment; its resources stay.",
        discussion: "Example: causeway deployment delete -g factory -n relay"
    )

    @OptionGroup var address: DeploymentAddress
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await client.perform(ManagementRequest("DELETE", try address.path(in: client)))
        }
    }
}

struct DeploymentExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the template of a deployment, or one that makes a whole resource group again.",
        discussion: """
            Example: causeway deployment export -g factory -n relay

            Example: causeway deployment export -g factory > factory.json
            """
    )

    @OptionGroup var place: DeploymentPlace

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The deployment (default: the group as it is).", valueName: "name"))
    var name: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard place.group != nil || name != nil else {
            throw ValidationError("Give the resource group to export, or the name of a deployment of the subscription.")
        }
    }

    func run() async throws {
        try await server.withClient { client in
            let path: RequestPath
            var body: JSONValue?
            if let name {
                path = try place.deployments(in: client).child(name, "exportTemplate")
            } else {
                path = try .resourceGroup(place.group ?? "", in: client).segment("exportTemplate")
                body = ["resources": ["*"], "options": "IncludeParameterDefaultValue"]
            }
            let document = try await client.perform(ManagementRequest("POST", path, body: body)).json()
            try OutputOptions.printJSON(document["template"] ?? .null)
        }
    }
}
