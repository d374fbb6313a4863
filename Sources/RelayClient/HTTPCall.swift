import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// An answer of a relay to a plain request.
struct HTTPAnswer: Sendable {
    var status: Int
    var reason: String
    var fields: HeaderFields
    var body: [UInt8]
}

/// Sends plain GET requests to a relay, one after the other, over one connection while that stands. Used on one loop.
final class HTTPCall: ConnectionDelegate {
    typealias Completion = (Result<HTTPAnswer, RelayFailure>) -> Void

    /// Bytes of an answer.
    private static let bodyMax = 256 * 1024

    private let access: RelayAccess
    private let loop: LoopContext
    private var connection: SocketConnection?
    private var completion: Completion?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ access: RelayAccess, on loop: LoopContext) {
        self.access = access
        self.loop = loop
    }

    /// One call at a time; the completion comes once.
    /// - Parameters:
    ///   - target: path and query.
    ///   - fields: of the request, beside Host.
    ///   - answerMax: from the request to the end of the answer.
    ///   - completion: called on the loop.
    func get(_ target: String, _ fields: HeaderFields, answerMax: TimeAmount, _ completion: @escaping Completion) {
        self.completion = completion
        if let connection, connection.isReady { return ask(connection, target, fields, answerMax) }
        loop.dial(access.target, delegate: self) { result in
            switch result {
            case .success(let connection):
                self.connection = connection
                self.ask(connection, target, fields, answerMax)
            case .failure(let failure): self.complete(.failure(RelayFailure(failure)))
            }
        }
    }

    /// Lets go of the connection; a call under way is not answered.
    func cancel() {
        completion = nil
        connection?.finish()
        connection = nil
    }

    private func complete(_ result: Result<HTTPAnswer, RelayFailure>) {
        let completion = completion
        self.completion = nil
        completion?(result)
    }

    private func ask(
        _ connection: SocketConnection, _ target: String, _ fields: HeaderFields, _ answerMax: TimeAmount
    ) {
        guard completion != nil else { return connection.finish() }
        head = nil
        body = []
        do {
            let head = try HTTPRequestHead(
                method: "GET", target: target,
                fields: [("Host", access.endpoint.authority), ("User-Agent", "causeway")] + fields)
            connection.limit(answerMax)
            connection.send(head)
        } catch {
            complete(.failure(RelayFailure(.protocolBroken, error.reason)))
        }
    }

    func received(answer: HTTPResponseHead, on connection: SocketConnection) { head = answer }

    func received(body bytes: ByteBuffer, on connection: SocketConnection) {
        guard body.count + bytes.readableBytes <= Self.bodyMax else {
            complete(.failure(RelayFailure(.protocolBroken, "an answer of the relay is too long")))
            return connection.abort(reset: true)
        }
        body += bytes.readableBytesView
    }

    func receivedBodyEnd(on connection: SocketConnection) {
        connection.limit(nil)
        guard let head else { return }
        complete(
            .success(HTTPAnswer(status: head.status, reason: head.reason ?? "", fields: head.fields, body: body)))
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        if self.connection === connection { self.connection = nil }
        guard completion != nil else { return }
        complete(.failure(RelayFailure(connection.reason(end))))
    }
}
