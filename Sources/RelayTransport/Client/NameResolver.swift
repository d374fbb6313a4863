package import NIOCore
package import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks the system for the addresses of host names, on threads that may block. Names that are being asked for are not
/// asked for a second time: when a name server is silent, many connections to one name hold one thread, not all.
package final class NameResolver: Sendable {
    private struct Question: Hashable {
        var host: String
        var port: Int
    }

    private let threads: NIOThreadPool
    private let asked = Mutex<[Question: [EventLoopPromise<[SocketAddress]>]]>([:])

    package init(threads: NIOThreadPool = .singleton) {
        self.threads = threads
    }

    /// The addresses of a host, in the order in which they are to be tried.
    ///
    /// Addresses stand for themselves. `localhost` and what is below it is this machine (RFC 6761 section 6.3), although a
    /// plain resolver does not know `*.localhost`.
    /// - Parameters:
    ///   - host: a name, or an address with or without brackets.
    ///   - port: goes into the addresses.
    ///   - loop: where the future completes.
    /// - Returns: at least one address; fails with ``DialFailure``.
    package func addresses(host: String, port: Int, on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if let known = Self.known(host, port) { return loop.makeSucceededFuture(known) }
        let promise = loop.makePromise(of: [SocketAddress].self)
        let question = Question(host: host, port: port)
        let isFirst = asked.withLock { asked in
            asked[question, default: []].append(promise)
            return asked[question]?.count == 1
        }
        guard isFirst else { return promise.futureResult }
        threads.submit { [self] state in
            let result: Result<[SocketAddress], DialFailure> =
                state == .active ? Self.ask(host, port) : .failure(DialFailure(.closed, "the program ends"))
            for waiting in asked.withLock({ $0.removeValue(forKey: question) }) ?? [] {
                waiting.completeWith(result.mapError { $0 as any Error })
            }
        }
        return promise.futureResult
    }

    /// The addresses that need no question.
    private static func known(_ host: String, _ port: Int) -> [SocketAddress]? {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if let address = try? SocketAddress(ipAddress: bare, port: port) { return [address] }
        let name = bare.hasSuffix(".") ? String(bare.dropLast()) : bare
        guard
            ASCII.isEqualIgnoringCase(name, "localhost")
                || ASCII.isEqualIgnoringCase(name.utf8.suffix(10), ".localhost".utf8)
        else { return nil }
        return ["127.0.0.1", "::1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
    }

    private static func ask(_ host: String, _ port: Int) -> Result<[SocketAddress], DialFailure> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            return .failure(
                DialFailure(
                    .nameUnknown, "the host name '\(host)' is not known: \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else {
            return .failure(DialFailure(.nameUnknown, "the host name '\(host)' has no address"))
        }
        return .success(addresses)
    }

    private static func address(_ info: addrinfo) -> SocketAddress? {
        guard let pointer = info.ai_addr else { return nil }
        switch info.ai_family {
        case AF_INET:
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6:
            return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default: return nil
        }
    }
}
