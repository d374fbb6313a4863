import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts the sockets of a server and knows how many there may be.
final class OpenSockets: Sendable {
    /// Descriptors that stay free: for the database, the other ports, and what is opened for a moment.
    private static let reserve = 64

    private let count = Atomic<Int>(0)
    private let max: Int

    init() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        max = Swift.max(16, Int(clamping: limit.rlim_cur) - Self.reserve - Self.used)
    }

    var hasRoom: Bool { count.load(ordering: .relaxed) < max }

    func opened() {
        count.wrappingAdd(1, ordering: .relaxed)
    }

    func closed() {
        count.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Descriptors that are in use before the first socket is accepted.
    private static var used: Int {
        (0..<256).count { fcntl(Int32($0), F_GETFD) != -1 }
    }
}
