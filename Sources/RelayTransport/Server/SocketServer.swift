import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
package import NIOSSL

/// Listens on addresses and makes a ``ServerConnection`` of each socket.
package final class SocketServer: Sendable {
    /// Sockets that wait to be accepted.
    private static let backlog: Int32 = 4096

    private let group: MultiThreadedEventLoopGroup
    private let contexts: [NIOLoopBound<LoopContext>]
    private let channels = NIOLockedValueBox<[any Channel]>([])
    private let makeDelegate: @Sendable (LoopContext) -> any ConnectionDelegate
    private let sockets = OpenSockets()

    /// `threads`: event loops, at least 1. `delegate` makes what a new connection's requests go to; called on the
    /// connection's loop. Throws when the loops cannot be started.
    package init(
        threads: Int, settings: ConnectionSettings,
        delegate: @escaping @Sendable (LoopContext) -> any ConnectionDelegate
    ) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        makeDelegate = delegate
        var contexts: [NIOLoopBound<LoopContext>] = []
        let sockets = sockets
        for loop in group.makeIterator() {
            contexts.append(
                try await loop.submit {
                    let context = LoopContext(eventLoop: loop, settings: settings, sockets: sockets)
                    context.startSweeping()
                    return NIOLoopBound(context, eventLoop: loop)
                }.get())
        }
        self.contexts = contexts
    }

    /// Listens on one more address.
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: 0 takes a free one.
    ///   - tls: the TLS of the address; `nil` for plain TCP.
    /// - Returns: the port.
    /// - Throws: when the address cannot be used.
    package func listen(host: String, port: Int, tls: NIOSSLContext?) async throws -> Int {
        let contexts = contexts
        let makeDelegate = makeDelegate
        let sockets = sockets
        let settings = try await contexts[0].eventLoop.submit { contexts[0].value.settings }.get()
        let readSizeMax = tls == nil ? settings.readSizeMax : settings.encryptedReadSizeMax
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGuard(sockets))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: settings.writeLowWaterMark, high: settings.writeHighWaterMark)
            )
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: readSizeMax)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts.first(where: { $0.eventLoop === channel.eventLoop })?.value else {
                        return
                    }
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    let connection = ServerConnection(
                        loop: context, remoteAddress: channel.remoteAddress, isEncrypted: tls != nil,
                        delegate: makeDelegate(context)
                    )
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: host, port: port).get()
        channels.withLockedValue { $0.append(channel) }
        return channel.localAddress?.port ?? port
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
    package func forEach(_ body: @escaping @Sendable (ServerConnection) -> Void) async {
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

    /// Ends everything at once.
    package func shutdown() async {
        await stopListening()
        await forEach { $0.abort(reset: false) }
        for context in contexts { try? await context.eventLoop.submit { context.value.stop() }.get() }
        try? await group.shutdownGracefully()
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
