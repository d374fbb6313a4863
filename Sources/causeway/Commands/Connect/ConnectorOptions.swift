import AppConnector
import ArgumentParser
import CausewayServer
import Foundation
import Logging
import ManagementClient
import RelayClient
import RelayModel
import RelayProtocol
import RelayTransport
import SharedAccess

/// Where the routes of an app come from: its bindings in the management API, or one connection string.
struct ConnectorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The app whose bindings are used: its resource ID, or its name together with --resource-group (environment: "
                + "CAUSEWAY_SITE).",
            valueName: "site"))
    var site: String?

    @Option(
        name: [.customLong("resource-group"), .customShort("g")],
        help: ArgumentHelp("The resource group of the app.", valueName: "name"))
    var resourceGroup: String?

    @Option(help: ArgumentHelp("The slot of the app.", valueName: "name"))
    var slot: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a site: a gateway connection string with a key that may send, \(ConnectionStringInput.help).",
            valueName: "source"))
    var connectionString: String?

    @Option(help: ArgumentHelp("The subscription (environment: CAUSEWAY_SUBSCRIPTION_ID).", valueName: "guid"))
    var subscription: String?

    @Option(
        name: .customLong("management-endpoint"),
        help: ArgumentHelp("Where the server answers (environment: CAUSEWAY_MANAGEMENT_ENDPOINT).", valueName: "url"))
    var managementEndpoint: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup(title: "Relay Options") var reach: ReachOptions

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// The site as given, or of the environment.
    var chosenSite: String? {
        site ?? environment["CAUSEWAY_SITE"].flatMap { $0.isEmpty || connectionString != nil ? nil : $0 }
    }

    func validate() throws {
        guard site == nil || connectionString == nil else {
            throw ValidationError("Give --site or --connection-string.")
        }
    }

    /// What a connector has in common, whoever runs it.
    func settings() throws -> AppConnectorService.Settings {
        var settings = AppConnectorService.Settings()
        let isPlain = reach.plaintext
        settings.tls =
            try isPlain ? nil : ReachOptions.tlsClient(caFile: ReachOptions.caFile(connection.caFile, environment))
        settings.proxy = try reach.proxySettings()
        settings.isEncrypted = !isPlain
        settings.lanesMax = reach.lanes
        return settings
    }

    /// Works with the bindings of the site, and closes the connections to the management API.
    func withSource<Value>(_ work: (BindingSource) async throws -> Value) async throws -> Value {
        guard let site = chosenSite else {
            throw ValidationError("Give --site, or --connection-string.")
        }
        guard site.hasPrefix("/") || resourceGroup != nil else {
            throw ValidationError("Give --resource-group with the name of a site.")
        }
        let client = try ManagementClient(
            connection.settings(endpoint: managementEndpoint, subscription: subscription))
        do {
            let value = try await work(BindingSource(client, site: try path(site, client)))
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func path(_ site: String, _ client: ManagementClient) throws -> RequestPath {
        guard !site.hasPrefix("/"), let resourceGroup else { return try RequestPath(resourceID: site) }
        return try .resourceGroup(resourceGroup, in: client).site(site, slot: slot)
    }

    /// The one binding of a connection string, for this endpoint.
    func binding(_ endpoint: TCPEndpoint) throws -> AppBinding {
        let string = try ConnectionString(
            ConnectionStringInput.read(connectionString ?? "").reveal())
        return AppBinding(endpoint: endpoint, relay: try RelayEndpoint(string), credential: string.credential)
    }

    /// The one binding of a connection string, for the endpoint that is given or else for the one that the hybrid connection
    /// names.
    func binding(
        _ endpoint: TCPEndpoint?, _ settings: AppConnectorService.Settings, _ loops: SocketLoops
    ) async throws -> AppBinding {
        let string = try ConnectionString(
            ConnectionStringInput.read(connectionString ?? "").reveal())
        let relay = try RelayEndpoint(string)
        if let endpoint {
            return AppBinding(endpoint: endpoint, relay: relay, credential: string.credential)
        }
        let found: TCPEndpoint?
        do {
            found = try await AppConnectorService.endpoint(
                of: relay, string.credential, settings, loops: loops, wallClock: { .now })
        } catch let failure as RelayFailure {
            throw ClientError(.input, "\(relay.address) cannot be asked for its endpoint: \(failure.message)")
        }
        guard let found else {
            throw ClientError(.input, "\(relay.address) names no endpoint: give --endpoint HOST:PORT")
        }
        return AppBinding(endpoint: found, relay: relay, credential: string.credential)
    }

    func loops() async throws -> SocketLoops {
        try await SocketLoops(threads: reach.threadCount, settings: ConnectionSettings())
    }
}

/// The log of a connector: on the standard error, as that of the server.
enum ConnectorLog {
    static func logger(_ level: Logger.Level) -> Logger {
        Logger(label: "causeway.connect") { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }

    static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw ValidationError("--log-level '\(name)' is no level.")
        }
        return level
    }
}
