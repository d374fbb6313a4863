import RelayModel
import SharedAccess
import Testing

struct SignatureVerifierTests {
    private static let first = SharedAccessKey.random()
    private static let second = SharedAccessKey.random()
    private static let third = SharedAccessKey.random()
    private static let now = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)

    private static func signature(_ key: SharedAccessKey, lifetime: Int64 = 60) throws -> SharedAccessSignature {
        try SharedAccessSignature(
            SharedAccessSignature.minted(
                resource: "http://h/e", keyName: "k", key: key, expiresAt: now.adding(seconds: lifetime)
            ).reveal())
    }

    private static let rules: [(rules: [SigningKeys], key: SharedAccessKey, candidate: Int, slot: KeySlot)] = [
        ([keys(first, second)], first, 0, .primary), ([keys(first, second)], second, 0, .secondary),
        ([keys(first, second), keys(third, first)], third, 1, .primary),
        ([keys(first, second), keys(third, first)], first, 0, .primary),
        ([keys(first, second), keys(third, second)], second, 0, .secondary),
        ([keys(nil, second)], second, 0, .secondary),
        ([keys(nil, nil), keys(nil, first)], first, 1, .secondary),
    ]

    private static func keys(_ primary: SharedAccessKey?, _ secondary: SharedAccessKey?) -> SigningKeys {
        SigningKeys(primary: primary, secondary: secondary)
    }

    // R20, R22, R24
    @Test(arguments: rules)
    func `the first rule and key that made the signature are told`(
        _ rules: [SigningKeys], _ key: SharedAccessKey, _ candidate: Int, _ slot: KeySlot
    ) throws {
        let match = try SignatureVerifier.verify(
            try Self.signature(key), candidates: rules, isAudience: true, now: Self.now)

        #expect(match.candidate == candidate)
        #expect(match.slot == slot)
    }

    // R22, G4
    @Test func `another key, half a key and no key match nothing`() throws {
        let half = SharedAccessKey(unchecked: String(Self.first.base64.reveal().prefix(22)))
        let longer = SharedAccessKey(unchecked: Self.first.base64.reveal() + "A")
        let rules = [SigningKeys(primary: Self.first, secondary: Self.second)]

        for key in [Self.third, half, longer, SharedAccessKey(unchecked: "")] {
            #expect(throws: SignatureFailure.invalidSignature) {
                try SignatureVerifier.verify(
                    try Self.signature(key), candidates: rules, isAudience: true, now: Self.now)
            }
        }
        #expect(throws: SignatureFailure.invalidSignature) {
            try SignatureVerifier.verify(
                try Self.signature(Self.first), candidates: [SigningKeys(primary: nil, secondary: nil)],
                isAudience: true, now: Self.now)
        }
        #expect(throws: SignatureFailure.unknownRule) {
            try SignatureVerifier.verify(
                try Self.signature(Self.first), candidates: [], isAudience: true, now: Self.now)
        }
    }

    private static let lifetimes: [(Int64, SignatureFailure?)] = [
        (1, nil), (60, nil), (172_800, nil), (1_000_000_000, nil), (0, .expired), (-1, .expired),
        (-1_800_000_000, .expired),
    ]

    // R27: the end of the time is no part of it; a long time is no fault.
    @Test(arguments: lifetimes)
    func `a token counts until it expires`(_ lifetime: Int64, _ failure: SignatureFailure?) throws {
        let signature = try Self.signature(Self.first, lifetime: lifetime)
        var thrown: SignatureFailure?
        do throws(SignatureFailure) {
            _ = try SignatureVerifier.verify(
                signature, candidates: [SigningKeys(primary: Self.first, secondary: nil)], isAudience: true,
                now: Self.now)
        } catch {
            thrown = error
        }

        #expect(thrown == failure)
    }

    @Test func `who does not know the key learns nothing of expiry and audience`() throws {
        let rules = [SigningKeys(primary: Self.first, secondary: nil)]
        let check = { (key: SharedAccessKey, lifetime: Int64, isAudience: Bool) in
            _ = try SignatureVerifier.verify(
                try Self.signature(key, lifetime: lifetime), candidates: rules, isAudience: isAudience, now: Self.now)
        }

        #expect(throws: SignatureFailure.invalidSignature) { try check(Self.second, -1, false) }
        #expect(throws: SignatureFailure.expired) { try check(Self.first, -1, false) }
        #expect(throws: SignatureFailure.invalidAudience) { try check(Self.first, 1, false) }
    }

    @Test func `a failure names nothing of the token`() {
        #expect(SignatureFailure.allCases.map { "\($0)" }.allSatisfy { !$0.contains("=") })
    }
}
