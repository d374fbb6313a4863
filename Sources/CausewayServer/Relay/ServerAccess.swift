import ControlPlane
import Identity
import RelayStore

/// Who is who and who may what: the management API and the gateway share what they know of it.
struct ServerAccess: Sendable {
    let audiences: Audiences
    let tokens: AccessTokenVerifier
    let accessControl: AccessControl
    private let store: Store

    init(store: Store, key: TokenSigningKey, endpoint: String, managementPort port: Int) throws {
        self.store = store
        audiences = Audiences(
            endpoints: [endpoint, "https://localhost:\(port)", "https://127.0.0.1:\(port)", "https://[::1]:\(port)"]
        )
        tokens = try AccessTokenVerifier(key: key, audiences: audiences, endpoint: endpoint, store: store)
        accessControl = AccessControl(store: store)
    }

    var bearer: RelayBearerAuthority {
        RelayBearerAuthority(store: store, tokens: tokens, accessControl: accessControl)
    }
}
