import Crypto
import CryptoExtras
import RelayModel

import struct Foundation.Data

/// One public key of an issuer's key set (RFC 7517).
struct IssuerKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
    }

    /// Bytes of an RSA modulus: 2048 to 8192 bits. Shorter ones can be broken, longer ones cost too much.
    private static let modulusBytes = 256...1024

    let keyID: String?
    /// The only algorithm that the set allows for the key, when it says so.
    private let algorithm: String?
    private let material: Material

    /// `nil` for a key that is not for signatures, or of a kind that is not accepted here: secrets (`oct`) above all.
    init?(_ json: JSONValue) {
        guard json["use"]?.string ?? "sig" == "sig" else { return nil }
        if let uses = json["key_ops"]?.array, !uses.contains("verify") { return nil }
        keyID = json["kid"]?.string
        algorithm = json["alg"]?.string
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", _):
            guard let key = Self.rsa(json) else { return nil }
            material = .rsa(key)
        case ("EC", "P-256"):
            guard let point = Self.point(json, size: 32),
                let key = try? P256.Signing.PublicKey(rawRepresentation: point)
            else { return nil }
            material = .p256(key)
        case ("EC", "P-384"):
            guard let point = Self.point(json, size: 48),
                let key = try? P384.Signing.PublicKey(rawRepresentation: point)
            else { return nil }
            material = .p384(key)
        default: return nil
        }
    }

    private static func rsa(_ json: JSONValue) -> _RSA.Signing.PublicKey? {
        guard let modulus = number(json["n"]), modulusBytes.contains(modulus.count), (modulus.first ?? 0) & 0x80 != 0,
            let exponent = number(json["e"]), (1...8).contains(exponent.count), (exponent.last ?? 0) & 1 == 1,
            exponent.count > 1 || exponent[exponent.startIndex] >= 3
        else { return nil }
        return try? _RSA.Signing.PublicKey(n: Array(modulus), e: Array(exponent))
    }

    /// Big-endian, without zeros in front.
    private static func number(_ value: JSONValue?) -> Data? {
        value?.string.flatMap { JSONWebToken.bytes(Substring($0)) }.map { Data($0.drop { $0 == 0 }) }
    }

    private static func point(_ json: JSONValue, size: Int) -> Data? {
        guard let x = json["x"]?.string.flatMap({ JSONWebToken.bytes(Substring($0)) }), x.count == size,
            let y = json["y"]?.string.flatMap({ JSONWebToken.bytes(Substring($0)) }), y.count == size
        else { return nil }
        return x + y
    }

    /// Whether a token may say that it was signed with that algorithm by this key: each kind of key has its own, so no
    /// public key ever serves as a secret.
    func fits(_ algorithm: String) -> Bool {
        guard self.algorithm.map({ $0 == algorithm }) ?? true else { return false }
        return switch material {
        case .rsa: ["RS256", "RS384", "RS512", "PS256"].contains(algorithm)
        case .p256: algorithm == "ES256"
        case .p384: algorithm == "ES384"
        }
    }

    func isValid(_ signature: Data, over bytes: Data, algorithm: String) -> Bool {
        guard fits(algorithm) else { return false }
        switch material {
        case .rsa(let key): return Self.isValid(signature, bytes, algorithm, key)
        case .p256(let key):
            guard let ecdsa = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(ecdsa, for: bytes)
        case .p384(let key):
            guard let ecdsa = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(ecdsa, for: bytes)
        }
    }

    private static func isValid(
        _ signature: Data, _ bytes: Data, _ algorithm: String, _ key: _RSA.Signing.PublicKey
    ) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch algorithm {
        case "RS256": key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "RS384": key.isValidSignature(signature, for: SHA384.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "RS512": key.isValidSignature(signature, for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case "PS256": key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .PSS)
        default: false
        }
    }
}

/// The keys that an issuer publishes.
struct IssuerKeySet: Sendable {
    /// Keys of one set that are looked at.
    private static let keysMax = 100
    /// The algorithms that any key here can have; no secret is among them, and `none` is not.
    static let algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]

    /// The document that it was read from; a set that did not change is the same set.
    let bytes: [UInt8]
    private let keys: [IssuerKey]

    /// - Throws: ``IssuerFailure`` when the document has no key that can be used.
    init(_ bytes: [UInt8]) throws(IssuerFailure) {
        guard let json = try? JSONValue(utf8: bytes), let entries = json["keys"]?.array else {
            throw IssuerFailure("its key set is no JSON object with 'keys'")
        }
        keys = entries.prefix(Self.keysMax).compactMap(IssuerKey.init)
        guard !keys.isEmpty else {
            throw IssuerFailure("its key set has no RSA key of at least 2048 bits and no P-256 or P-384 key")
        }
        self.bytes = bytes
    }

    /// Whether the set has a key of the token's name, whatever the key is good for.
    func names(keyOf token: JSONWebToken) -> Bool {
        guard let keyID = token.keyID else { return keys.count == 1 }
        return keys.contains { $0.keyID == keyID }
    }

    /// The keys that may have signed the token. Several keys can have one name. A token without a name means the only
    /// key that there is.
    func keys(for token: JSONWebToken, algorithm: String) -> [IssuerKey] {
        guard let keyID = token.keyID else { return keys.count == 1 ? keys.filter { $0.fits(algorithm) } : [] }
        return keys.filter { $0.keyID == keyID && $0.fits(algorithm) }
    }
}
