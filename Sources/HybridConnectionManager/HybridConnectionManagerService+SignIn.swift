package import ManagementClient
package import RelayModel

extension HybridConnectionManagerService {
    /// Signs in, and keeps with what.
    /// - Returns: whose sign-in it is, for people.
    package func signIn(_ new: ClientSettings) async throws -> JSONValue {
        let client = try ManagementClient(new)
        do {
            _ = try await client.accessToken()
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        let before = signIn
        signIn = new
        do {
            try save()
        } catch {
            signIn = before
            throw error
        }
        // Perhaps that was all that was missing.
        if configurationRetry != nil { configurationRetry = .now }
        return signInView
    }

    package func signOut() throws {
        signIn = nil
        try save()
    }

    package var signInView: JSONValue {
        guard let signIn else { return .null }
        return [
            "endpoint": .string(signIn.endpoint.url), "clientId": .string(signIn.clientID),
            "tenantId": .string(signIn.tenantID),
            "subscriptionId": signIn.subscriptionID.map { .string($0) } ?? .null,
        ]
    }

    package func subscriptions() async throws -> JSONValue {
        .array(
            try await withClient { client in
                try await ResourceLookup(client).subscriptions().map {
                    ["id": .string($0.id), "name": .string($0.name)]
                }
            })
    }

    package func available(subscriptionID: String) async throws -> JSONValue {
        .array(
            try await withClient { client in
                try await ResourceLookup(client).available(subscriptionID: subscriptionID)
            })
    }

    func withClient<Value: Sendable>(
        _ body: @Sendable (ManagementClient) async throws -> Value
    ) async throws -> Value {
        guard let signIn else {
            throw Refusal("this manager is not signed in; use `causeway hcm login`, or add a gateway connection string")
        }
        let client = try ManagementClient(signIn)
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
