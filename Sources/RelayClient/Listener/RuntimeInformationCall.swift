import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// Asks for runtime information (R112), again and again over one connection while that stands. Used on one loop.
final class RuntimeInformationCall: ConnectionDelegate {
    typealias Outcome = Result<RuntimeInformationSummary, RelayFailure>

    /// Bytes of an answer; one is some hundred.
    private static let bodyMax = 256 * 1024
    private static let answerMax = TimeAmount.seconds(15)

    private let access: RelayAccess
    private let loop: LoopContext
    private var connection: SocketConnection?
    private var completion: ((Outcome) -> Void)?
    private var answer: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ access: RelayAccess, on loop: LoopContext) {
        self.access = access
        self.loop = loop
    }

    /// One call at a time; the completion comes once.
    func run(_ completion: @escaping (Outcome) -> Void) {
        self.completion = completion
        if let connection, connection.isReady { return ask(connection) }
        loop.dial(access.target, delegate: self) { result in
            switch result {
            case .success(let connection):
                self.connection = connection
                self.ask(connection)
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

    private func complete(_ outcome: Outcome) {
        let completion = completion
        self.completion = nil
        completion?(outcome)
    }

    private func ask(_ connection: SocketConnection) {
        guard completion != nil else { return connection.finish() }
        do {
            let fields: HeaderFields = [
                ("Host", access.endpoint.authority), RelayTargets.runtimeInformationField,
                ("Authorization", access.token().token.reveal()), ("User-Agent", "causeway"),
            ]
            answer = nil
            body = []
            let head = try HTTPRequestHead(
                method: "GET", target: access.endpoint.targets.runtimeInformation, fields: fields)
            connection.limit(Self.answerMax)
            connection.send(head)
        } catch {
            complete(.failure(RelayFailure(.protocolBroken, error.reason)))
        }
    }

    func received(answer: HTTPResponseHead, on connection: SocketConnection) {
        self.answer = answer
    }

    func received(body bytes: ByteBuffer, on connection: SocketConnection) {
        guard body.count + bytes.readableBytes <= Self.bodyMax else {
            complete(.failure(RelayFailure(.protocolBroken, "the runtime information is too long")))
            return connection.abort(reset: true)
        }
        body += bytes.readableBytesView
    }

    func receivedBodyEnd(on connection: SocketConnection) {
        connection.limit(nil)
        guard let answer else { return }
        guard answer.status == 200 else {
            // Over this way 403 stands for a full quota with published gateways; ours answers 401 for a missing right.
            return complete(.failure(RelayFailure(status: answer.status, reason: answer.reason ?? "")))
        }
        guard let summary = RuntimeInformationSummary(body) else {
            return complete(
                .failure(RelayFailure(.notFound, status: 404, "there is no hybrid connection '\(access.endpoint.entity)'")))
        }
        complete(.success(summary))
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        if self.connection === connection { self.connection = nil }
        guard completion != nil else { return }
        complete(.failure(RelayFailure(connection.reason(end))))
    }
}
