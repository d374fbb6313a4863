import CausewayTesting
import Foundation
import RelayModel
import RelayStore
import Testing

@testable import Identity

/// Sign-in of people and of federated service principals, against a real store.
struct SignInTests {
    private static let endpoint = "https://localhost:8443"
    private static let tenantID = "11111111-2222-3333-4444-555555555555"
    private static let start = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
    private static let client = SignIn.Client(clientID: "az", address: "192.0.2.1")

    private let folder: TemporaryFolder
    private let store: Store
    private let signIn: SignIn
    private let verifier: AccessTokenVerifier
    private let foreign = ForeignIssuer()
    private let foreignKey = ForeignIssuer.p256()
    private let tenant: SignIn.Tenant

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Self.start }
        let key = try TokenSigningKey.make()
        let audiences = Audiences(endpoints: [Self.endpoint])
        foreign.publish([("one", foreignKey)])
        let external = ExternalIssuers([ExternalIssuer(issuer: foreign.url)], documents: foreign) { _, _ in }
        signIn = SignIn(
            store: store, issuer: await AccessTokenIssuer(key: key, endpoint: Self.endpoint), audiences: audiences,
            external: external)
        verifier = AccessTokenVerifier(key: key, audiences: audiences, endpoint: Self.endpoint, store: store)
        let (salt, hash) = try PasswordCheck.hash(Secret("correct horse"))
        try await store.write { transaction in
            try transaction.insert(
                Subscription(subscriptionID: "s", tenantID: Self.tenantID, displayName: "Causeway"))
            try transaction.insert(
                DirectoryUser(
                    tenantID: Self.tenantID, objectID: "ann-object", userPrincipalName: "ann@example.com",
                    displayName: "Ann", salt: salt, hash: hash))
            let principal = try transaction.insert(
                ServicePrincipal(
                    tenantID: Self.tenantID, objectID: "robot-object", clientID: "robot", displayName: "Robot"))
            try transaction.insert(
                FederatedCredential(
                    name: "main", issuer: "https://issuer.example/tenant", subject: "repo:acme/shop",
                    audiences: ["api://AzureADTokenExchange"], description: nil), of: principal)
        }
        tenant = try #require(try signIn.tenant(named: Self.tenantID))
    }

    private func password(
        _ password: String, user: String = "Ann@Example.com", from address: String = "192.0.2.1",
        tenant: SignIn.Tenant? = nil, at moment: Timestamp = Self.start
    ) async throws -> SignIn.Grant {
        try await signIn.password(
            tenant: tenant ?? self.tenant, client: SignIn.Client(clientID: "az", address: address), userName: user,
            password: Secret(password), resource: "\(Self.endpoint)//.default offline_access openid profile",
            now: moment)
    }

    private func refresh(
        _ grant: SignIn.Grant, client: SignIn.Client = Self.client, at moment: Timestamp = Self.start
    ) async throws -> SignIn.Grant {
        let token = try #require(grant.person?.refreshToken)
        return try await signIn.refresh(tenant: tenant, client: client, token: token, resource: nil, now: moment)
    }

    private func refusal(_ body: () async throws -> SignIn.Grant) async -> SignIn.Refusal? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? SignIn.Refusal
        }
    }

    private func change(_ change: @escaping @Sendable (inout DirectoryUser) -> Void) async throws {
        _ = try await store.write { transaction in
            let user = try #require(try transaction.directoryUser(named: "ann@example.com"))
            var value = user.value
            change(&value)
            return try transaction.update(user, to: value)
        }
    }

    // MARK: Passwords

    @Test func `a name and a password give tokens of the user`() async throws {
        let grant = try await password("correct horse")

        let caller = try verifier.caller(of: grant.accessToken.reveal(), now: Self.start)
        #expect(
            caller
                == Caller(
                    tenantID: Self.tenantID, objectID: "ann-object", clientID: "ann@example.com", displayName: "Ann",
                    kind: .user))
        let anywhere = try #require(try signIn.tenant(named: "organizations"))
        #expect(try await password("correct horse", tenant: anywhere).person?.tenantID == Self.tenantID)
    }

    @Test func `an ID token and a refresh token open nothing`() async throws {
        let named = SignIn.Client(clientID: "https://localhost:8443", address: "192.0.2.1")
        let grant = try await signIn.password(
            tenant: tenant, client: named, userName: "ann@example.com", password: Secret("correct horse"),
            resource: nil,
            now: Self.start)
        let person = try #require(grant.person)

        for token in [person.idToken, person.refreshToken] {
            #expect(throws: ServiceError.self) { try verifier.caller(of: token.reveal(), now: Self.start) }
        }
    }

    @Test func `a wrong password, an unknown name, another tenant and a disabled user look the same`() async throws {
        let wrong = await refusal { try await password("wrong") }
        let unknown = await refusal { try await password("correct horse", user: "bob@example.com") }
        try await change { $0.isEnabled = false }
        let disabled = await refusal { try await password("correct horse") }

        #expect(wrong?.error == "invalid_grant")
        #expect(wrong == unknown)
        #expect(wrong == disabled)
    }

    @Test func `who guesses is slowed down, and nobody else is`() async throws {
        for _ in 0..<5 { #expect(await refusal { try await password("wrong") }?.code == 50_126) }

        #expect(await refusal { try await password("correct horse") }?.code == 50_053)
        #expect(await refusal { try await password("correct horse", from: "192.0.2.2") } == nil)
        #expect(
            await refusal { try await password("correct horse", at: Self.start.adding(seconds: 30)) } == nil)
    }

    @Test func `right passwords are not counted`() async throws {
        for _ in 0..<8 { #expect(await refusal { try await password("correct horse") } == nil) }
    }

    // MARK: Refresh

    @Test func `a refresh token gives new tokens to its own client`() async throws {
        let grant = try await password("correct horse")
        let later = Self.start.adding(seconds: 10 * 86_400)

        let renewed = try await refresh(grant, at: later)
        #expect(try verifier.caller(of: renewed.accessToken.reveal(), now: later).objectID == "ann-object")
        #expect(renewed.person?.refreshToken != grant.person?.refreshToken)
        let other = SignIn.Client(clientID: "other", address: "192.0.2.1")
        #expect(await refusal { try await refresh(grant, client: other) }?.error == "invalid_grant")
        #expect(
            await refusal { try await refresh(grant, at: Self.start.adding(seconds: 14 * 86_400)) }?.code == 700_082)
        #expect(await refusal { try await refresh(renewed, at: Self.start.adding(seconds: 15 * 86_400)) } == nil)
    }

    @Test func `a sign-in cannot be refreshed for ever`() async throws {
        var grant = try await password("correct horse")
        for day in stride(from: Int64(10), to: 90, by: 10) {
            grant = try await refresh(grant, at: Self.start.adding(seconds: day * 86_400))
        }

        #expect(await refusal { try await refresh(grant, at: Self.start.adding(seconds: 90 * 86_400)) } != nil)
    }

    @Test func `a change of the password ends access and refresh tokens`() async throws {
        let grant = try await password("correct horse")
        #expect(try verifier.caller(of: grant.accessToken.reveal(), now: Self.start).kind == .user)

        try await change { $0.credentialVersion += 1 }

        #expect(await refusal { try await refresh(grant) }?.code == 50_173)
        #expect(throws: ServiceError.self) { try verifier.caller(of: grant.accessToken.reveal(), now: Self.start) }
    }

    @Test func `nobody refreshes with something else`() async throws {
        let grant = try await password("correct horse")
        let person = try #require(grant.person)
        for token in [person.idToken, grant.accessToken, Secret("a.b.c"), Secret("")] {
            let refused = await refusal {
                try await signIn.refresh(
                    tenant: tenant, client: Self.client, token: token, resource: nil, now: Self.start)
            }
            #expect(refused?.error == "invalid_grant")
        }
    }

    // MARK: Devices

    private func begin(at moment: Timestamp = Self.start) throws -> SignIn.DeviceCode {
        try signIn.beginDevice(tenant: tenant, client: Self.client, resource: nil, now: moment)
    }

    private func poll(_ codes: SignIn.DeviceCode, at seconds: Int64 = 0) async throws -> SignIn.Grant {
        try await signIn.device(
            tenant: tenant, client: Self.client, deviceCode: codes.deviceCode, resource: nil,
            now: Self.start.adding(seconds: seconds))
    }

    private func approve(_ code: String, _ password: String = "correct horse", from address: String = "192.0.2.9")
        throws
    {
        try signIn.approve(
            userCode: code, userName: "ann@example.com", password: Secret(password), address: address, now: Self.start)
    }

    @Test func `a person approves what a device began, once`() async throws {
        let codes = try begin()
        #expect(await refusal { try await poll(codes) }?.error == "authorization_pending")
        #expect(await refusal { try await poll(codes, at: 2) }?.error == "slow_down")
        #expect(await refusal { try await poll(codes, at: 8) }?.error == "authorization_pending")

        let request = try signIn.deviceSignIn(userCode: codes.userCode, address: "192.0.2.9", now: Self.start)
        #expect(request.clientID == "az" && request.address == "192.0.2.1")
        try approve(codes.userCode.lowercased().replacing("-", with: " "))

        let grant = try await poll(codes, at: 13)
        #expect(try verifier.caller(of: grant.accessToken.reveal(), now: Self.start).displayName == "Ann")
        #expect(await refusal { try await poll(codes, at: 18) }?.error == "invalid_grant")
        #expect(throws: SignIn.ApprovalRefusal.self) { try approve(codes.userCode) }
    }

    @Test func `a declined and an expired sign-in say so`() async throws {
        let declined = try begin()
        try signIn.decline(userCode: declined.userCode, address: "192.0.2.9", now: Self.start)
        #expect(await refusal { try await poll(declined) }?.error == "authorization_declined")

        let expired = try begin()
        #expect(await refusal { try await poll(expired, at: 900) }?.error == "expired_token")
        let other = SignIn.Client(clientID: "other", address: "192.0.2.1")
        let stolen = try begin()
        let refused = await refusal {
            try await signIn.device(
                tenant: tenant, client: other, deviceCode: stolen.deviceCode, resource: nil, now: Self.start)
        }
        #expect(refused?.error == "invalid_grant")
    }

    @Test func `a wrong password approves nothing, and codes cannot be guessed for long`() async throws {
        let codes = try begin()
        #expect(throws: SignIn.ApprovalRefusal.self) { try approve(codes.userCode, "wrong") }
        #expect(await refusal { try await poll(codes) }?.error == "authorization_pending")

        for _ in 0..<10 { #expect(throws: SignIn.ApprovalRefusal.self) { try approve("XXXX-XXXX") } }
        #expect(throws: SignIn.ApprovalRefusal.self) { try approve(codes.userCode) }
        try approve(codes.userCode, from: "192.0.2.10")
    }

    @Test func `an approval ends with a change of the password`() async throws {
        let codes = try begin()
        try approve(codes.userCode)
        try await change { $0.credentialVersion += 1 }

        #expect(await refusal { try await poll(codes) }?.error == "invalid_grant")
    }

    // MARK: Federated credentials

    private func federated(_ changes: JSONObject = [:], clientID: String = "robot") async throws -> SignIn.Grant {
        var claims: JSONObject = [
            "iss": .string(foreign.url), "sub": "repo:acme/shop", "aud": "api://AzureADTokenExchange",
            "exp": .integer(Self.start.secondsSinceEpoch + 600),
        ]
        for change in changes.members { claims[change.name] = change.value }
        let assertion = try ForeignIssuer.token(["alg": "ES256", "kid": "one"], .object(claims)) {
            try ForeignIssuer.signature($0, foreignKey, "ES256")
        }
        return try await signIn.federated(
            tenant: tenant, clientID: clientID, assertion: Secret(assertion), resource: nil, now: Self.start)
    }

    @Test func `a token of another issuer signs a service principal in`() async throws {
        let grant = try await federated()

        let caller = try verifier.caller(of: grant.accessToken.reveal(), now: Self.start)
        #expect(caller.objectID == "robot-object" && caller.kind == .servicePrincipal)
        #expect(grant.person == nil)
    }

    @Test func `issuer, subject and audience must be those of the credential`() async throws {
        let changes: [(JSONObject, Int)] = [
            (["sub": "repo:acme/shop:pull_request"], 700_213), (["sub": "REPO:acme/shop"], 700_213),
            (["aud": "causeway"], 700_212), (["iss": "https://elsewhere.example"], 700_211),
            (["exp": 1], 700_027),
        ]
        for (change, code) in changes {
            let refused = await refusal { try await federated(change) }
            #expect(refused?.code == code && refused?.error == "invalid_client", "\(change)")
        }
        #expect(await refusal { try await federated(clientID: "somebody") }?.code == 700_213)
    }

    @Test func `a disabled service principal is not signed in`() async throws {
        _ = try await store.write { transaction in
            let robot = try #require(try transaction.servicePrincipal(clientID: "robot"))
            var value = robot.value
            value.isEnabled = false
            return try transaction.update(robot, to: value)
        }

        #expect(await refusal { try await federated() }?.code == 700_213)
    }
}

/// What wrong guesses are counted by.
struct GuessLimiterTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8::1:0:0:0:9", "2001:db8::1::"), ("::1", ":::::"), ("fe80::1%eth0", "fe80:::::"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"), ("", ""),
    ])
    func `addresses of one network count together`(_ address: String, _ network: String) {
        #expect(GuessLimiter.network(of: address) == network)
    }

    @Test func `a network has one budget, whatever address it takes`() {
        let limiter = GuessLimiter()
        let now = Timestamp(millisecondsSinceEpoch: 0)
        for index in 0..<5 {
            let budgets = GuessLimiter.password(user: "ann@example.com", address: "2001:db8:1:2::\(index)")
            #expect(limiter.take(budgets, now: now) == nil)
        }
        #expect(
            limiter.take(GuessLimiter.password(user: "Ann@example.com", address: "2001:db8:1:2::9"), now: now) != nil)
        #expect(
            limiter.take(GuessLimiter.password(user: "ann@example.com", address: "2001:db8:1:3::9"), now: now) == nil)
    }
}
