import HTTPTypes
import Identity
import ManagementDocuments
import RelayModel

/// Discovery: what a client asks for before it has a token.
struct SignInController: Sendable {
    private let signIn: SignIn
    private let key: TokenSigningKey
    private let endpoint: String

    init(_ api: ManagementAPI) {
        signIn = api.signIn
        key = api.signingKey
        endpoint = api.settings.endpoint
    }

    func metadata(_ call: Call) async throws -> Answer {
        Answer(.ok, DiscoveryDocument.metadata(endpoint: endpoint))
    }

    /// Clients that know of no tenants use `adfs`, and find everything under that name.
    func discovery(_ call: Call) async throws -> Answer {
        let tenantID = try tenantID(call)
        let isADFS = call.parameters["tenant"].equalsIgnoringCase("adfs")
        return Answer(
            .ok, DiscoveryDocument.openIDConfiguration(endpoint: endpoint, tenantID: tenantID, isADFS: isADFS))
    }

    func keys(_ call: Call) async throws -> Answer {
        _ = try tenantID(call)
        return Answer(.ok, DiscoveryDocument.keys(keyID: key.keyID, x: key.x, y: key.y))
    }

    /// How a user signs in: always here, with a password, whether there is such a user or not.
    func userRealm(_ call: Call) async throws -> Answer {
        Answer(.ok, DiscoveryDocument.userRealm(of: call.parameters["userName"], endpoint: endpoint))
    }

    private func tenantID(_ call: Call) throws -> String {
        let name = call.parameters["tenant"]
        guard let tenant = try signIn.tenant(named: name) else {
            throw ServiceError(.notFound, "The tenant '\(NameRule.shown(name))' was not found.")
        }
        return tenant.tenantID
    }
}
