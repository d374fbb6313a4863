import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A WebSocket at a gateway, from the first packet to its 101.
final class RelayWebSocket: ConnectionDelegate {
    /// What a handshake was answered with.
    typealias Outcome = Result<(connection: SocketConnection, head: HTTPResponseHead), RelayFailure>

    /// Where it is opened, and what is asked there.
    struct Request {
        var target: DialTarget
        /// The value of the Host line.
        var authority: String
        /// Path and query.
        var path: String
        var fields: HeaderFields = []
        /// From the request to the answer. A sender's waits for a listener, so it is long.
        var answerMax = TimeAmount.seconds(30)
    }

    private let request: Request
    private var completion: ((Outcome) -> Void)?

    private init(_ request: Request, _ completion: @escaping (Outcome) -> Void) {
        self.request = request
        self.completion = completion
    }

    /// Opens one on the loop. On success its delegate is to be replaced within the completion, which is called once.
    /// - Returns: gives the try up when it is called.
    @discardableResult
    static func open(
        _ request: Request, on loop: LoopContext, _ completion: @escaping (Outcome) -> Void
    ) -> () -> Void {
        let opening = RelayWebSocket(request, completion)
        var connection: SocketConnection?
        loop.dial(request.target, delegate: opening) { result in
            switch result {
            case .success(let opened):
                connection = opened
                opening.ask(opened)
            case .failure(let failure): opening.complete(.failure(RelayFailure(failure)))
            }
        }
        return {
            opening.completion = nil
            connection?.abort(reset: true)
        }
    }

    private func complete(_ outcome: Outcome) {
        let completion = completion
        self.completion = nil
        completion?(outcome)
    }

    private func ask(_ connection: SocketConnection) {
        guard completion != nil else { return connection.abort(reset: true) }
        do {
            try connection.openWebSocket(
                host: request.authority, target: request.path, fields: request.fields)
            connection.limit(request.answerMax)
        } catch {
            complete(.failure(RelayFailure(.protocolBroken, error.reason)))
            connection.abort(reset: false)
        }
    }

    func received(answer: HTTPResponseHead, on connection: SocketConnection) {
        if answer.status == 101 {
            guard completion != nil else { return connection.abort(reset: true) }
            complete(.success((connection, answer)))
        } else {
            // The reason phrase is the error channel (R12); the body says the same.
            complete(.failure(RelayFailure(status: answer.status, reason: answer.reason ?? "")))
            connection.finish()
        }
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        guard completion != nil else { return }
        complete(.failure(RelayFailure(connection.reason(end))))
    }
}

extension RelayFailure {
    init(_ failure: DialFailure) {
        let kind: Kind =
            switch failure.kind {
            case .timedOut: .timedOut
            case .protocolBroken: .protocolBroken
            default: .unreachable
            }
        self.init(kind, failure.message)
    }
}
