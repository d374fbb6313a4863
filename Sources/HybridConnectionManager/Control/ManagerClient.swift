import NIOCore
package import RelayModel
import RelayTransport

/// Asks a running manager over its socket.
package struct ManagerClient: Sendable {
    /// A manager that cannot be asked, or that refuses.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
        package var status: Int?
    }

    private let path: String

    /// `path`: the socket.
    package init(path: String) {
        self.path = path
    }

    /// - Returns: the answer's body.
    /// - Throws: ``Failure`` when no manager answers, or it refuses.
    package func send(_ request: ManagerAPI.Request) async throws -> JSONValue {
        let loops = try await SocketLoops(threads: 1, settings: ConnectionSettings())
        let path = path
        let outcome: Result<ManagerAPI.Response, DialFailure> = await loops.next().outcome { loop, done in
            Call(request, done).run(on: loop, path: path)
        }
        await loops.shutdown()
        switch outcome {
        case .failure(let failure):
            let reason = failure.kind == .refused || failure.kind == .closed ? "" : " (\(failure.message))"
            throw Failure(
                description:
                    "no manager answers at \(path)\(reason); start one with `causeway hcm run`, or name its socket "
                    + "with --socket")
        case .success(let response):
            guard (200...299).contains(response.status) else {
                let message = response.body["error"]?["message"]?.string ?? "the manager answered \(response.status)"
                throw Failure(description: message, status: response.status)
            }
            return response.body
        }
    }

    /// One request on a connection of its own.
    private final class Call: ConnectionDelegate {
        private let request: ManagerAPI.Request
        private var completion: ((Result<ManagerAPI.Response, DialFailure>) -> Void)?
        private var status = 0
        private var body: [UInt8] = []

        init(_ request: ManagerAPI.Request, _ completion: @escaping (Result<ManagerAPI.Response, DialFailure>) -> Void)
        {
            self.request = request
            self.completion = completion
        }

        func run(on loop: LoopContext, path: String) {
            guard let address = try? SocketAddress(unixDomainSocketPath: path) else {
                return complete(.failure(DialFailure(.unreachable, "the path is too long for a socket")))
            }
            loop.dial(DialTarget(host: path, port: 0), addresses: [address], delegate: self) { result in
                switch result {
                case .failure(let failure): self.complete(.failure(failure))
                case .success(let connection): self.ask(connection)
                }
            }
        }

        private func ask(_ connection: SocketConnection) {
            let bytes = request.body.map { Array($0.text.utf8) } ?? []
            let query = request.query.map { "\($0.key)=\(PercentText.encoded($0.value))" }.sorted()
            let target = request.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
            do {
                let head = try HTTPRequestHead(
                    method: request.method, target: target,
                    fields: [
                        ("Host", "localhost"), ("Content-Type", "application/json"),
                        ("Content-Length", String(bytes.count)),
                    ])
                connection.send(head, body: ByteBuffer(bytes: bytes))
                connection.limit(.seconds(120))
            } catch {
                complete(.failure(DialFailure(.protocolBroken, error.reason)))
            }
        }

        private func complete(_ result: Result<ManagerAPI.Response, DialFailure>) {
            let completion = completion
            self.completion = nil
            completion?(result)
        }

        func received(answer: HTTPResponseHead, on connection: SocketConnection) { status = answer.status }

        func received(body bytes: ByteBuffer, on connection: SocketConnection) { body += bytes.readableBytesView }

        func receivedBodyEnd(on connection: SocketConnection) {
            complete(.success(ManagerAPI.Response(status, (try? JSONValue(utf8: body)) ?? .null)))
            connection.finish()
        }

        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
            complete(.failure(connection.reason(end)))
        }
    }
}
