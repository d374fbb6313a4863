import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix
package import NIOSSL
import Synchronization

/// Event loops, and the sockets that are accepted and opened on them.
package final class SocketLoops: Sendable {
    /// Sockets that wait to be accepted.
    private static let backlog: Int32 = 4096

    /// What is expected of those who connect.
    package enum Arrival: Sendable, Hashable {
        /// HTTP requests, of which some may open WebSockets.
        case requests
        /// Plain TCP that goes to the delegate as it is, once ``SocketConnection/resumeReading()`` was called.
        case bytes
    }

    private let group: MultiThreadedEventLoopGroup
    private let contexts: [NIOLoopBound<LoopContext>]
    private let turn = Atomic<Int>(0)
    private let channels = NIOLockedValueBox<[any Channel]>([])
    private let sockets = OpenSockets()

    /// `threads`: event loops, at least 1. Throws when the loops cannot be started.
    package init(threads: Int, settings: ConnectionSettings) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        var contexts: [NIOLoopBound<LoopContext>] = []
        let sockets = sockets
        let resolver = NameResolver()
        for loop in group.makeIterator() {
            contexts.append(
                try await loop.submit {
                    let context = LoopContext(
                        eventLoop: loop, settings: settings, sockets: sockets, resolver: resolver)
                    context.startSweeping()
                    return NIOLoopBound(context, eventLoop: loop)
                }.get())
        }
        self.contexts = contexts
    }

    /// All loops.
    package var all: [LoopReference] { contexts.map { LoopReference(bound: $0) } }

    /// One loop after the other.
    package func next() -> LoopReference {
        let index = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return LoopReference(bound: contexts[index % contexts.count])
    }

    /// Listens on one more address.
    /// - Parameters:
    ///   - address: the address; port 0 takes a free one.
    ///   - tls: the TLS of the address; `nil` for plain TCP.
    ///   - arrival: what is expected of those who connect.
    ///   - delegate: makes what a new connection goes to; called on the connection's loop.
    /// - Returns: the listening socket.
    /// - Throws: when the address cannot be used.
    package func listen(
        _ address: ListeningAddress, tls: NIOSSLContext? = nil, arrival: Arrival = .requests,
        delegate: @escaping @Sendable (LoopContext) -> any ConnectionDelegate
    ) async throws -> ListeningSocket {
        let contexts = contexts
        let settings = try await contexts[0].eventLoop.submit { contexts[0].value.settings }.get()
        let isTCP = if case .tcp = address { true } else { false }
        let options = bootstrap(settings, isEncrypted: tls != nil)
        let tuned = isTCP ? options.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) : options
        let bootstrap = tuned.childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let context = contexts.first(where: { $0.eventLoop === channel.eventLoop })?.value else {
                    return
                }
                if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                let delegate = delegate(context)
                let connection =
                    switch arrival {
                    case .requests:
                        SocketConnection(
                            loop: context, remoteAddress: channel.remoteAddress, isEncrypted: tls != nil,
                            delegate: delegate)
                    case .bytes:
                        SocketConnection(
                            bytesOn: context, remoteAddress: channel.remoteAddress, delegate: delegate)
                    }
                try channel.pipeline.syncOperations.addHandler(connection)
            }
        }
        let channel =
            switch address {
            case .tcp(let host, let port): try await bootstrap.bind(host: host, port: port).get()
            case .unix(let path): try await bootstrap.bind(unixDomainSocketPath: path).get()
            }
        channels.withLockedValue { channels in
            channels.removeAll { !$0.isActive }
            channels.append(channel)
        }
        return ListeningSocket(channel: channel)
    }

    private func bootstrap(_ settings: ConnectionSettings, isEncrypted: Bool) -> ServerBootstrap {
        let sockets = sockets
        let readSizeMax = isEncrypted ? settings.encryptedReadSizeMax : settings.readSizeMax
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGuard(sockets))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: settings.writeLowWaterMark, high: settings.writeHighWaterMark)
            )
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: readSizeMax)
            )
    }

    /// Takes no more sockets; those that are open stay.
    package func stopListening() async {
        let open = channels.withLockedValue { channels in
            defer { channels = [] }
            return channels
        }
        for channel in open { try? await channel.close() }
    }

    /// Runs the body for every open connection, each on its loop, and waits for it.
    package func forEach(_ body: @escaping @Sendable (SocketConnection) -> Void) async {
        for context in contexts {
            try? await context.eventLoop.submit {
                for connection in context.value.all { body(connection) }
            }.get()
        }
    }

    /// Open connections of all loops.
    package func connectionCount() async -> Int {
        var count = 0
        for context in contexts {
            count += (try? await context.eventLoop.submit { context.value.connectionCount }.get()) ?? 0
        }
        return count
    }

    /// Connections of plain TCP whose peer has sent its last byte, and waits for the end of the other direction.
    package func endingCount() async -> Int {
        var count = 0
        for context in contexts {
            let ending = try? await context.eventLoop.submit { context.value.all.count(where: \.isEnding) }.get()
            count += ending ?? 0
        }
        return count
    }

    /// Waits until all connections have ended, but not for longer than that.
    package func settle(within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, await connectionCount() > 0 {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Ends everything at once.
    package func shutdown() async {
        await stopListening()
        await forEach { $0.cut() }
        for context in contexts { try? await context.eventLoop.submit { context.value.stop() }.get() }
        try? await group.shutdownGracefully()
    }
}

/// Where a server listens.
package enum ListeningAddress: Sendable, Hashable {
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)
}

/// A socket that takes connections.
package struct ListeningSocket: Sendable {
    let channel: any Channel

    /// The port of a TCP socket; 0 for others.
    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Takes no more connections; those that are open stay.
    package func close() async { try? await channel.close() }
}

/// An event loop with its context, as other threads may hold it.
package struct LoopReference: Sendable {
    let bound: NIOLoopBound<LoopContext>

    package var eventLoop: any EventLoop { bound.eventLoop }

    /// Runs the body on the loop, later or at once.
    package func run(_ body: @escaping @Sendable (LoopContext) -> Void) {
        if bound.eventLoop.inEventLoop {
            body(bound.value)
        } else {
            bound.eventLoop.execute { [bound] in body(bound.value) }
        }
    }

    /// Runs the body on the loop and gives what it returns.
    package func submit<Value: Sendable>(_ body: @escaping @Sendable (LoopContext) throws -> Value) async throws
        -> Value
    {
        try await bound.eventLoop.submit { [bound] in try body(bound.value) }.get()
    }
}

/// Keeps descriptors for the rest of the process: the sockets of the relay never take all that there are.
private final class AcceptGuard: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    private static let pause = TimeAmount.milliseconds(100)

    private let sockets: OpenSockets

    init(_ sockets: OpenSockets) {
        self.sockets = sockets
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard sockets.hasRoom else {
            unwrapInboundIn(data).close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }

    /// Rests a moment when a socket could not be accepted: otherwise the loop would try again at once, for ever.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: Self.pause) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
            channel.read()
        }
    }
}

extension LoopReference {
    /// Begins something on the loop and waits for what it ends with.
    /// - Parameter body: gets the loop, and a closure that is to be called once.
    /// - Returns: what the closure was called with.
    package func outcome<Value: Sendable>(
        _ body: @escaping @Sendable (LoopContext, @escaping (Value) -> Void) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in
            run { context in body(context) { continuation.resume(returning: $0) } }
        }
    }
}
