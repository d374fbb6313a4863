import Dispatch
public import RelayCore
import RelayModel
public import RelayStore
public import SharedAccess
import Synchronization

/// The gateway's copy of namespaces, hybrid connections and authorization rules. It reads everything once and then, after
/// each commit, the rows that the commit changed.
public final class LiveRelayDirectory: RelayDirectory {
    /// Milliseconds between two tries to read what changed: the first time, and at most.
    private static let retryDelays = 50...800

    private let store: Store
    private let relayAddress: RelayAddress
    /// Host name in lower case to the namespace's name in lower case.
    private let aliases: [String: String]
    private let onFailure: @Sendable (any Error) -> Void
    private let queue = DispatchQueue(label: "causeway.relay-directory", qos: .userInitiated)
    private let entries: Mutex<DirectoryEntries>
    /// What commits changed and the copy does not show yet.
    private let unread = Mutex(RowChanges())
    /// Milliseconds until the next try, should the present one fail.
    private let retryDelay = Atomic<Int>(retryDelays.lowerBound)
    private let observer = Mutex<(@Sendable ([RelayChange]) -> Void)?>(nil)

    /// Reads everything.
    /// - Parameters:
    ///   - store: what is copied, and followed from now on.
    ///   - vault: opens a rule's keys when the gateway first needs them.
    ///   - relayAddress: the domains below which namespaces have host names.
    ///   - aliases: other host names, each with the name of the namespace that it stands for.
    ///   - onFailure: told each time that changes could not be read. They are tried again until they can; meanwhile the
    ///     copy shows what was before.
    /// - Throws: what the store throws when it cannot be read.
    public init(
        store: Store, vault: KeyVault, relayAddress: RelayAddress, aliases: [String: String] = [:],
        onFailure: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.store = store
        self.relayAddress = relayAddress
        self.aliases = Dictionary(
            aliases.map { ($0.key.asciiLowercased, $0.value.asciiLowercased) }, uniquingKeysWith: { _, last in last }
        )
        self.onFailure = onFailure
        entries = Mutex(DirectoryEntries(vault: vault))
        // Followed before it is read: what is committed in between is read twice, and nothing is missed.
        store.onCommit { [weak self] changes in self?.follow(changes) }
        try queue.sync { try load() }
    }

    // MARK: Following the store

    private func load() throws {
        let rows = try store.read { try DirectoryRows(everythingIn: $0) }
        entries.withLock { _ = $0.apply(rows, RowChanges()) }
    }

    private func follow(_ changes: RowChanges) {
        unread.withLock { $0.formUnion(changes) }
        queue.sync { refresh() }
    }

    /// Runs on the queue only, so that an older reading never replaces a newer one.
    private func refresh() {
        let changes = unread.withLock { unread in
            defer { unread = RowChanges() }
            return unread
        }
        guard !changes.isEmpty else { return }
        do {
            let rows = try store.read { try DirectoryRows(changes, in: $0) }
            let told = entries.withLock { $0.apply(rows, changes) }
            retryDelay.store(Self.retryDelays.lowerBound, ordering: .relaxed)
            if !told.isEmpty, let observer = observer.withLock({ $0 }) { observer(told) }
        } catch {
            onFailure(error)
            unread.withLock { $0.formUnion(changes) }
            let delay = retryDelay.load(ordering: .relaxed)
            retryDelay.store(min(2 * delay, Self.retryDelays.upperBound), ordering: .relaxed)
            queue.asyncAfter(deadline: .now() + .milliseconds(delay)) { [weak self] in self?.refresh() }
        }
    }

    public func observe(_ onChange: @escaping @Sendable ([RelayChange]) -> Void) {
        observer.withLock { $0 = onChange }
    }

    // MARK: Looking up

    public func namespace(host: String) -> NamespaceMatch {
        if let name = aliases[host.asciiLowercased] { return named(name) }
        switch relayAddress.meaning(ofHost: host) {
        case .namespace(let name): return named(name)
        case .server:
            return entries.withLock { entries in
                guard let only = entries.namespaces.first?.value.entry else { return .missing }
                return entries.namespaces.count == 1 ? .found(only, isByName: false) : .ambiguous
            }
        }
    }

    private func named(_ name: String) -> NamespaceMatch {
        entries.withLock { $0.namespace(named: name) }.map { .found($0, isByName: true) } ?? .missing
    }

    public func hybridConnection(
        in namespace: Int64, segments: [String]
    ) -> (entry: HybridConnectionEntry, segmentCount: Int)? {
        let depth = entries.withLock { $0.namespaces[namespace]?.segmentCountMax ?? 0 }
        let prefixes = EntityPath.prefixes(of: segments, segmentCountMax: depth)
        guard !prefixes.isEmpty else { return nil }
        return entries.withLock { entries in
            guard let connections = entries.namespaces[namespace]?.connections else { return nil }
            for (index, prefix) in prefixes.enumerated().reversed() {
                if let rowID = connections[prefix], let entry = entries.connections[rowID] { return (entry, index + 1) }
            }
            return nil
        }
    }

    public func namespace(rowID: Int64) -> NamespaceEntry? {
        entries.withLock { $0.namespaces[rowID]?.entry }
    }

    public func hybridConnection(rowID: Int64) -> HybridConnectionEntry? {
        entries.withLock { $0.connections[rowID] }
    }

    public func rule(rowID: Int64) -> RuleEntry? {
        entries.withLock { $0.rules[rowID]?.entry }
    }
}
