import RelayModel
import Synchronization

/// The keys of one issuer as they were fetched last, and when they may be fetched again.
final class IssuerKeys: Sendable {
    private struct State {
        var keySet: IssuerKeySet?
        /// When the keys were had last, and when it was tried last.
        var fetchedAt: Timestamp?
        var triedAt: Timestamp?
        var failure: IssuerFailure?
        var isFetching = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let issuer: ExternalIssuer
    private let documents: any IssuerDocuments
    /// Told about every change of the keys, and of every failure.
    private let onChange: @Sendable () -> Void
    private let onFailure: @Sendable (ExternalIssuer, IssuerFailure) -> Void
    private let state = Mutex(State())

    init(
        _ issuer: ExternalIssuer, documents: any IssuerDocuments, onChange: @escaping @Sendable () -> Void,
        onFailure: @escaping @Sendable (ExternalIssuer, IssuerFailure) -> Void
    ) {
        self.issuer = issuer
        self.documents = documents
        self.onChange = onChange
        self.onFailure = onFailure
    }

    /// What is known now; `failure` says why the last try went wrong.
    var known: (keySet: IssuerKeySet?, failure: IssuerFailure?) {
        state.withLock { ($0.keySet, $0.failure) }
    }

    /// Whether the keys are so old that they should be fetched, or were never had.
    func isStale(at now: Timestamp) -> Bool {
        state.withLock { state in
            guard let fetchedAt = state.fetchedAt else { return true }
            return !(fetchedAt..<fetchedAt.adding(seconds: Limits.issuerKeysLifetime)).contains(now)
        }
    }

    /// Whether the last try is long enough ago. Tokens with names of keys that nobody has cause no more than one fetch
    /// in this time, whoever sends them and however many.
    func mayFetch(at now: Timestamp) -> Bool { state.withLock { Self.mayFetch($0, now) } }

    private static func mayFetch(_ state: State, _ now: Timestamp) -> Bool {
        guard let triedAt = state.triedAt else { return true }
        return !(triedAt..<triedAt.adding(seconds: Limits.issuerKeysPause)).contains(now)
    }

    /// Fetches the keys, unless they were asked for a moment ago; whoever comes while they are fetched waits for the
    /// same answer. What fails leaves the keys that there were.
    func refresh(now: Timestamp) async {
        enum Turn {
            case fetch
            case wait
            case nothing
        }
        let turn = state.withLock { state -> Turn in
            if state.isFetching { return .wait }
            guard Self.mayFetch(state, now) else { return .nothing }
            state.isFetching = true
            state.triedAt = now
            return .fetch
        }
        switch turn {
        case .nothing: return
        case .wait: await wait()
        case .fetch:
            let result = await fetch()
            finish(result, now)
        }
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.isFetching else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func fetch() async -> Result<IssuerKeySet, IssuerFailure> {
        do throws(IssuerFailure) {
            if let file = issuer.keySetFile { return .success(try IssuerKeySet(await documents.read(file: file))) }
            let configuration = try await documents.fetch(issuer.configurationURL, for: issuer)
            let url = try Self.keySetURL(of: configuration, issuer: issuer)
            return .success(try IssuerKeySet(await documents.fetch(url, for: issuer)))
        } catch {
            return .failure(error)
        }
    }

    /// `jwks_uri` of the discovery document, which must be the issuer's own (OpenID Connect Discovery section 4.3).
    private static func keySetURL(
        of document: [UInt8], issuer: ExternalIssuer
    ) throws(IssuerFailure) -> String {
        guard let json = try? JSONValue(utf8: document) else {
            throw IssuerFailure("its discovery document is no JSON object")
        }
        guard json["issuer"]?.string == issuer.issuer else {
            throw IssuerFailure(
                "its discovery document is of the issuer '\(NameRule.shown(json["issuer"]?.string ?? ""))'")
        }
        guard let url = json["jwks_uri"]?.string, ExternalIssuer.isFetchable(url),
            url.hasPrefix("https://") || issuer.issuer.hasPrefix("http://")
        else {
            throw IssuerFailure("its discovery document names no jwks_uri with https")
        }
        return url
    }

    private func finish(_ result: Result<IssuerKeySet, IssuerFailure>, _ now: Timestamp) {
        let (waiting, isChanged) = state.withLock { state in
            defer {
                state.isFetching = false
                state.waiting = []
            }
            switch result {
            case .success(let keySet):
                let isChanged = state.keySet?.bytes != keySet.bytes
                if isChanged { state.keySet = keySet }
                state.fetchedAt = now
                state.failure = nil
                return (state.waiting, isChanged)
            case .failure(let failure):
                state.failure = failure
                return (state.waiting, false)
            }
        }
        if isChanged { onChange() }
        if case .failure(let failure) = result { onFailure(issuer, failure) }
        for continuation in waiting { continuation.resume() }
    }
}
