import CausewayServer
package import ManagementClient
package import RelayModel

extension TestServer {
    /// A client of this server, as the administrator or as another service principal.
    package func client(clientID: String? = nil, secret: Secret<String>? = nil) throws -> ManagementClient {
        try ManagementClient(
            ClientSettings(
                endpoint: ManagementEndpoint(runtime.managementEndpoint), tenantID: bootstrap["tenantId"]?.string ?? "",
                clientID: clientID ?? bootstrap["clientId"]?.string ?? "",
                clientSecret: secret ?? Secret(bootstrap["clientSecret"]?.string ?? ""),
                subscriptionID: bootstrap["subscriptionId"]?.string, caFile: caFile
            )
        )
    }

    /// Runs the body with a client and closes it afterwards.
    package func withClient<Value>(
        clientID: String? = nil, secret: Secret<String>? = nil, _ body: (ManagementClient) async throws -> Value
    ) async throws -> Value {
        let client = try client(clientID: clientID, secret: secret)
        do {
            let value = try await body(client)
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }
}

extension ManagementClient {
    /// Sends one call with a JSON body given as text; the path is written as a person writes it.
    package func call(
        _ method: String, _ path: String, _ body: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> ManagementResponse {
        let target = try RequestTarget(written: path, settings: settings)
        return try await send(ManagementRequest(method, target, headers: headers, body: body.map { Array($0.utf8) }))
    }
}
