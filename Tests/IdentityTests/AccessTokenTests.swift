import CausewayTesting
import Crypto
import Foundation
import Identity
import RelayModel
import RelayStore
import Testing

struct AccessTokenTests {
    private static let endpoint = "https://localhost:8443"
    private static let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)

    private let folder: TemporaryFolder
    private let store: Store
    private let key: TokenSigningKey
    private let issuer: AccessTokenIssuer
    private let verifier: AccessTokenVerifier
    private let principal = ServicePrincipal(
        tenantID: "tenant", objectID: "object", clientID: "client", displayName: "d")

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Self.now }
        key = try TokenSigningKey.make()
        issuer = await AccessTokenIssuer(key: key, endpoint: Self.endpoint)
        verifier = AccessTokenVerifier(
            key: key, audiences: Audiences(endpoints: [Self.endpoint]), endpoint: Self.endpoint, store: store
        )
        let principal = principal
        try await store.write { _ = try $0.insert(principal) }
    }

    private func token(audience: String = Self.endpoint, at moment: Timestamp = Self.now) async throws -> String {
        try await issuer.token(for: principal, audience: audience, now: moment).reveal()
    }

    private func refusal(of token: String, at moment: Timestamp = Self.now) -> ServiceError.Code? {
        do {
            _ = try verifier.caller(of: token, now: moment)
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    private static func base64URL(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }

    @Test func `a token of this server names its principal`() async throws {
        let caller = try verifier.caller(of: try await token(), now: Self.now)

        #expect(caller == Caller(tenantID: "tenant", objectID: "object", clientID: "client", displayName: "d"))
    }

    @Test func `a token is good for an hour and a minute of clock skew, also when it was seen before`() async throws {
        let token = try await token()

        #expect(refusal(of: token, at: Self.now.adding(seconds: 3659)) == nil)
        #expect(refusal(of: token, at: Self.now.adding(seconds: 3660)) == .expiredAuthenticationToken)
        #expect(refusal(of: token, at: Self.now.adding(seconds: -61)) == .invalidAuthenticationToken)
    }

    @Test func `a token of the future is not accepted yet`() async throws {
        let token = try await token(at: Self.now.adding(seconds: 120))

        #expect(refusal(of: token) == .invalidAuthenticationToken)
    }

    @Test(arguments: [
        #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT"}"#, #"{"alg":"ES384","typ":"JWT"}"#,
        #"{"typ":"JWT"}"#, #"{"alg":"es256","typ":"JWT"}"#,
    ])
    func `another algorithm than the fixed one is refused`(header: String) async throws {
        let parts = try await token().split(separator: ".")

        #expect(refusal(of: "\(Self.base64URL(header)).\(parts[1]).\(parts[2])") == .invalidAuthenticationToken)
        #expect(refusal(of: "\(Self.base64URL(header)).\(parts[1]).") == .invalidAuthenticationToken)
    }

    @Test func `altered claims, another key and parts that are missing are refused`() async throws {
        let parts = try await token().split(separator: ".").map(String.init)
        let otherKey = try TokenSigningKey.make()
        let other = try await AccessTokenIssuer(key: otherKey, endpoint: Self.endpoint)
            .token(for: principal, audience: Self.endpoint, now: Self.now).reveal()
        let otherParts = other.split(separator: ".").map(String.init)
        let claims = Self.base64URL(#"{"oid":"object","tid":"tenant","exp":99999999999,"nbf":0}"#)

        #expect(refusal(of: "\(parts[0]).\(claims).\(parts[2])") == .invalidAuthenticationToken)
        #expect(refusal(of: other) == .invalidAuthenticationToken)
        #expect(refusal(of: "\(parts[0]).\(otherParts[1]).\(otherParts[2])") == .invalidAuthenticationToken)
        for broken in [
            "", ".", "..", "a.b.c", parts[0], "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).\(parts[2])x",
        ] {
            #expect(refusal(of: broken) == .invalidAuthenticationToken, "\(broken.count) characters")
        }
        #expect(refusal(of: String(repeating: "a", count: 17_000)) == .invalidAuthenticationToken)
    }

    @Test func `an audience or issuer of somebody else is refused`() async throws {
        let relay = try await token(audience: "https://relay.azure.net")
        let foreign = try await AccessTokenIssuer(key: key, endpoint: "https://elsewhere:8443")
            .token(for: principal, audience: Self.endpoint, now: Self.now).reveal()

        #expect(refusal(of: relay) == .invalidAuthenticationToken)
        #expect(refusal(of: foreign) == .invalidAuthenticationToken)
    }

    @Test(arguments: ["https://relay.azure.net", "https://relay.azure.net/", "https://servicebus.azure.net"])
    func `a token for the relay is good there until it expires, and nowhere else`(audience: String) async throws {
        let token = try await token(audience: audience)

        let grant = try verifier.relayCaller(of: Secret(token), now: Self.now.adding(seconds: 3659))
        #expect(grant.caller.objectID == "object")
        #expect(grant.expiresAt == Self.now.adding(seconds: 3600))
        #expect(refusal(of: token) == .invalidAuthenticationToken)
        #expect(relayRefusal(of: token, at: Self.now.adding(seconds: 3660))?.code == .expiredAuthenticationToken)
    }

    @Test func `a token for the management API is refused by the relay, also when it was seen before`() async throws {
        let token = try await token()
        #expect(refusal(of: token) == nil)

        let refusal = relayRefusal(of: token)
        #expect(refusal?.code == .invalidAuthenticationToken)
        #expect(refusal?.message.contains("https://relay.azure.net") == true)
        #expect(refusal?.message.contains(token) == false)
        #expect(relayRefusal(of: "a.b.c")?.code == .invalidAuthenticationToken)
    }

    private func relayRefusal(of token: String, at moment: Timestamp = Self.now) -> ServiceError? {
        do {
            _ = try verifier.relayCaller(of: Secret(token), now: moment)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test func `a token ends with its principal, although it was accepted before`() async throws {
        let token = try await token()
        #expect(refusal(of: token) == nil)

        try await store.write { transaction in
            guard let stored = try transaction.servicePrincipal(clientID: "client") else { return }
            try transaction.delete(stored)
        }

        #expect(refusal(of: token) == .invalidAuthenticationToken)
    }
}

struct AudiencesTests {
    private let audiences = Audiences(endpoints: ["https://localhost:8443"])

    @Test(arguments: [
        "https://localhost:8443/.default", "https://localhost:8443//.default", "https://LOCALHOST:8443/",
        "https://management.azure.com/.default", "https://management.core.windows.net//.default",
    ])
    func `the forms in which clients name the management API are accepted`(scope: String) throws {
        let audience = try #require(audiences.audience(for: scope))

        #expect(audiences.isManagement(audience))
    }

    @Test func `no scope means the management API, and a foreign one means nothing`() {
        #expect(audiences.audience(for: nil) == "https://localhost:8443")
        #expect(audiences.audience(for: "https://evil.example/.default") == nil)
        #expect(audiences.audience(for: "https://relay.azure.net//.default") == "https://relay.azure.net")
    }
}

struct ClientSecretCheckTests {
    private let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)

    @Test func `a chosen secret is kept as a slow hash and found again until it expires`() throws {
        var kept = try ClientSecretCheck.hash(Secret("chosen by a person"), id: "1", now: now)

        #expect(kept.algorithm == .scrypt)
        #expect(ClientSecretCheck.isGood(Secret("chosen by a person"), among: [kept], now: now))
        #expect(!ClientSecretCheck.isGood(Secret("chosen by a persoN"), among: [kept], now: now))
        #expect(!ClientSecretCheck.isGood(Secret(""), among: [kept], now: now))
        kept.expiresAt = now
        #expect(!ClientSecretCheck.isGood(Secret("chosen by a person"), among: [kept], now: now))
    }
}
