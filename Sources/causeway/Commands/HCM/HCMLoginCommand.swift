import ArgumentParser
import Foundation
import ManagementClient
import RelayModel

/// `causeway hcm login`: gives the running manager a sign-in of its own.
struct HCMLoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign the running manager in to the management API.",
        discussion: """
            A manager that is signed in can list hybrid connections, add them by name, and fetch a new key when one is \
            replaced. The service principal needs to read hybrid connections and to list the keys of their rules. Its \
            secret is kept encrypted in the state directory.

            Example: causeway hcm login --management-endpoint https://causeway.example --client-id hcm --client-secret @secret
            """
    )

    @Option(help: ArgumentHelp("The subscription (environment: CAUSEWAY_SUBSCRIPTION_ID).", valueName: "guid"))
    var subscription: String?

    @Option(
        name: .customLong("management-endpoint"),
        help: ArgumentHelp("Where the server answers (environment: CAUSEWAY_MANAGEMENT_ENDPOINT).", valueName: "url"))
    var managementEndpoint: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        let settings = try connection.settings(endpoint: managementEndpoint, subscription: subscription)
        var body: JSONObject = [
            "endpoint": .string(settings.endpoint.url), "tenantId": .string(settings.tenantID),
            "clientId": .string(settings.clientID), "clientSecret": .string(settings.clientSecret.reveal()),
        ]
        if let subscription = settings.subscriptionID { body.append("subscriptionId", .string(subscription)) }
        if let caFile = settings.caFile {
            body.append("caFile", .string(URL(fileURLWithPath: caFile).standardized.path))
        }
        let view = try await manager.send("POST", "/sign-in", body: .object(body))
        try StandardStream.output.write(
            line: "Signed in at \(Column.text(of: view["endpoint"])) as \(Column.text(of: view["clientId"])).")
    }
}

/// `causeway hcm logout`
struct HCMLogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Make the running manager forget its sign-in.",
        discussion: """
            Hybrid connections stay and keep the keys that they have.

            Example: causeway hcm logout
            """
    )

    @OptionGroup var manager: ManagerOptions

    func run() async throws {
        _ = try await manager.send("DELETE", "/sign-in")
        try StandardStream.error.write(line: "Signed out.")
    }
}
