import LocalFiles
import Logging
import NIOCore
import RelayClient
import RelayModel
import RelayProtocol
import RelayTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the preload library of `exec` talks to: a folder with the bound names, and a gate through which connections go, so
/// that a refusal at the endpoint is one of the program's own connect. See docs/internals/exec.md.
final class ExecSide: Sendable {
    typealias Lookup = @Sendable (_ address: String, _ port: Int) async -> Route?

    private let folder: String
    private let socket: ListeningSocket

    init(folder: String, loops: SocketLoops, logger: Logger, lookup: @escaping Lookup) async throws {
        self.folder = folder
        // 256 bits of the system's secure random numbers.
        let token = (0..<32).map { _ in
            let byte = UInt8.random(in: 0 ... .max)
            return String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        socket = try await loops.listen(.tcp(host: "127.0.0.1", port: 0), arrival: .bytes) { loop in
            GateConnection(token: token, loop: loop, logger: logger, lookup: lookup)
        }
        try WholeFile.write(Array("\(socket.port)\n\(token)\n".utf8), to: "\(folder)/gate", mode: 0o600)
    }

    /// Tells the library the names, and the endpoints that are addresses.
    func publish(names: NameTable, addresses: [TCPEndpoint]) throws(FileFailure) {
        let lines = names.addresses.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        try WholeFile.write(Array(lines.joined().utf8), to: "\(folder)/names", mode: 0o600)
        let endpoints = addresses.sorted { $0.description < $1.description }.map { endpoint in
            let host = endpoint.host.hasPrefix("[") ? String(endpoint.host.dropFirst().dropLast()) : endpoint.host
            return "\(host) \(endpoint.port)\n"
        }
        try WholeFile.write(Array(endpoints.joined().utf8), to: "\(folder)/endpoints", mode: 0o600)
    }

    func close() async { await socket.close() }
}

/// A connection of the preload library: one line that says where it is to lead, four bytes of answer, then the program's
/// own bytes.
final class GateConnection: ConnectionDelegate {
    private static let lineMax = 512
    private static let lineTimeout = TimeAmount.seconds(10)

    private let token: String
    private let loop: LoopContext
    private let logger: Logger
    private let lookup: ExecSide.Lookup
    private var line = ByteBuffer()
    private var isAsked = false
    private var hasEnded = false
    private var cancel: HybridConnectionSender.Cancellation?

    init(token: String, loop: LoopContext, logger: Logger, lookup: @escaping ExecSide.Lookup) {
        self.token = token
        self.loop = loop
        self.logger = logger
        self.lookup = lookup
    }

    func began(_ connection: SocketConnection) {
        connection.limit(Self.lineTimeout)
        connection.resumeReading()
    }

    func received(bytes: ByteBuffer, on connection: SocketConnection) {
        guard !isAsked else { return connection.abort(reset: true) }
        line.writeImmutableBuffer(bytes)
        guard line.readableBytesView.last == UInt8(ascii: "\n") else {
            if line.readableBytes > Self.lineMax { connection.abort(reset: true) }
            return
        }
        let words = String(decoding: line.readableBytesView.dropLast(), as: UTF8.self).split(separator: " ")
        guard words.count == 4, words[0] == "CAUSEWAY1", Self.isSame(words[1], token), let port = Int(words[3]) else {
            return connection.abort(reset: true)
        }
        isAsked = true
        connection.limit(nil)
        connection.pauseReading()
        ask(String(words[2]), port, connection)
    }

    /// The routes belong to the service, which is asked in a task; the connection waits for it on its loop.
    private func ask(_ address: String, _ port: Int, _ connection: SocketConnection) {
        let bound = NIOLoopBound((self, connection), eventLoop: loop.eventLoop)
        let lookup = lookup
        loop.eventLoop.makeFutureWithTask { await lookup(address, port) }.whenSuccess { route in
            let (gate, connection) = bound.value
            gate.open(route, connection)
        }
    }

    private func open(_ route: Route?, _ connection: SocketConnection) {
        guard !hasEnded else { return }
        // The name is bound, and not with this port: nobody listens there.
        guard let route else { return refuse(ECONNREFUSED, connection) }
        cancel = route.sender.open(on: loop) { [self] result in
            cancel = nil
            switch result {
            case .success(let stream):
                answer(0, connection)
                Bridge(local: connection, stream: stream, counters: route.counters).begin()
            case .failure(let failure):
                // The program is told a number; the reason goes to whoever looks, but not again and again.
                if route.note(failure, at: route.access.now) {
                    logger.warning(
                        "A connection failed", metadata: ["endpoint": "\(route.endpoint)", "reason": "\(failure)"])
                }
                refuse(Self.errorNumber(failure), connection)
            }
        }
    }

    private func refuse(_ code: CInt, _ connection: SocketConnection) {
        answer(code, connection)
        connection.endOutput()
        connection.limit(.seconds(5))
        connection.resumeReading()
    }

    private func answer(_ code: CInt, _ connection: SocketConnection) {
        var bytes = ByteBuffer()
        bytes.writeInteger(Int32(code))
        connection.write(bytes)
        connection.flushNow()
    }

    func received(inputEndOn connection: SocketConnection) { connection.endOutput() }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        hasEnded = true
        cancel?()
    }

    /// What connect says of a failure.
    private static func errorNumber(_ failure: RelayFailure) -> CInt {
        switch failure.kind {
        case .timedOut: ETIMEDOUT
        case .unreachable, .unavailable: EHOSTUNREACH
        case .keyRefused, .addressRefused: EACCES
        case .notFound, .noListener, .listenerQuota, .rejected, .protocolBroken: ECONNREFUSED
        }
    }

    private static func isSame(_ given: Substring, _ token: String) -> Bool {
        let (left, right) = (Array(given.utf8), Array(token.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}
