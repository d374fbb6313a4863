import Crypto
public import RelayModel

import struct Foundation.Data

/// Decides whether a shared access signature is good.
///
/// The work is the same for a rule that exists and one that does not, and for either key, so that the time of an answer
/// tells nothing about names and keys.
public enum SignatureVerifier {
    /// Which key made the signature.
    public struct Match: Sendable, Hashable {
        /// The place of the rule among the candidates.
        public let candidate: Int
        public let slot: KeySlot
    }

    /// Checks a signature in full: rule and key, then expiry, then audience.
    /// - Parameters:
    ///   - signature: the token.
    ///   - candidates: the rules of the token's name, the hybrid connection's before the namespace's; empty when there is
    ///     no such rule.
    ///   - isAudience: whether ``AudienceRule`` holds for what is requested.
    ///   - now: the wall clock; there is no tolerance.
    /// - Returns: the rule and the key.
    /// - Throws: ``SignatureFailure``.
    public static func verify(
        _ signature: SharedAccessSignature, candidates: [SigningKeys], isAudience: Bool, now: Timestamp
    ) throws(SignatureFailure) -> Match {
        let match = match(signature, candidates: candidates)
        guard !candidates.isEmpty else { throw .unknownRule }
        guard let match else { throw .invalidSignature }
        guard now < signature.expiresAt else { throw .expired }
        guard isAudience else { throw .invalidAudience }
        return match
    }

    /// The first key, in the order of the candidates and the primary before the secondary, that made the signature.
    public static func match(_ signature: SharedAccessSignature, candidates: [SigningKeys]) -> Match? {
        var found: Match?
        for place in 0..<max(1, candidates.count) {
            for slot in [KeySlot.primary, .secondary] {
                let key = candidates.indices.contains(place) ? candidates[place][slot] : nil
                let isMade = isMade(signature, with: key ?? decoy)
                if isMade, key != nil, found == nil { found = Match(candidate: place, slot: slot) }
            }
        }
        return found
    }

    /// Stands in for keys that do not exist. Nobody knows it, and what it matches does not count.
    private static let decoy = SharedAccessKey.random()

    private static func isMade(_ signature: SharedAccessSignature, with key: SharedAccessKey) -> Bool {
        // The comparison of the library takes the same time wherever the codes differ.
        HMAC<SHA256>.isValidAuthenticationCode(
            signature.code.reveal(), authenticating: signature.signedBytes,
            using: SymmetricKey(data: Data(key.base64.reveal().utf8)))
    }
}

extension SigningKeys {
    fileprivate subscript(slot: KeySlot) -> SharedAccessKey? { slot == .primary ? primary : secondary }
}
