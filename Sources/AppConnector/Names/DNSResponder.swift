import NIOCore
import NIOPosix
package import RelayTransport
import Synchronization

/// Answers questions about the bound names, over UDP and TCP, and hands all others to the name servers of this machine. For
/// programs that the preload library of `exec` does not catch.
package final class DNSResponder: Sendable {
    /// How long a name server may take before the next one is asked.
    private static let upstreamTimeout = TimeAmount.seconds(2)
    /// Questions that wait for name servers at once; further ones are answered with a failure.
    private static let waitingMax = 1000

    private let table = Mutex(NameTable())
    private let upstream: [SocketAddress]
    private let channel: any Channel
    private let socket: ListeningSocket

    /// Listens.
    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - port: 0 takes a free one, the same for UDP and TCP.
    ///   - upstream: addresses of name servers, each with its port if that is not 53.
    ///   - loops: where sockets are.
    /// - Throws: when the address cannot be used, or no name server can.
    package init(host: String, port: Int, upstream: [String], loops: SocketLoops) async throws {
        let servers = upstream.compactMap(Self.address)
        self.upstream = servers
        let box = ResponderBox()
        let loop = loops.next().eventLoop
        channel = try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Questions(box))
                }
            }
            .bind(host: host, port: port).get()
        let actual = channel.localAddress?.port ?? port
        socket = try await loops.listen(.tcp(host: host, port: actual), arrival: .bytes) { loop in
            StreamQuestions(box, loop)
        }
        box.responder.withLock { $0 = WeakResponder(value: self) }
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Replaces the names.
    package func replace(_ table: NameTable) { self.table.withLock { $0 = table } }

    package func close() async {
        try? await channel.close()
        await socket.close()
    }

    private static func address(_ text: String) -> SocketAddress? {
        if let address = try? SocketAddress(ipAddress: text, port: 53) { return address }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return try? SocketAddress(ipAddress: String(host), port: port)
    }

    /// Answers a question. Called on a loop; the completion comes there once, at once or later.
    fileprivate func answer(
        _ query: DNSQuery, _ message: [UInt8], on loop: any EventLoop, _ completion: @escaping ([UInt8]) -> Void
    ) {
        if let address = table.withLock({ $0.address(of: query.name) }) {
            let bytes = address.split(separator: ".").compactMap { UInt8($0) }
            return completion(query.answer(address: bytes))
        }
        guard !upstream.isEmpty else { return completion(query.failure(code: 5)) }
        Forwarding(message, query, upstream, loop, completion).next()
    }

    /// A question on its way through the name servers of this machine, one after the other. Each has a socket of its own
    /// with a random port, so that nobody else can answer in its place.
    private final class Forwarding: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let message: [UInt8]
        private let query: DNSQuery
        private var servers: ArraySlice<SocketAddress>
        private let loop: any EventLoop
        private var completion: (([UInt8]) -> Void)?
        private var server: SocketAddress?
        private var channel: (any Channel)?
        private var timer: Scheduled<Void>?

        init(
            _ message: [UInt8], _ query: DNSQuery, _ servers: [SocketAddress], _ loop: any EventLoop,
            _ completion: @escaping ([UInt8]) -> Void
        ) {
            self.message = message
            self.query = query
            self.servers = servers[...]
            self.loop = loop
            self.completion = completion
        }

        func next() {
            close()
            guard let server = servers.popFirst() else { return complete(query.failure(code: 2)) }
            self.server = server
            let any = if case .v6 = server { "::" } else { "0.0.0.0" }
            let bound = NIOLoopBound(self, eventLoop: loop)
            DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value)
                    }
                }
                .bind(host: any, port: 0).assumeIsolated().whenComplete { result in
                    switch result {
                    case .success(let channel): self.send(to: server, channel)
                    case .failure: self.next()
                    }
                }
        }

        private func send(to server: SocketAddress, _ channel: any Channel) {
            self.channel = channel
            channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: message)), promise: nil)
            timer = loop.assumeIsolated().scheduleTask(in: DNSResponder.upstreamTimeout) { self.next() }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let bytes = Array(envelope.data.readableBytesView)
            guard envelope.remoteAddress == server, bytes.count >= 12, bytes.prefix(2).elementsEqual(message.prefix(2)),
                bytes[2] & 0x80 != 0
            else { return }
            complete(bytes)
        }

        private func complete(_ answer: [UInt8]) {
            close()
            let completion = completion
            self.completion = nil
            completion?(answer)
        }

        private func close() {
            timer?.cancel()
            timer = nil
            channel?.close(promise: nil)
            channel = nil
        }
    }

    /// Questions over UDP.
    private final class Questions: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let box: ResponderBox
        private var waiting = 0

        init(_ box: ResponderBox) {
            self.box = box
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let message = Array(envelope.data.readableBytesView)
            // What is no question gets no answer.
            guard waiting < DNSResponder.waitingMax, let responder = box.value, let query = DNSQuery(message) else {
                return
            }
            waiting += 1
            let channel = context.channel
            responder.answer(query, message, on: context.eventLoop) { answer in
                self.waiting -= 1
                channel.writeAndFlush(
                    AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer)),
                    promise: nil)
            }
        }
    }

    /// Questions over TCP: each with its length in front (RFC 1035 section 4.2.2).
    private final class StreamQuestions: ConnectionDelegate {
        private static let idleMax = TimeAmount.seconds(30)
        private let box: ResponderBox
        private let loop: LoopContext
        private var buffer = ByteBuffer()

        init(_ box: ResponderBox, _ loop: LoopContext) {
            self.box = box
            self.loop = loop
        }

        func began(_ connection: SocketConnection) {
            connection.limit(Self.idleMax)
            connection.resumeReading()
        }

        func received(bytes: ByteBuffer, on connection: SocketConnection) {
            connection.limit(Self.idleMax)
            buffer.writeImmutableBuffer(bytes)
            while let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
                buffer.readableBytes >= 2 + Int(length), let responder = box.value
            {
                buffer.moveReaderIndex(forwardBy: 2)
                let message = buffer.readBytes(length: Int(length)) ?? []
                guard let query = DNSQuery(message) else { continue }
                responder.answer(query, message, on: loop.eventLoop) { answer in
                    var framed = ByteBuffer()
                    framed.writeInteger(UInt16(clamping: answer.count))
                    framed.writeBytes(answer)
                    connection.write(framed)
                    connection.flushSoon()
                }
            }
        }

        func received(inputEndOn connection: SocketConnection) { connection.endOutput() }

        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}
    }
}

/// The responder as its handlers reach it, which are made before it is.
private final class ResponderBox: Sendable {
    let responder = Mutex(WeakResponder(value: nil))

    var value: DNSResponder? { responder.withLock { $0.value } }
}

private struct WeakResponder: Sendable {
    weak var value: DNSResponder?
}
