import NIOCore
import NIOEmbedded

@testable import RelayTransport

/// Two ends of one lane over a connection that cuts, delays and stalls, in one thread; everything follows from the seed.
///
/// One side opens streams, both write, read at their own pace, end and reset. Each byte of a stream is known, so that a lost,
/// doubled or mixed-up one is found.
final class LaneWorld {
    /// Faults that the owner of streams can have. Each must be found.
    enum Defect: CaseIterable {
        /// Gives credit for bytes twice.
        case creditDoubled
        /// Never gives credit.
        case creditForgotten
        /// Writes to another stream once in a while.
        case wrongStream
        /// Ends a direction and writes on.
        case endTooEarly
        /// Drops what came while it was busy.
        case bytesDropped
    }

    final class End {
        let channel: EmbeddedChannel
        let connection: SocketConnection
        let owner: Owner
        let lane: LaneConnection
        /// Bytes on their way to this end.
        var incoming = ByteBuffer()

        init(_ loop: EmbeddedEventLoop, _ context: LoopContext, isClient: Bool) throws {
            channel = EmbeddedChannel(loop: loop)
            owner = Owner(isClient: isClient)
            if isClient {
                let state = ClientState(place: "peer", proxy: nil, isEncrypted: false, makeTLS: nil) { _ in }
                connection = SocketConnection(
                    loop: context, client: state, isEncrypted: false, delegate: LaneWorld.Nobody())
            } else {
                connection = SocketConnection(
                    loop: context, remoteAddress: nil, isEncrypted: false, delegate: LaneWorld.Nobody())
            }
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.pipeline.syncOperations.addHandler(connection)
            lane = LaneConnection(connection, delegate: owner)
            connection.mode = .messages(FramePump(.messages, isMasked: !isClient))
            connection.delegate = lane
        }
    }

    final class Nobody: ConnectionDelegate {
        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}
    }

    /// Uses one end of a stream.
    final class User: LaneStreamDelegate {
        let stream: LaneStream
        /// Tells the bytes of this direction from others.
        let outgoing: UInt64
        let incoming: UInt64
        private let world: LaneWorld
        var written = 0
        var received = 0
        var unread = 0
        var hasEnded = false
        var peerEnded = false
        var isLost = false
        var mayWrite = true

        init(_ stream: LaneStream, outgoing: UInt64, incoming: UInt64, _ world: LaneWorld) {
            self.stream = stream
            self.outgoing = outgoing
            self.incoming = incoming
            self.world = world
        }

        var isOver: Bool { isLost || hasEnded && peerEnded }

        /// What stands at a place of a direction: bytes of one long sequence, from a place of the direction's own.
        static func bytes(_ direction: UInt64, _ offset: Int, _ count: Int) -> ByteBuffer {
            var result = ByteBuffer()
            var place = Int(truncatingIfNeeded: (direction &* 7919) % UInt64(sequence.readableBytes)) + offset
            var missing = count
            while missing > 0 {
                place %= sequence.readableBytes
                let part = min(missing, sequence.readableBytes - place)
                if let slice = sequence.getSlice(at: place, length: part) { result.writeImmutableBuffer(slice) }
                place += part
                missing -= part
            }
            return result
        }

        private static let sequence: ByteBuffer = {
            var generator = SeededGenerator(seed: 99)
            var bytes = ByteBuffer()
            for _ in 0..<12_497 { bytes.writeInteger(generator.next()) }
            return bytes
        }()

        func write(_ count: Int) {
            var target = self
            if world.defect == .wrongStream, world.chance(3),
                let other = world.users.randomElement(using: &world.generator)
            {
                target = other
            }
            let bytes = Self.bytes(outgoing, written, count)
            written += count
            target.stream.write(bytes)
            mayWrite = stream.isWritable
        }

        func read(_ count: Int) {
            unread -= count
            switch world.defect {
            case .creditForgotten: break
            case .creditDoubled:
                stream.consumed(count)
                stream.consumed(count)
            default: stream.consumed(count)
            }
            // Credit is for what was read, and for nothing else.
            if !isLost, world.defect != .creditForgotten, stream.state.held != unread, !stream.isForgotten {
                world.fail("credit was given for other bytes than those read")
            }
        }

        func end() {
            hasEnded = true
            stream.end()
            if world.defect == .endTooEarly, world.chance(30) { write(100) }
        }

        func accepted(_ stream: LaneStream) {}
        func refused(status: Int, _ text: String, _ stream: LaneStream) { world.fail("a stream was refused") }
        func redirected(_ stream: LaneStream) { world.fail("a stream was redirected") }

        func received(_ bytes: ByteBuffer, on stream: LaneStream) {
            if world.defect == .bytesDropped, world.chance(1) { return stream.consumed(bytes.readableBytes) }
            if peerEnded { world.fail("bytes came after the end") }
            guard bytes == Self.bytes(incoming, received, bytes.readableBytes) else {
                return world.fail("a byte is not the one that was sent")
            }
            received += bytes.readableBytes
            unread += bytes.readableBytes
            if unread > LaneStreamState.windowMax { world.fail("more came than a window") }
        }

        func receivedEnd(on stream: LaneStream) {
            if peerEnded { world.fail("an end came twice") }
            peerEnded = true
        }

        func lost(_ text: String, _ stream: LaneStream) { isLost = true }
        func becameWritable(_ stream: LaneStream) { mayWrite = true }
    }

    /// Decides about one end of the lane.
    final class Owner: LaneDelegate {
        weak var world: LaneWorld?
        private let isClient: Bool

        init(isClient: Bool) { self.isClient = isClient }

        func received(open payload: [UInt8], stream id: UInt32, on lane: LaneConnection) {
            guard let world, let stream = lane.stream(id) else { return }
            let number = UInt64(payload.reduce(0) { $0 << 8 | UInt64($1) })
            world.take(stream, number)
        }

        func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection) {}
        func forgot(stream: UInt32, on lane: LaneConnection) {}
        func received(ending text: String, on lane: LaneConnection) {
            if let world, !world.isOver { world.fail("the lane ended: \(text)") }
        }
        func ended(_ end: ConnectionEnd, _ lane: LaneConnection) {}
    }

    var generator: SeededGenerator
    let defect: Defect?
    private(set) var failures: [String] = []
    private(set) var users: [User] = []
    private(set) var isOver = false
    private let loop = EmbeddedEventLoop()
    private let client: End
    private let server: End
    private var count: UInt64 = 0

    init(seed: UInt64, defect: Defect? = nil) throws {
        generator = SeededGenerator(seed: seed)
        self.defect = defect
        let context = LoopContext(
            eventLoop: loop, settings: ConnectionSettings(), sockets: OpenSockets(), resolver: NameResolver())
        client = try End(loop, context, isClient: true)
        server = try End(loop, context, isClient: false)
        client.owner.world = self
        server.owner.world = self
    }

    func fail(_ text: String) {
        if failures.count < 5 { failures.append(text) }
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    // MARK: Steps

    private func open() {
        count += 1
        let payload = [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        guard let stream = client.lane.open(payload, delegate: client.dummy) else {
            return fail("no stream was opened")
        }
        let user = User(stream, outgoing: count << 1, incoming: count << 1 | 1, self)
        stream.delegate = user
        users.append(user)
    }

    fileprivate func take(_ stream: LaneStream, _ number: UInt64) {
        let user = User(stream, outgoing: number << 1 | 1, incoming: number << 1, self)
        stream.delegate = user
        stream.accept()
        users.append(user)
    }

    /// Moves what an end has sent into the hands of the network.
    private func collect() throws {
        loop.run()
        for (from, to) in [(client, server), (server, client)] {
            while let buffer = try from.channel.readOutbound(as: ByteBuffer.self) {
                to.incoming.writeImmutableBuffer(buffer)
            }
        }
    }

    private func deliver(_ end: End, _ count: Int) throws {
        guard let piece = end.incoming.readSlice(length: min(count, end.incoming.readableBytes)),
            piece.readableBytes > 0
        else { return }
        end.incoming.discardReadBytes()
        try end.channel.writeInbound(piece)
    }

    private func toggle(_ end: End) {
        end.channel.isWritable.toggle()
        end.channel.pipeline.fireChannelWritabilityChanged()
    }

    private func step() throws {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<4: if users.count < 40 { open() }
        case 4..<40:
            if let user = users.filter({ !$0.isOver && !$0.hasEnded && $0.mayWrite }).randomElement(using: &generator) {
                user.write(Int.random(in: 1...40_000, using: &generator))
            }
        case 40..<60:
            if let user = users.filter({ $0.unread > 0 && !$0.isLost }).randomElement(using: &generator) {
                user.read(Int.random(in: 1...user.unread, using: &generator))
            }
        case 60..<62:
            if let user = users.filter({ !$0.isOver && !$0.hasEnded }).randomElement(using: &generator) { user.end() }
        case 62..<63:
            if let user = users.filter({ !$0.isOver }).randomElement(using: &generator), chance(30) {
                user.isLost = true
                user.stream.delegate = nil
                user.stream.reset("given up")
            }
        case 63..<66: toggle(chance(50) ? client : server)
        default: try deliver(chance(50) ? client : server, Int.random(in: 1...60_000, using: &generator))
        }
        try collect()
    }

    /// Runs a while of chaos, then lets everything come to an end, and looks whether all of it arrived.
    func run(steps: Int = 1000) throws {
        for _ in 0..<steps where failures.isEmpty { try step() }
        for end in [client, server] where !end.channel.isWritable { toggle(end) }
        for user in users where !user.isOver && !user.hasEnded { user.end() }
        for _ in 0..<20_000 where failures.isEmpty {
            try collect()
            try deliver(client, 100_000)
            try deliver(server, 100_000)
            for user in users where user.unread > 0 && !user.isLost { user.read(user.unread) }
            if users.allSatisfy(\.isOver), client.incoming.readableBytes == 0, server.incoming.readableBytes == 0 {
                break
            }
        }
        isOver = true
        finish()
    }

    private func finish() {
        guard failures.isEmpty else { return }
        var pairs: [UInt64: [User]] = [:]
        for user in users { pairs[user.outgoing >> 1, default: []].append(user) }
        for (number, pair) in pairs where !pair.contains(where: \.isLost) {
            guard pair.count == 2 else { fail("stream \(number) never reached the other end"); continue }
            for (one, other) in [(pair[0], pair[1]), (pair[1], pair[0])] where one.written != other.received {
                fail("stream \(number): \(one.written) bytes were sent and \(other.received) came")
            }
            if !pair.allSatisfy(\.isOver) { fail("stream \(number) did not end") }
        }
        if client.lane.streamCount > 0 || server.lane.streamCount > 0 { fail("streams are left over") }
    }
}

extension LaneWorld.End {
    /// For the moment between a stream and its user.
    fileprivate var dummy: any LaneStreamDelegate { Dummy() }

    private final class Dummy: LaneStreamDelegate {
        func accepted(_ stream: LaneStream) {}
        func refused(status: Int, _ text: String, _ stream: LaneStream) {}
        func redirected(_ stream: LaneStream) {}
        func received(_ bytes: ByteBuffer, on stream: LaneStream) {}
        func receivedEnd(on stream: LaneStream) {}
        func lost(_ text: String, _ stream: LaneStream) {}
        func becameWritable(_ stream: LaneStream) {}
    }
}
