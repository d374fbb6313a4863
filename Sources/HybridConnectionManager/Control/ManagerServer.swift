import LocalFiles
import NIOCore
import RelayModel
package import RelayTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Answers commands on a socket in the file system, which only its user may open.
package struct ManagerServer: Sendable {
    private let socket: ListeningSocket
    private let path: String
    private let requests: AsyncStream<Pending>

    private struct Pending: Sendable {
        var request: ManagerAPI.Request
        var answer: @Sendable (ManagerAPI.Response) -> Void
    }

    /// Listens. A socket that an earlier manager left behind is taken over.
    /// - Throws: ``FileFailure`` when the folder cannot be made, what is wrong with the socket otherwise.
    package init(path: String, loops: SocketLoops) async throws {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            do throws(FileFailure) {
                try WholeFile.makeFolder(String(path[..<slash]))
            } catch {
                throw FileFailure("\(error); the manager's socket would be there, --socket names another place")
            }
        }
        try await Self.makeFree(path, loops)
        let (requests, continuation) = AsyncStream<Pending>.makeStream()
        let old = umask(0o177)
        defer { umask(old) }
        do {
            socket = try await loops.listen(.unix(path: path)) { _ in
                Connection { request, answer in continuation.yield(Pending(request: request, answer: answer)) }
            }
        } catch let error as IOError {
            throw FileFailure("cannot listen on the socket \(path): \(WholeFile.reason(error.errnoCode))")
        } catch SocketAddressError.unixDomainSocketPathTooLong {
            throw FileFailure("the path of the socket \(path) is too long")
        }
        self.path = path
        self.requests = requests
    }

    /// Removes the socket of a manager that has ended, and nothing else.
    private static func makeFree(_ path: String, _ loops: SocketLoops) async throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw FileFailure("\(path) is there and is no socket; give the manager another --socket")
        }
        let address: SocketAddress
        do {
            address = try SocketAddress(unixDomainSocketPath: path)
        } catch {
            throw FileFailure("the path of the socket \(path) is too long")
        }
        let failure: DialFailure? = await loops.next().outcome { loop, done in
            loop.dial(DialTarget(host: path, port: 0), addresses: [address], delegate: NobodyYet()) { result in
                switch result {
                case .success(let connection):
                    connection.abort(reset: false)
                    done(nil)
                case .failure(let failure): done(failure)
                }
            }
        }
        guard let failure else {
            throw FileFailure("another manager answers at the socket \(path); give this one a --socket of its own")
        }
        guard failure.kind == .refused else {
            throw FileFailure(
                "the socket \(path) cannot be taken over (\(failure.message)); give the manager another --socket")
        }
        unlink(path)
    }

    /// Answers until the task is cancelled.
    package func run(_ service: HybridConnectionManagerService, _ log: ManagerLog) async {
        await withDiscardingTaskGroup { group in
            for await pending in requests {
                group.addTask {
                    pending.answer(await ManagerAPI.answer(pending.request, service, log))
                }
            }
        }
        await socket.close()
        unlink(path)
    }

    /// One connection of a command: one request after the other.
    private final class Connection: ConnectionDelegate {
        typealias Handler = (ManagerAPI.Request, @escaping @Sendable (ManagerAPI.Response) -> Void) -> Void

        private let handler: Handler
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ handler: @escaping Handler) {
            self.handler = handler
        }

        func received(_ head: HTTPRequestHead, on connection: SocketConnection) {
            self.head = head
            body = ByteBuffer()
            if head.body == .none { ask(connection) } else { connection.readBody() }
        }

        func received(body bytes: ByteBuffer, on connection: SocketConnection) {
            body.writeImmutableBuffer(bytes)
            if body.readableBytes > ManagerAPI.bodyMax { connection.abort(reset: true) }
        }

        func receivedBodyEnd(on connection: SocketConnection) { ask(connection) }

        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}

        private func ask(_ connection: SocketConnection) {
            guard let head else { return }
            let parts = head.originTarget.split(separator: "?", maxSplits: 1)
            var request = ManagerAPI.Request(head.method, parts.first.map(String.init) ?? "/")
            request.query = Self.query(parts.dropFirst().first ?? "")
            request.body = try? JSONValue(utf8: Array(body.readableBytesView))
            let reference = connection.reference
            handler(request) { response in
                reference.run { Self.respond(response, on: $0) }
            }
        }

        private static func respond(_ response: ManagerAPI.Response, on connection: SocketConnection) {
            let body = ByteBuffer(string: response.body.text)
            connection.respond(
                HTTPResponseHead(
                    status: response.status,
                    fields: [
                        ("Content-Type", "application/json"), ("Content-Length", String(body.readableBytes)),
                    ]),
                body: body, keepsAlive: true)
        }

        private static func query(_ text: Substring) -> [String: String] {
            var query: [String: String] = [:]
            for pair in text.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard let name = parts.first else { continue }
                query[String(name)] = PercentText.decoded(parts.dropFirst().first ?? "")
            }
            return query
        }
    }
}

/// Percent-escapes of a query.
enum PercentText {
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            if isPlain { return String(decoding: [byte], as: UTF8.self) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" + digits : digits)
        }.joined()
    }
}
