import ControlPlane
import Identity
import RelayStore

/// Who is who and who may what: the management API and the gateway share what they know of it.
struct ServerAccess: Sendable {
    let audiences: Audiences
    let tokens: AccessTokenVerifier
    let accessControl: AccessControl
    let external: ExternalIssuers
    private let store: Store

    init(store: Store, key: TokenSigningKey, endpoint: String, managementPort port: Int, external: ExternalIssuers) {
        self.store = store
        self.external = external
        audiences = Audiences(
            endpoints: [endpoint, "https://localhost:\(port)", "https://127.0.0.1:\(port)", "https://[::1]:\(port)"]
        )
        tokens = AccessTokenVerifier(
            key: key, audiences: audiences, endpoint: endpoint, store: store, external: external)
        accessControl = AccessControl(store: store)
    }

    var bearer: RelayBearerAuthority {
        RelayBearerAuthority(store: store, tokens: tokens, accessControl: accessControl)
    }
}
