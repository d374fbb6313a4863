import Crypto
import CryptoExtras
import Foundation
import Identity
import RelayModel
import Synchronization

/// An issuer of others: its keys, its documents, and the tokens that it signs. It stands in for the network, and counts
/// what is fetched.
final class ForeignIssuer: IssuerDocuments {
    enum Key: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
    }

    private struct State {
        var keys: [(keyID: String, key: Key)] = []
        var extraKeys: [JSONValue] = []
        var isDown = false
        var fetched: [String] = []
        var documentIssuer: String?
        var keySetURL: String?
    }

    let url: String
    private let state: Mutex<State>

    init(_ url: String = "https://issuer.example/tenant") {
        self.url = url
        state = Mutex(State())
    }

    static func p256() -> Key { .p256(P256.Signing.PrivateKey()) }
    static let rsa = try? _RSA.Signing.PrivateKey(keySize: .bits2048)

    var fetched: [String] { state.withLock { $0.fetched } }

    func publish(_ keys: [(keyID: String, key: Key)], extra: [JSONValue] = []) {
        state.withLock { ($0.keys, $0.extraKeys) = (keys, extra) }
    }

    func describe(issuer: String? = nil, keySetURL: String? = nil) {
        state.withLock { ($0.documentIssuer, $0.keySetURL) = (issuer, keySetURL) }
    }

    func goDown() { state.withLock { $0.isDown = true } }
    func comeBack() { state.withLock { $0.isDown = false } }

    // MARK: What it publishes

    func fetch(_ url: String, for issuer: ExternalIssuer) async throws(IssuerFailure) -> [UInt8] {
        let answer = state.withLock { state -> [UInt8]? in
            state.fetched.append(url)
            if state.isDown { return nil }
            if url.hasSuffix("/.well-known/openid-configuration") {
                let document: JSONValue = [
                    "issuer": .string(state.documentIssuer ?? self.url),
                    "jwks_uri": .string(state.keySetURL ?? "https://keys.example/set"),
                ]
                return document.utf8
            }
            let keys = state.keys.map { Self.published($0.keyID, $0.key) } + state.extraKeys
            return JSONValue.object(["keys": .array(keys)]).utf8
        }
        guard let answer else { throw IssuerFailure("connection refused") }
        return answer
    }

    func read(file path: String) async throws(IssuerFailure) -> [UInt8] { throw IssuerFailure("there is no file") }

    private static func published(_ keyID: String, _ key: Key) -> JSONValue {
        switch key {
        case .rsa(let key):
            let primitives = try? key.publicKey.getKeyPrimitives()
            return [
                "kty": "RSA", "kid": .string(keyID), "use": "sig",
                "n": .string(base64URL(primitives?.modulus ?? Data())),
                "e": .string(base64URL(primitives?.publicExponent ?? Data())),
            ]
        case .p256(let key): return curve("P-256", keyID, key.publicKey.rawRepresentation)
        case .p384(let key): return curve("P-384", keyID, key.publicKey.rawRepresentation)
        }
    }

    private static func curve(_ name: String, _ keyID: String, _ point: Data) -> JSONValue {
        [
            "kty": "EC", "crv": .string(name), "kid": .string(keyID),
            "x": .string(base64URL(point.prefix(point.count / 2))),
            "y": .string(base64URL(point.suffix(point.count / 2))),
        ]
    }

    // MARK: What it signs

    static func token(_ header: JSONValue, _ claims: JSONValue, sign: (Data) throws -> Data) rethrows -> String {
        let signed = "\(base64URL(Data(header.utf8))).\(base64URL(Data(claims.utf8)))"
        return "\(signed).\(base64URL(try sign(Data(signed.utf8))))"
    }

    static func signature(_ bytes: Data, _ key: Key, _ algorithm: String) throws -> Data {
        switch key {
        case .p256(let key): return try key.signature(for: bytes).rawRepresentation
        case .p384(let key): return try key.signature(for: bytes).rawRepresentation
        case .rsa(let key):
            switch algorithm {
            case "RS384":
                return try key.signature(for: SHA384.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
            case "RS512":
                return try key.signature(for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
            case "PS256": return try key.signature(for: SHA256.hash(data: bytes), padding: .PSS).rawRepresentation
            default:
                return try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
            }
        }
    }

    static func base64URL(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
