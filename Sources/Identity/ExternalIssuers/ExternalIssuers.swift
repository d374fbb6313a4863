package import RelayModel
import Synchronization

/// The issuers of others whose tokens are believed: whether a token is really theirs, and that alone.
///
/// Keys come from the configured issuer; nothing in a token (`jku`, `x5u`, `jwk`, `x5c`) leads to another place.
package final class ExternalIssuers: Sendable {
    /// Seconds by which clocks may differ.
    static let skew: Int64 = 60

    private let keys: [String: IssuerKeys]
    private let changes: KeyChanges
    private let wishes: AsyncStream<Void>.Continuation
    /// Says that a token came whose key is not known and which nobody could wait for; for ``refreshMissing(now:)``.
    package let wanted: AsyncStream<Void>
    private let wantedIssuers = Mutex<Set<String>>([])

    /// `onFailure`: told each time that keys could not be fetched.
    package init(
        _ issuers: [ExternalIssuer], documents: any IssuerDocuments,
        onFailure: @escaping @Sendable (ExternalIssuer, IssuerFailure) -> Void
    ) {
        let changes = KeyChanges()
        self.changes = changes
        keys = Dictionary(
            issuers.map { issuer in
                let keys = IssuerKeys(
                    issuer, documents: documents, onChange: { changes.count() }, onFailure: onFailure)
                return (issuer.issuer, keys)
            }, uniquingKeysWith: { first, _ in first }
        )
        (wanted, wishes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// No issuer but this server itself.
    package static var none: ExternalIssuers { ExternalIssuers([], documents: NoDocuments()) { _, _ in } }

    package var isEmpty: Bool { keys.isEmpty }

    /// Grows whenever an issuer's keys changed: what was verified before may not be good any more.
    var generation: UInt64 { changes.generation }

    /// The issuer that the token says it is from, when it is a configured one.
    func issuer(of token: JSONWebToken) -> ExternalIssuer? {
        guard !isEmpty, let name = token.claims?["iss"]?.string, let issuer = keys[name]?.issuer,
            issuer.issuer.isSameBytes(as: name)
        else { return nil }
        return issuer
    }

    /// The claims of a token that its issuer signed and whose times are good. The audience is the caller's to check.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`.
    func claims(of token: JSONWebToken, issuer: ExternalIssuer, now: Timestamp) throws(ServiceError) -> ExternalClaims {
        guard let algorithm = token.algorithm, IssuerKeySet.algorithms.contains(algorithm) else {
            throw JSONWebToken.invalid(
                "its algorithm is none of \(IssuerKeySet.algorithms.joined(separator: ", "))")
        }
        guard token.header["crit"] == nil else { throw JSONWebToken.invalid("it has a 'crit' that is not understood") }
        guard let keys = keys[issuer.issuer], let keySet = keys.known.keySet else {
            throw missing(issuer, "are not known yet", now)
        }
        let candidates = keySet.keys(for: token, algorithm: algorithm)
        guard !candidates.isEmpty else {
            if !keySet.names(keyOf: token) { throw missing(issuer, "have none of its name", now) }
            throw JSONWebToken.invalid("its algorithm \(algorithm) does not fit the key that it names")
        }
        let bytes = token.signedBytes
        guard candidates.contains(where: { $0.isValid(token.signature, over: bytes, algorithm: algorithm) }) else {
            throw JSONWebToken.invalid("its signature is wrong")
        }
        guard let claims = token.claims, claims["iss"]?.string == issuer.issuer else {
            throw JSONWebToken.invalid("its claims cannot be read")
        }
        return try ExternalClaims(claims, issuer: issuer, now: now)
    }

    private func missing(_ issuer: ExternalIssuer, _ what: String, _ now: Timestamp) -> ServiceError {
        if let keys = keys[issuer.issuer], keys.mayFetch(at: now) {
            wantedIssuers.withLock { _ = $0.insert(issuer.issuer) }
            wishes.yield()
        }
        let failure = keys[issuer.issuer]?.known.failure.map { " (the last fetch failed: \($0))" } ?? ""
        return JSONWebToken.invalid("the keys of its issuer '\(NameRule.shown(issuer.issuer))' \(what)\(failure)")
    }

    /// Fetches the keys that the token needs, when they are not known and it was not tried a moment ago.
    func prepare(_ token: JSONWebToken, now: Timestamp) async {
        guard let issuer = issuer(of: token), let keys = keys[issuer.issuer],
            !(keys.known.keySet?.names(keyOf: token) ?? false)
        else { return }
        await keys.refresh(now: now)
    }

    /// Fetches the keys of issuers whose tokens came with unknown keys.
    package func refreshMissing(now: Timestamp) async {
        let names = wantedIssuers.withLock { wanted in
            defer { wanted = [] }
            return wanted
        }
        for name in names { await keys[name]?.refresh(now: now) }
    }

    /// Fetches keys that are old, and those that could not be had so far.
    package func refreshStale(now: Timestamp) async {
        await withTaskGroup { group in
            for keys in keys.values where keys.isStale(at: now) { group.addTask { await keys.refresh(now: now) } }
        }
    }
}

private final class KeyChanges: Sendable {
    private let counter = Atomic<UInt64>(0)

    var generation: UInt64 { counter.load(ordering: .acquiring) }
    func count() { counter.wrappingAdd(1, ordering: .acquiringAndReleasing) }
}

private struct NoDocuments: IssuerDocuments {
    func fetch(_ url: String, for issuer: ExternalIssuer) async throws(IssuerFailure) -> [UInt8] {
        throw IssuerFailure("no issuer is configured")
    }

    func read(file path: String) async throws(IssuerFailure) -> [UInt8] {
        throw IssuerFailure("no issuer is configured")
    }
}
