import Foundation
import Identity
import RelayModel
import RelayStore
import SharedAccess

/// What the first start makes: the tenant, a subscription, and an administrator who may do everything.
package struct Bootstrap: Sendable {
    private static let ownerRole = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

    package let tenantID: String
    package let subscriptionID: String
    package let clientID: String
    private let clientSecret: Secret<String>

    /// Makes them when the store has no subscription yet. `bootstrap.json` is written before the store knows its
    /// secret: a start that fails in between is simply made again.
    /// - Returns: what was made; `nil` when the store was in use before.
    static func run(
        _ request: BootstrapRequest, _ directory: DataDirectory, store: Store, managementEndpoint: String,
        relayEndpoint: String, now: Timestamp
    ) async throws -> Bootstrap? {
        guard try store.read({ try $0.subscriptions() }).isEmpty else { return nil }
        let bootstrap = Bootstrap(
            tenantID: request.tenantID ?? newGUID(),
            subscriptionID: request.subscriptionID ?? newGUID(),
            clientID: request.clientID ?? newGUID(), clientSecret: request.clientSecret ?? ClientSecretHash.newSecret()
        )
        let secret = try bootstrap.hashedSecret(isChosen: request.clientSecret != nil, now: now)
        let document = bootstrap.document(
            managementEndpoint: managementEndpoint, relayEndpoint: relayEndpoint, caFile: directory.caFile
        )
        try DataDirectory.writeAtomically(document, to: directory.bootstrapFile, mode: 0o600)
        try await bootstrap.insert(secret, into: store)
        return bootstrap
    }

    private func insert(_ secret: ClientSecret, into store: Store) async throws {
        let objectID = Self.newGUID()
        try await store.write { transaction in
            try transaction.insert(
                Subscription(
                    subscriptionID: subscriptionID, tenantID: tenantID, displayName: "Causeway"
                )
            )
            let principal = try transaction.insert(
                ServicePrincipal(
                    tenantID: tenantID, objectID: objectID, clientID: clientID,
                    displayName: "Administrator"
                )
            )
            try transaction.insert(secret, of: principal)
            _ = try transaction.insert(
                RoleAssignment(
                    tenantID: tenantID, name: Self.newGUID(), scope: .tenant, roleDefinitionID: Self.ownerRole,
                    principalID: objectID, principalType: "ServicePrincipal", description: "Made at the first start."
                )
            )
        }
    }

    /// The text of `bootstrap.json`: the one place that holds the first secret in clear.
    func document(managementEndpoint: String, relayEndpoint: String, caFile: String) -> String {
        let document: JSONValue = [
            "comment":
                "Holds the administrator's secret in clear. Keep it private; delete it when it stands elsewhere.",
            "tenantId": .string(tenantID),
            "subscriptionId": .string(subscriptionID),
            "clientId": .string(clientID),
            "clientSecret": .string(clientSecret.reveal()),
            "managementEndpoint": .string(managementEndpoint),
            "relayEndpoint": .string(relayEndpoint),
            "caFile": .string(caFile),
        ]
        return document.prettyText + "\n"
    }

    private func hashedSecret(isChosen: Bool, now: Timestamp) throws -> ClientSecret {
        let id = Self.newGUID()
        if isChosen { return try ClientSecretCheck.hash(clientSecret, id: id, now: now) }
        let salt = Array(KeyVault.randomMasterKey().reveal().prefix(16))
        return ClientSecret(
            secretID: id, algorithm: .sha256, salt: salt,
            hash: ClientSecretHash.sha256(secret: clientSecret, salt: salt),
            createdAt: now, expiresAt: nil
        )
    }

    private static func newGUID() -> String { UUID().uuidString.lowercased() }
}
