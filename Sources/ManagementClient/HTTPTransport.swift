import AsyncHTTPClient
import LocalFiles
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// HTTPS to one endpoint, and nothing about what is said over it.
struct HTTPTransport: Sendable {
    /// Until a connection stands.
    private static let connectTimeout = TimeAmount.seconds(10)
    /// Until the answer is complete.
    private static let requestTimeout = TimeAmount.seconds(100)
    /// Bytes of one answer.
    private static let bodyMax = 256 * 1024 * 1024

    let endpoint: ManagementEndpoint
    private let client: HTTPClient

    /// - Throws: `ClientError` when the CA file cannot be used.
    init(endpoint: ManagementEndpoint, caFile: String?) throws(ClientError) {
        self.endpoint = endpoint
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try TrustRoots.configuration(caFile: caFile),
            // A redirect would carry the token to another server.
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: Self.connectTimeout)
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let address = endpoint.connectionAddress { configuration.dnsOverride[endpoint.host] = address }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// - Throws: `ClientError` when no complete answer came.
    func send(
        method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]?
    ) async throws(ClientError) -> ManagementResponse {
        var request = HTTPClientRequest(url: endpoint.url + target)
        request.method = HTTPMethod(rawValue: method)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            let response = try await client.execute(request, timeout: Self.requestTimeout)
            let body = try await response.body.collect(upTo: Self.bodyMax)
            return ManagementResponse(
                status: Int(response.status.code),
                reason: response.status.reasonPhrase,
                headers: response.headers.map { (name: $0.name, value: $0.value) },
                body: Array(body.readableBytesView)
            )
        } catch {
            throw ClientError(.connection, reason(error))
        }
    }

    /// Sends a GET whose answer comes bit by bit, and hands over its body while it comes, for as long as that takes.
    /// - Throws: `ManagementError` for a status other than 200, `ClientError` when the connection breaks, and what the
    ///   callback throws.
    func stream(
        target: String, headers: [(name: String, value: String)], _ onBytes: (ByteBufferView) throws -> Void
    ) async throws {
        var request = HTTPClientRequest(url: endpoint.url + target)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw ClientError(.connection, reason(error))
        }
        guard response.status == .ok else {
            let body = try? await response.body.collect(upTo: Self.bodyMax)
            throw ManagementError(
                ManagementResponse(
                    status: Int(response.status.code), reason: response.status.reasonPhrase,
                    headers: response.headers.map { (name: $0.name, value: $0.value) },
                    body: body.map { Array($0.readableBytesView) } ?? []
                )
            )
        }
        var parts = response.body.makeAsyncIterator()
        while let part = try await next(&parts) { try onBytes(part.readableBytesView) }
    }

    private func next(_ parts: inout HTTPClientResponse.Body.AsyncIterator) async throws(ClientError) -> ByteBuffer? {
        do { return try await parts.next() } catch { throw ClientError(.connection, reason(error)) }
    }

    /// Closes all connections.
    func shutdown() async {
        // Nothing is left to do for a connection that cannot be closed in order.
        try? await client.shutdown()
    }

    private func reason(_ error: any Error) -> String {
        let text = String(describing: error)
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the certificate of \(endpoint) is not from an authority that is trusted here; "
                + "give its CA file with --ca-file or CAUSEWAY_CA_FILE"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "\(endpoint) does not speak TLS" }
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "the certificate of \(endpoint) is for another host name"
        }
        if let error = error as? NIOConnectionError {
            return "no connection to \(endpoint): \(Self.cause(error)); is `causeway serve` running there?"
        }
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout: return "no connection to \(endpoint) within 10 seconds"
            case .deadlineExceeded: return "\(endpoint) did not answer within 100 seconds"
            default: return "the call to \(endpoint) failed: \(error.shortDescription)"
            }
        }
        return "the call to \(endpoint) failed: \(text)"
    }

    private static func cause(_ error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            if let system = failure.error as? IOError { return WholeFile.reason(system.errnoCode) }
            return String(describing: failure.error)
        }
        return "the host name '\(error.host)' is not known"
    }
}
