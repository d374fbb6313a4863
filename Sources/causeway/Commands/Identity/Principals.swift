import ManagementClient
import RelayModel

/// Whom the command line names.
enum Principals {
    /// A user by its user principal name, a service principal by its client ID, a group by its name, or any of them by its
    /// object ID.
    /// - Returns: the object ID, and what it is where that is known.
    /// - Throws: `ClientError` when there is nobody of that name.
    static func find(
        _ name: String, in client: ManagementClient
    ) async throws -> (objectID: String, type: PrincipalKind?) {
        let kinds: [(PrincipalKind, String)] = [
            (.user, "users"), (.servicePrincipal, "servicePrincipals"), (.group, "groups"),
        ]
        for (kind, collection) in kinds {
            let path = try RequestPath.tenant.provider("Causeway.Relay").child(collection, name)
            if let id = try await client.getIfPresent(path)?["properties"]?["objectId"]?.string { return (id, kind) }
        }
        guard isGUID(name) else {
            throw ClientError(.input, "there is no user, service principal or group with the name \(name)")
        }
        return (name, nil)
    }

    static func isGUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
