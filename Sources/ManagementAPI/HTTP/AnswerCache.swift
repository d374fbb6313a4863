import NIOCore
import RelayModel
import Synchronization

/// Answers of GET requests, kept as bytes until any resource or listener count changes. A hit costs no SQL, no routing
/// and no rendering; whether the caller may read is part of what was decided, so the caller is part of the key.
final class AnswerCache: Sendable {
    struct Key: Hashable {
        private let tenantID: String
        private let objectID: String
        /// Tokens of another issuer can name other groups each time.
        private let groupIDs: [String]
        /// The request target as it came.
        let target: String

        init(_ caller: Caller, target: String) {
            tenantID = caller.tenantID
            objectID = caller.objectID
            groupIDs = caller.groupIDs
            self.target = target
        }

        /// Bytes that the key takes, about.
        var size: Int { 2 * target.utf8.count + 40 * groupIDs.count }
    }

    /// The state of everything that an answer depends on.
    struct Generation: Hashable {
        var store: UInt64
        var listeners: UInt64
    }

    struct Entry {
        var body: ByteBuffer
        var etag: String?
        var contentType: String
    }

    private struct State {
        var generation = Generation(store: 0, listeners: 0)
        var entries: [Key: Entry] = [:]
        var bytes = 0
    }

    /// Bytes of bodies and keys at most; the cache is emptied when it would grow beyond.
    private static let bytesMax = 8 * 1024 * 1024

    private let state = Mutex(State())

    func entry(_ key: Key, at generation: Generation) -> Entry? {
        state.withLock { $0.generation == generation ? $0.entries[key] : nil }
    }

    /// `generation`: taken before the answer was computed.
    func insert(_ entry: Entry, for key: Key, at generation: Generation) {
        let size = entry.body.readableBytes + key.size + 200
        state.withLock { state in
            if state.generation != generation {
                guard generation.store >= state.generation.store, generation.listeners >= state.generation.listeners
                else { return }
                state = State(generation: generation)
            }
            if state.bytes + size > Self.bytesMax { state = State(generation: generation) }
            state.entries[key] = entry
            state.bytes += size
        }
    }
}
