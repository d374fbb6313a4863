import ControlPlane
import Identity
import Logging
package import ManagementAPI
import RelayCore
import RelayModel
import RelayStore
import SharedAccess

/// The REST edge over a store of its own, without ports; for tests of the table of routes.
package struct TestAPI: Sendable {
    package let api: ManagementAPI
    private let folder: TemporaryFolder

    package static func make() async throws -> TestAPI {
        let folder = try TemporaryFolder()
        let now: @Sendable () -> Timestamp = { Timestamp(millisecondsSinceEpoch: 1_800_000_000_000) }
        let store = try Store(path: folder.path + "/test.db", now: now)
        let controlPlane = ControlPlane(
            store: store, vault: try KeyVault(masterKey: KeyVault.randomMasterKey()), listeners: NoListeners(),
            relayAddress: RelayAddress(domain: "relay.localhost", port: 9443), planLimits: .standard
        )
        let key = try TokenSigningKey.make()
        let endpoint = "https://localhost:8443"
        let audiences = Audiences(endpoints: [endpoint])
        let api = ManagementAPI(
            controlPlane: controlPlane, accessControl: AccessControl(store: store),
            tokens: AccessTokenVerifier(key: key, audiences: audiences, endpoint: endpoint, store: store),
            signIn: SignIn(
                store: store, issuer: await AccessTokenIssuer(key: key, endpoint: endpoint), audiences: audiences
            ),
            signingKey: key,
            settings: ManagementAPI.Settings(
                endpoint: endpoint, responseDeadlineSeconds: 60, rate: nil, trustedProxies: []
            ),
            logger: Logger(label: "test"), now: now
        )
        return TestAPI(api: api, folder: folder)
    }
}
