import ArgumentParser
import ManagementClient
import RelayModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a command signs in; the endpoint is an option of its own, because its name is taken in some commands.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .customLong("data-directory"),
        help: ArgumentHelp(
            "The data directory of the server on this machine (environment: CAUSEWAY_DATA_DIRECTORY; default: "
                + "\(DataDirectory.defaultPath)).",
            valueName: "directory"
        )
    )
    var dataDirectory: String?

    @Option(
        name: .customLong("tenant-id"),
        help: ArgumentHelp("The tenant to sign in to (environment: CAUSEWAY_TENANT_ID).", valueName: "guid")
    )
    var tenantID: String?

    @Option(
        name: .customLong("client-id"),
        help: ArgumentHelp("The service principal that signs in (environment: CAUSEWAY_CLIENT_ID).", valueName: "id")
    )
    var clientID: String?

    @Option(
        name: .customLong("client-secret"),
        help: ArgumentHelp(
            "Where its secret is: @FILE, or - for the standard input (environment: CAUSEWAY_CLIENT_SECRET holds the "
                + "secret itself).",
            valueName: "source"
        )
    )
    var clientSecret: String?

    @Option(
        name: .customLong("ca-file"),
        help: ArgumentHelp(
            "A PEM file with the authority of the server's certificate (environment: CAUSEWAY_CA_FILE).",
            valueName: "file"
        )
    )
    var caFile: String?

    /// Signs in lazily, runs the work and closes the connections.
    /// - Throws: `ValidationError` when the endpoint given as a flag has the wrong form, `ClientError` when settings are
    ///   missing, and what the work throws.
    func withClient(
        endpoint: String?, subscription: String? = nil, _ work: (ManagementClient) async throws -> Void
    ) async throws {
        let client = try ManagementClient(settings(endpoint: endpoint, subscription: subscription))
        do {
            try await work(client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// With what a client signs in: flags, then the environment, then the local data directory.
    /// - Throws: `ValidationError` when the endpoint given as a flag has the wrong form, `ClientError` when settings are
    ///   missing.
    func settings(endpoint: String?, subscription: String? = nil) throws -> ClientSettings {
        if let endpoint {
            do { _ = try ManagementEndpoint(endpoint) } catch { throw ValidationError(error.message) }
        }
        let secret: Secret<String>? = if let clientSecret { try SecretInput.read(clientSecret) } else { nil }
        let flags = GivenSettings(
            endpoint: endpoint, tenantID: tenantID, clientID: clientID, clientSecret: secret,
            subscriptionID: subscription, caFile: caFile, dataDirectory: dataDirectory
        )
        return try ClientSettings.resolve(flags: flags, environment: ProcessInfo.processInfo.environment)
    }
}
