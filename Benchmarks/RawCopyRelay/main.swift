// What the relay's cost for each byte is measured beside: connections copied to a backend with the same library, the same
// sizes of reads and the same back-pressure, and nothing in between.
// usage: raw-copy-relay PORT BACKEND_PORT LOOPS [CERTIFICATE KEY]

import NIOCore
import NIOPosix
import NIOSSL

let arguments = CommandLine.arguments
guard arguments.count == 4 || arguments.count == 6, let port = Int(arguments[1]), let backendPort = Int(arguments[2]),
    let loops = Int(arguments[3])
else {
    preconditionFailure("usage: raw-copy-relay PORT BACKEND_PORT LOOPS [CERTIFICATE KEY]")
}

/// Both sides speak TLS when there is a certificate: it ends here, and another connection begins.
let contexts: (server: NIOSSLContext, client: NIOSSLContext)? = try {
    guard arguments.count == 6 else { return nil }
    var server = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(arguments[4]).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: arguments[5], format: .pem))
    )
    server.minimumTLSVersion = .tlsv13
    var client = TLSConfiguration.makeClientConfiguration()
    client.minimumTLSVersion = .tlsv13
    client.certificateVerification = .none
    return (try NIOSSLContext(configuration: server), try NIOSSLContext(configuration: client))
}()

let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
let reads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: 262_144)
let marks = ChannelOptions.Types.WriteBufferWaterMark(low: 2048, high: 4096)

let listener = try await ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4096)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.autoRead, value: false)
    .childChannelOption(.recvAllocator, value: reads)
    .childChannelOption(.maxMessagesPerRead, value: 1)
    .childChannelOption(.writeBufferWaterMark, value: marks)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelInitializer { near in
        // The same loop for both sides: the cheapest arrangement there is.
        ClientBootstrap(group: near.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.recvAllocator, value: reads)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.writeBufferWaterMark, value: marks)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: backendPort)
            .flatMapThrowing { far in
                if let contexts {
                    try near.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: contexts.server))
                    let client = try NIOSSLClientHandler(context: contexts.client, serverHostname: "localhost")
                    try far.pipeline.syncOperations.addHandler(client)
                }
                let pair = CopyHandler.pair()
                try near.pipeline.syncOperations.addHandler(pair.0)
                try far.pipeline.syncOperations.addHandler(pair.1)
            }
    }
    .bind(host: "127.0.0.1", port: port).get()
try await listener.closeFuture.get()
