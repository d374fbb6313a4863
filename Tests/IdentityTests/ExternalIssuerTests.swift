import CausewayTesting
import Crypto
import CryptoExtras
import Foundation
import Identity
import RelayModel
import RelayStore
import Synchronization
import Testing

/// Tokens of other issuers, as they send them and as attackers would.
struct ExternalIssuerTests {
    private static let endpoint = "https://localhost:8443"
    private static let tenantID = "11111111-2222-3333-4444-555555555555"
    private static let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
    private static let oid = "0a1b2c3d-0000-4000-8000-00000000abcd"

    private let folder: TemporaryFolder
    private let store: Store
    private let key = ForeignIssuer.p256()
    private let issuer = ForeignIssuer()
    private let failures = Failures()

    private final class Failures: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Self.now }
        try await store.write { transaction in
            try transaction.insert(
                Subscription(subscriptionID: Self.oid, tenantID: Self.tenantID, displayName: "Causeway"))
        }
        issuer.publish([("one", key)])
    }

    private func verifier(_ change: (inout ExternalIssuer) -> Void = { _ in }) throws -> AccessTokenVerifier {
        var configuration = ExternalIssuer(issuer: issuer.url, audiences: ["causeway", "api://other"])
        change(&configuration)
        let failures = failures
        return AccessTokenVerifier(
            key: try TokenSigningKey.make(), audiences: Audiences(endpoints: [Self.endpoint]), endpoint: Self.endpoint,
            store: store,
            external: ExternalIssuers([configuration], documents: issuer) { failures.add("\($0.issuer): \($1)") }
        )
    }

    private func claims(_ changes: JSONObject = [:], at moment: Timestamp = Self.now) -> JSONValue {
        var claims: JSONObject = [
            "iss": .string(issuer.url), "sub": "repo:acme/shop", "aud": "causeway",
            "iat": .integer(moment.secondsSinceEpoch), "nbf": .integer(moment.secondsSinceEpoch),
            "exp": .integer(moment.secondsSinceEpoch + 600),
        ]
        for change in changes.members { claims[change.name] = change.value.isNull ? nil : change.value }
        return .object(claims)
    }

    private func token(
        _ claims: JSONValue, header: JSONValue = ["alg": "ES256", "kid": "one"], key: ForeignIssuer.Key? = nil
    ) throws -> String {
        try ForeignIssuer.token(header, claims) {
            try ForeignIssuer.signature($0, key ?? self.key, header["alg"]?.string ?? "")
        }
    }

    private func caller(
        _ verifier: AccessTokenVerifier, _ token: String, at moment: Timestamp = Self.now
    ) async throws -> Caller {
        await verifier.prepare(token, now: moment)
        return try verifier.caller(of: token, now: moment)
    }

    private func refusal(
        _ verifier: AccessTokenVerifier, _ token: String, at moment: Timestamp = Self.now
    ) async -> ServiceError? {
        do {
            _ = try await caller(verifier, token, at: moment)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    // MARK: Who it is

    @Test func `a token of a configured issuer names a principal with an ID of its own`() async throws {
        let caller = try await caller(verifier(), try token(claims()))

        // uuid.uuid5(uuid.NAMESPACE_URL, "https://issuer.example/tenant#sub=repo:acme/shop")
        #expect(
            caller
                == Caller(
                    tenantID: Self.tenantID, objectID: "ce4693d9-a1dc-580d-9477-081a8bf7e90d",
                    clientID: "repo:acme/shop", displayName: "repo:acme/shop", kind: .user))
        #expect(issuer.fetched == ["\(issuer.url)/.well-known/openid-configuration", "https://keys.example/set"])
    }

    @Test func `the claims of Entra are taken: object ID, kind, groups and names`() async throws {
        let group = "0A1B2C3D-0000-4000-8000-0000000000FF"
        let caller = try await caller(
            verifier(),
            try token(
                claims([
                    "oid": .string(Self.oid.uppercased()), "idtyp": "app", "appid": "client",
                    "preferred_username": "ann@example.com", "groups": [.string(group), "admins"],
                ])))

        #expect(caller.objectID == Self.oid)
        #expect(caller.kind == .servicePrincipal)
        #expect(caller.clientID == "client")
        #expect(caller.displayName == "ann@example.com")
        #expect(caller.groupIDs.contains(group.lowercased()))
        #expect(caller.groupIDs.count == 2)
    }

    @Test func `the operator chooses claims and tenant`() async throws {
        let verifier = try verifier {
            $0.tenantID = "99999999-2222-3333-4444-555555555555"
            $0.subjectClaim = "email"
            $0.nameClaim = "nick"
            $0.groupsClaim = "roles"
        }
        let caller = try await caller(
            verifier,
            try token(
                claims(["oid": .string(Self.oid), "email": "a@b.c", "nick": "Ann\n", "roles": [.string(Self.oid)]])))

        #expect(caller.tenantID == "99999999-2222-3333-4444-555555555555")
        #expect(caller.objectID != Self.oid)
        #expect(caller.displayName == "Ann ")
        #expect(caller.groupIDs == [Self.oid])
        #expect(await refusal(verifier, try token(claims()))?.message.contains("'email'") == true)
    }

    @Test func `no foreign token becomes a principal of this server, or a member of its groups`() async throws {
        _ = try await store.write { transaction in
            try transaction.insert(
                ServicePrincipal(tenantID: Self.tenantID, objectID: Self.oid, clientID: "admin", displayName: "d"))
        }
        let verifier = try verifier()

        #expect(
            await refusal(verifier, try token(claims(["oid": .string(Self.oid.uppercased())])))?.code
                == .invalidAuthenticationToken)
        let caller = try await caller(verifier, try token(claims(["groups": [.string(Self.oid)]])))
        #expect(caller.groupIDs == [])
    }

    @Test func `a token for the relay is good there and nowhere else, any other audience for both`() async throws {
        let verifier = try verifier { $0.audiences = ["https://relay.azure.net", "causeway"] }
        let relay = try token(claims(["aud": "https://relay.azure.net"]))
        let both = try token(claims(["aud": ["elsewhere", "causeway"]]))

        #expect(await refusal(verifier, relay)?.code == .invalidAuthenticationToken)
        #expect(try verifier.relayCaller(of: Secret(relay), now: Self.now).isForeign)
        #expect(await refusal(verifier, both) == nil)
        #expect(try verifier.relayCaller(of: Secret(both), now: Self.now).isForeign)
    }

    // MARK: Algorithms and keys

    @Test(arguments: ["RS256", "RS384", "RS512", "PS256"])
    func `the algorithms for RSA keys are known`(algorithm: String) async throws {
        let rsa = try #require(ForeignIssuer.rsa)
        issuer.publish([("one", .rsa(rsa))])
        let header: JSONValue = ["alg": .string(algorithm), "kid": "one"]
        let verifier = try verifier()

        #expect(await refusal(verifier, try token(claims(), header: header, key: .rsa(rsa))) == nil)
        let wrong: JSONValue = ["alg": "PS384", "kid": "one"]
        #expect(await refusal(verifier, try token(claims(), header: wrong, key: .rsa(rsa))) != nil)
    }

    @Test func `P-384 goes with ES384 and nothing else`() async throws {
        let p384 = ForeignIssuer.Key.p384(P384.Signing.PrivateKey())
        issuer.publish([("one", p384)])
        let verifier = try verifier()

        #expect(await refusal(verifier, try token(claims(), header: ["alg": "ES384", "kid": "one"], key: p384)) == nil)
        #expect(await refusal(verifier, try token(claims(), header: ["alg": "ES256", "kid": "one"], key: p384)) != nil)
    }

    @Test(arguments: ["none", "None", "", "HS256", "HS512", "RS256", "es256", "EdDSA"])
    func `no other algorithm is accepted, whatever the key`(algorithm: String) async throws {
        let header: JSONValue = ["alg": .string(algorithm), "kid": "one"]
        let verifier = try verifier()

        #expect(await refusal(verifier, try token(claims(), header: header))?.code == .invalidAuthenticationToken)
        let unsigned = ForeignIssuer.token(header, claims()) { _ in Data() }
        #expect(await refusal(verifier, unsigned)?.code == .invalidAuthenticationToken)
    }

    @Test func `a public key is no secret for HS256`() async throws {
        let rsa = try #require(ForeignIssuer.rsa)
        issuer.publish([("one", .rsa(rsa))])
        let header: JSONValue = ["alg": "HS256", "kid": "one"]
        let verifier = try verifier()
        let keys = [
            Data(rsa.publicKey.pemRepresentation.utf8), rsa.publicKey.derRepresentation,
            try rsa.publicKey.getKeyPrimitives().modulus,
        ]
        for key in keys {
            let forged = ForeignIssuer.token(header, claims()) { bytes in
                Data(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
            }
            #expect(await refusal(verifier, forged)?.code == .invalidAuthenticationToken)
        }
    }

    @Test func `secrets, short keys and keys for encryption in the key set are not used`() async throws {
        issuer.publish(
            [],
            extra: [
                ["kty": "oct", "kid": "one", "k": "c2VjcmV0", "alg": "HS256"],
                ["kty": "RSA", "kid": "two", "n": "AQAB", "e": "AQAB"],
                ["kty": "EC", "crv": "P-256", "kid": "three", "x": "AA", "y": "AA"],
            ])

        let refused = await refusal(try verifier(), try token(claims()))

        #expect(refused?.message.contains("no RSA key of at least 2048 bits") == true)
        #expect(failures.all.count == 1)
    }

    @Test func `another key, altered claims and a signature of something else are refused`() async throws {
        let verifier = try verifier()
        let parts = try token(claims()).split(separator: ".").map(String.init)
        let others = try token(claims(["sub": "somebody else"])).split(separator: ".").map(String.init)

        let refusals = [
            try token(claims(), key: ForeignIssuer.p256()), "\(parts[0]).\(others[1]).\(parts[2])",
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1]).\(parts[2])AA",
        ]
        for forged in refusals {
            #expect(await refusal(verifier, forged)?.message.contains("signature is wrong") == true)
        }
    }

    @Test func `several keys can have one name, and the right one is found`() async throws {
        let other = ForeignIssuer.p256()
        let rsa = try #require(ForeignIssuer.rsa)
        issuer.publish([("one", other), ("one", .rsa(rsa)), ("one", key)])
        let verifier = try verifier()

        #expect(await refusal(verifier, try token(claims())) == nil)
        #expect(await refusal(verifier, try token(claims(), key: other)) == nil)
        #expect(await refusal(verifier, try token(claims(), key: ForeignIssuer.p256())) != nil)
    }

    @Test func `a token without the name of a key is good when there is one key`() async throws {
        let verifier = try verifier()
        #expect(await refusal(verifier, try token(claims(), header: ["alg": "ES256"])) == nil)

        issuer.publish([("one", key), ("two", ForeignIssuer.p256())])
        #expect(await refusal(try self.verifier(), try token(claims(), header: ["alg": "ES256"])) != nil)
    }

    @Test func `nothing in a token leads to other keys`() async throws {
        let own = ForeignIssuer.p256()
        let verifier = try verifier()
        for name in ["jku", "x5u", "jwk", "x5c"] {
            let header: JSONValue = .object([
                "alg": "ES256", "kid": "mine", name: "https://attacker.example/keys",
            ])
            #expect(await refusal(verifier, try token(claims(), header: header, key: own)) != nil)
        }
        let crit: JSONValue = ["alg": "ES256", "kid": "one", "crit": ["b64"], "b64": false]
        #expect(await refusal(verifier, try token(claims(), header: crit)) != nil)
        #expect(issuer.fetched.allSatisfy { !$0.contains("attacker") })
    }

    // MARK: Claims

    @Test func `audience and issuer are compared exactly`() async throws {
        let verifier = try verifier()
        let wrong: [JSONObject] = [
            ["aud": "Causeway"], ["aud": "causeway/"], ["aud": ["x"]], ["aud": .null], ["aud": 1],
            ["iss": .string(issuer.url + "/")], ["iss": "https://ISSUER.example/tenant"], ["iss": .null],
        ]
        for claim in wrong {
            #expect(await refusal(verifier, try token(claims(claim)))?.code == .invalidAuthenticationToken, "\(claim)")
        }
    }

    @Test func `without an audience an issuer's tokens open nothing by themselves`() async throws {
        let verifier = try verifier { $0.audiences = [] }

        #expect(await refusal(verifier, try token(claims()))?.code == .invalidAuthenticationToken)
    }

    @Test func `times are checked with a minute for clocks, also for tokens that were seen before`() async throws {
        let verifier = try verifier()
        let token = try token(claims())

        #expect(await refusal(verifier, token, at: Self.now.adding(seconds: 659)) == nil)
        #expect(await refusal(verifier, token, at: Self.now.adding(seconds: 660))?.code == .expiredAuthenticationToken)
        #expect(await refusal(verifier, token, at: Self.now.adding(seconds: -60)) == nil)
        #expect(await refusal(verifier, token, at: Self.now.adding(seconds: -61)) != nil)
        let hour = JSONValue.integer(Self.now.secondsSinceEpoch + 3600)
        for claim: JSONObject in [["exp": .null], ["exp": "soon"], ["nbf": hour], ["iat": hour], ["exp": -1]] {
            #expect(await refusal(verifier, try self.token(claims(claim))) != nil, "\(claim)")
        }
        #expect(await refusal(verifier, try self.token(claims(["exp": .number("1800000600.5"), "iat": .null]))) == nil)
    }

    @Test func `what is too long is not even read`() async throws {
        let long = try token(claims(["padding": .string(String(repeating: "a", count: 20_000))]))

        #expect(await refusal(try verifier(), long)?.message.contains("16 KiB") == true)
        #expect(issuer.fetched.isEmpty)
    }

    // MARK: Fetching

    @Test func `unknown keys cause one fetch in half a minute, whoever sends them`() async throws {
        let verifier = try verifier()
        for count in 0..<50 {
            let header: JSONValue = ["alg": "ES256", "kid": .string("unknown-\(count)")]
            #expect(await refusal(verifier, try token(claims(), header: header)) != nil)
        }
        #expect(issuer.fetched.count == 2)

        let header: JSONValue = ["alg": "ES256", "kid": "unknown"]
        #expect(
            await refusal(verifier, try token(claims(), header: header), at: Self.now.adding(seconds: 30)) != nil)
        #expect(issuer.fetched.count == 4)
        #expect(await refusal(verifier, try token(claims()), at: Self.now.adding(seconds: 31)) == nil)
        #expect(issuer.fetched.count == 4)
    }

    @Test func `tokens that come while keys are fetched wait for the same fetch`() async throws {
        let verifier = try verifier()
        let tokens = try (0..<20).map { try token(claims(["jti": .integer(Int64($0))])) }

        let good = await withTaskGroup(of: Bool.self) { group in
            for token in tokens { group.addTask { await refusal(verifier, token) == nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }

        #expect(good == 20)
        #expect(issuer.fetched.count == 2)
    }

    @Test func `after a rotation new tokens are good at once, and those of the old key end`() async throws {
        let verifier = try verifier()
        let old = try token(claims())
        #expect(await refusal(verifier, old) == nil)

        let newKey = ForeignIssuer.p256()
        issuer.publish([("two", newKey)])
        let later = Self.now.adding(seconds: 40)
        let new = try token(claims(), header: ["alg": "ES256", "kid": "two"], key: newKey)

        #expect(await refusal(verifier, new, at: later) == nil)
        #expect(await refusal(verifier, old, at: later) != nil)
    }

    @Test func `when the issuer is down the keys that are known stay good`() async throws {
        let verifier = try verifier()
        #expect(await refusal(verifier, try token(claims())) == nil)

        issuer.goDown()
        let later = Self.now.adding(seconds: 45)
        #expect(
            await refusal(verifier, try token(claims(), header: ["alg": "ES256", "kid": "x"]), at: later)?.message
                .contains("connection refused") == true)
        #expect(await refusal(verifier, try token(claims(["jti": "2"])), at: later) == nil)
        #expect(failures.all == ["\(issuer.url): connection refused"])
    }

    @Test func `a start without the issuer says so, and recovers`() async throws {
        issuer.goDown()
        let verifier = try verifier()

        let refused = await refusal(verifier, try token(claims()))
        #expect(refused?.code == .invalidAuthenticationToken)
        #expect(refused?.message.contains("are not known yet (the last fetch failed: connection refused)") == true)

        issuer.comeBack()
        #expect(await refusal(verifier, try token(claims())) != nil)
        #expect(await refusal(verifier, try token(claims()), at: Self.now.adding(seconds: 30)) == nil)
    }

    @Test(arguments: [
        "http://keys.example/set", "ftp://keys.example/set", "https://user@keys.example/", "file:///etc/passwd",
        "http://127.0.0.1/keys", "", "/relative",
    ])
    func `the discovery document cannot send us where we do not go`(url: String) async throws {
        issuer.describe(keySetURL: url)

        #expect(await refusal(try verifier(), try token(claims())) != nil)
        #expect(issuer.fetched.count == 1)
    }

    @Test func `a discovery document of another issuer is not believed`() async throws {
        issuer.describe(issuer: "https://elsewhere.example")

        #expect(await refusal(try verifier(), try token(claims())) != nil)
        #expect(failures.all.first?.contains("'https://elsewhere.example'") == true)
    }
}
