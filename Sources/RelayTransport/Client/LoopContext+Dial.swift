package import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a connection is to lead.
package struct DialTarget: Sendable {
    /// A name or an address.
    package var host: String
    /// 1 to 65535.
    package var port: Int
    /// `nil` for plain TCP.
    package var tls: TLSClient?
    package var proxy: HTTPProxy?
    /// Until TCP, the proxy's consent and TLS stand.
    package var timeout = TimeAmount.seconds(10)

    package init(host: String, port: Int, tls: TLSClient? = nil, proxy: HTTPProxy? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
        self.proxy = proxy
    }

    /// `host:port`.
    package var place: String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension LoopContext {
    /// Opens a connection on this loop.
    /// - Parameters:
    ///   - target: where it leads. Its name is asked for now, or that of the proxy.
    ///   - delegate: gets what comes on the connection.
    ///   - completion: called once on this loop, with a connection that is ready for a request or for plain TCP.
    package func dial(
        _ target: DialTarget, delegate: any ConnectionDelegate,
        _ completion: @escaping (Result<SocketConnection, DialFailure>) -> Void
    ) {
        let deadline = NIODeadline.now() + target.timeout
        let attempt = ConnectAttempt(self, target, deadline: deadline, delegate: delegate, completion)
        attempt.run(
            resolver.addresses(
                host: target.proxy?.host ?? target.host, port: target.proxy?.port ?? target.port, on: eventLoop))
    }

    /// Asks for the addresses of a name; the completion is called on this loop. It may take as long as name servers do.
    package func addresses(
        of host: String, port: Int, _ completion: @escaping (Result<[SocketAddress], DialFailure>) -> Void
    ) {
        resolver.addresses(host: host, port: port, on: eventLoop).assumeIsolated().whenComplete { result in
            completion(result.mapError { DialFailure($0, at: host) })
        }
    }

    /// Opens a connection to one of these addresses, in this order.
    package func dial(
        _ target: DialTarget, addresses: [SocketAddress], delegate: any ConnectionDelegate,
        _ completion: @escaping (Result<SocketConnection, DialFailure>) -> Void
    ) {
        let deadline = NIODeadline.now() + target.timeout
        ConnectAttempt(self, target, deadline: deadline, delegate: delegate, completion).begin(addresses)
    }
}

/// One try to reach a target: its addresses one after the other.
private final class ConnectAttempt {
    /// What the first of several addresses gets at least before the next one is tried.
    private static let shareMin = TimeAmount.milliseconds(1500)
    /// Seconds without a byte before TCP asks whether the peer is there, and between two such questions.
    private static let keepAliveAfter = 120
    private static let keepAliveInterval = 15

    private let loop: LoopContext
    private let target: DialTarget
    private let deadline: NIODeadline
    private let delegate: any ConnectionDelegate
    private var completion: ((Result<SocketConnection, DialFailure>) -> Void)?
    private var addresses: ArraySlice<SocketAddress> = []
    private var timer: Scheduled<Void>?

    init(
        _ loop: LoopContext, _ target: DialTarget, deadline: NIODeadline, delegate: any ConnectionDelegate,
        _ completion: @escaping (Result<SocketConnection, DialFailure>) -> Void
    ) {
        self.loop = loop
        self.target = target
        self.deadline = deadline
        self.delegate = delegate
        self.completion = completion
    }

    /// Waits for the addresses, but not longer than the target allows: a name server may be silent for long.
    func run(_ addresses: EventLoopFuture<[SocketAddress]>) {
        let isolated = loop.eventLoop.assumeIsolated()
        let timer = isolated.scheduleTask(deadline: deadline) {
            let failure = DialFailure(.nameUnknown, "no name server answered for '\(self.target.host)' in time")
            self.complete(.failure(failure))
        }
        addresses.assumeIsolated().whenComplete { result in
            timer.cancel()
            switch result {
            case .success(let addresses): self.begin(addresses)
            case .failure(let error): self.complete(.failure(DialFailure(error, at: self.target.place)))
            }
        }
    }

    func begin(_ addresses: [SocketAddress]) {
        guard completion != nil else { return }
        self.addresses = addresses[...]
        next(DialFailure(.nameUnknown, "\(target.place) has no address"))
    }

    private func complete(_ result: Result<SocketConnection, DialFailure>) {
        let completion = completion
        self.completion = nil
        completion?(result)
    }

    private func next(_ last: DialFailure) {
        guard let address = addresses.popFirst() else { return complete(.failure(last)) }
        let left = deadline - .now()
        guard left > .zero else {
            return complete(.failure(DialFailure(.timedOut, "\(target.place) did not answer in time")))
        }
        let count = Int64(addresses.count + 1)
        let share = min(left, max(Self.shareMin, .nanoseconds(left.nanoseconds / count)))
        connect(address, share)
    }

    private func connect(_ address: SocketAddress, _ share: TimeAmount) {
        let isEncrypted = target.tls != nil
        let readSizeMax = isEncrypted ? loop.settings.encryptedReadSizeMax : loop.settings.readSizeMax
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(share)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: loop.settings.writeLowWaterMark, high: loop.settings.writeHighWaterMark)
            )
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: readSizeMax)
            )
        let isTCP = if case .unixDomainSocket = address { false } else { true }
        var tuned = bootstrap
        if isTCP {
            tuned = tuned.channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Nobody else finds out that the peer of an idle connection of plain TCP has vanished; WebSockets have pings.
            if !isEncrypted {
                tuned = tuned.channelOption(.socketOption(.so_keepalive), value: 1)
                    .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: Self.keepAliveAfter)
                    .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: Self.keepAliveInterval)
            }
        }
        tuned.connect(to: address)
            .assumeIsolated().whenComplete { result in
                do {
                    try self.begin(on: result.get())
                } catch {
                    self.next(DialFailure(error, at: self.place(of: address)))
                }
            }
    }

    /// The handlers come once TCP stands: an address that fails must not look like the end of a connection.
    private func begin(on channel: any Channel) throws {
        let host = target.host
        let makeTLS = target.tls.map { tls in { try tls.handler(host: host) } }
        if target.proxy == nil, let makeTLS { try channel.pipeline.syncOperations.addHandler(makeTLS()) }
        let state = ClientState(
            place: target.place, proxy: target.proxy, isEncrypted: target.tls != nil, makeTLS: makeTLS
        ) { result in
            self.complete(result)
        }
        let connection = SocketConnection(
            loop: loop, client: state, isEncrypted: target.tls != nil, delegate: delegate)
        connection.limit(deadline - .now())
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// The target, with the address where that says more.
    private func place(of address: SocketAddress) -> String {
        guard let text = address.ipAddress, target.proxy == nil, text != target.host else {
            return target.proxy.map { "the proxy \($0.place)" } ?? target.place
        }
        return "\(target.place) (\(text))"
    }
}
