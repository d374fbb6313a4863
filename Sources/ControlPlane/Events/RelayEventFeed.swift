public import RelayModel
import Synchronization

/// Wakes those who follow the events of a namespace when new ones were written. It carries no events: each reader reads
/// from the store after the last one that it has, so a slow reader costs nobody memory.
public final class RelayEventFeed: Sendable {
    /// Readers at once, over all namespaces.
    public static let readersMax = 200

    private struct Reader {
        var namespaceRowID: Int64
        var continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var readers: [UInt64: Reader] = [:]
        var next: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    public init() {}

    /// An element comes when there may be new events, at least one for all that were written since the last element was
    /// taken, and one at once. The sequence ends when the feed is closed.
    ///
    /// - Parameter namespaceRowID: the namespace's row.
    /// - Returns: the sequence, and what makes it give an element out of turn.
    /// - Throws: `ServiceError` with `tooManyRequests` when too many follow already, or `serviceUnavailable` when the
    ///   server stops.
    public func follow(
        namespace namespaceRowID: Int64
    ) throws(ServiceError) -> (wakes: AsyncStream<Void>, wake: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (id, refusal) = state.withLock { state -> (UInt64, ServiceError?) in
            guard !state.isClosed else { return (0, ServiceError(.serviceUnavailable, "The server is stopping.")) }
            guard state.readers.count < Self.readersMax else {
                return (0, ServiceError(.tooManyRequests, "\(Self.readersMax) readers follow events already."))
            }
            state.next += 1
            state.readers[state.next] = Reader(namespaceRowID: namespaceRowID, continuation: continuation)
            return (state.next, nil)
        }
        if let refusal { throw refusal }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.readers.removeValue(forKey: id) }
        }
        continuation.yield()
        return (stream, { continuation.yield() })
    }

    /// New events of these namespaces can be read.
    func wake(_ namespaceRowIDs: Set<Int64>) {
        let readers = state.withLock { state in
            state.readers.values.filter { namespaceRowIDs.contains($0.namespaceRowID) }.map(\.continuation)
        }
        for reader in readers { reader.yield() }
    }

    /// Ends every sequence, now and from now on. For a server that stops.
    public func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [:] }
            return state.readers.values.map(\.continuation)
        }
        for reader in readers { reader.finish() }
    }
}
