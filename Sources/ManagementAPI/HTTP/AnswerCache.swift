import NIOCore
import RelayModel
import Synchronization

/// Answers of GET requests, kept as bytes until any resource or listener count changes. A hit costs no SQL, no routing
/// and no rendering; whether the caller may read is part of what was decided, so the caller is part of the key.
final class AnswerCache: Sendable {
    struct Key: Hashable {
        /// Groups of a foreign token are part of what the caller may read.
        private let callerObjectID: String
        private let callerGroupIDs: [String]
        /// The request target as it came.
        let target: String

        init(caller: Caller, target: String) {
            callerObjectID = caller.objectID
            callerGroupIDs = caller.groupIDs
            self.target = target
        }
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
        let size = entry.body.readableBytes + 2 * key.target.utf8.count + 200
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
