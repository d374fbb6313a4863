public import RelayCore
public import RelayModel
public import RelayStore
import Synchronization

/// Takes events of the data plane and writes them to the store a few times a second, without recording that in the
/// activity log and without making answers old.
public final class RelayEventLog: RelayEventSink {
    /// Events of one transaction at most; as many waiting are written at once.
    private static let batchMax = 500
    private static let interval = Duration.milliseconds(250)
    /// Between two looks for events that are too old or too many.
    private static let tidyInterval = Duration.seconds(60)
    /// Old events that one transaction forgets.
    private static let tidyMax = 5000

    public let feed: RelayEventFeed
    private let store: Store
    private let now: @Sendable () -> Timestamp
    private let onFailure: @Sendable (any Error) -> Void
    private let queue: Mutex<RelayEventQueue>
    /// New events of each namespace since it was last looked whether there are too many.
    private let untidied = Mutex<[Int64: Int]>([:])
    private let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - store: where events are kept for ``Limits/relayEventHours``.
    ///   - feed: told when new events can be read.
    ///   - now: the wall clock.
    ///   - onFailure: told when events could not be written; they wait for the next try as long as there is room.
    public init(
        store: Store, feed: RelayEventFeed, now: @escaping @Sendable () -> Timestamp,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.feed = feed
        self.now = now
        self.onFailure = onFailure
        queue = Mutex(
            RelayEventQueue(
                waitingMax: Limits.relayEventsWaitingMax, routinePerSecondMax: Limits.routineRelayEventsPerSecondMax
            )
        )
    }

    public func record(_ event: RelayEvent) {
        let count = queue.withLock { queue in
            queue.append(event)
            return queue.count
        }
        if count == Self.batchMax { waker.yield() }
    }

    // MARK: Writing

    /// Writes until the task is cancelled, and then what is left. Events that come later are lost, so whoever records them
    /// ends first.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [waker] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.interval)
                    waker.yield()
                }
            }
            var tidied = ContinuousClock.now
            for await _ in wakes {
                await flush()
                if ContinuousClock.now - tidied >= Self.tidyInterval {
                    await tidy()
                    tidied = .now
                }
            }
            group.cancelAll()
        }
        await flush(isLast: true)
    }

    /// Writes everything that waits.
    package func flush(isLast: Bool = false) async {
        let now = now()
        var events = queue.withLock { $0.isEmpty ? [] : $0.takeAll(now: now, isLast: isLast) }[...]
        while !events.isEmpty {
            let batch = Array(events.prefix(Self.batchMax))
            do {
                try await store.writeUnshown { transaction in
                    for event in batch { try transaction.insert(event) }
                }
            } catch {
                onFailure(error)
                queue.withLock { [events] in $0.putBack(Array(events)) }
                return
            }
            events = events.dropFirst(batch.count)
            await written(batch)
        }
    }

    private func written(_ events: [RelayEventRecord]) async {
        var counts: [Int64: Int] = [:]
        for event in events { counts[event.namespaceRowID, default: 0] += 1 }
        feed.wake(Set(counts.keys))
        let full = untidied.withLock { untidied in
            for (namespace, count) in counts { untidied[namespace, default: 0] += count }
            return untidied.filter { $0.value >= Self.tidyMax }.map(\.key)
        }
        await shorten(full)
    }

    // MARK: Forgetting

    /// Forgets what is too old, and what is too much of one namespace.
    package func tidy() async {
        let limit = now().adding(seconds: -Limits.relayEventHours * 3600)
        do {
            while try await store.writeUnshown({ transaction in
                try transaction.deleteRelayEvents(before: limit, countMax: Self.tidyMax)
            }) == Self.tidyMax {}
        } catch {
            onFailure(error)
        }
        await shorten(untidied.withLock { Array($0.keys) })
    }

    private func shorten(_ namespaces: [Int64]) async {
        for namespace in namespaces {
            do {
                try await store.writeUnshown { transaction in
                    _ = try transaction.deleteRelayEvents(
                        ofNamespace: namespace, keeping: Limits.relayEventsPerNamespaceMax)
                }
                _ = untidied.withLock { $0.removeValue(forKey: namespace) }
            } catch {
                onFailure(error)
            }
        }
    }
}
