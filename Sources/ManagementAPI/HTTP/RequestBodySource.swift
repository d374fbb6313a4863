import Hummingbird
import NIOCore
import NIOHTTP1
import RelayModel

/// The body of one request, read at most once and only after the request has a right to be heard.
struct RequestBodySource: Sendable {
    private enum Source: Sendable {
        case connection(Request, any Channel)
        /// Of a request that this server makes itself.
        case value(JSONValue?)
    }

    private let source: Source

    init(_ request: Request, channel: any Channel) {
        source = .connection(request, channel)
    }

    init(_ value: JSONValue?) {
        source = .value(value)
    }

    /// The body as JSON without the way through bytes; `nil` when it comes from a connection.
    var value: JSONValue? {
        if case .value(let value) = source { value } else { nil }
    }

    /// - Throws: `ServiceError` with `requestEntityTooLarge` as soon as the declared or the received length is over
    ///   `Limits.requestBodyMax`.
    func bytes() async throws -> [UInt8] {
        switch source {
        case .connection(let request, let channel): try await Self.bytes(of: request, channel)
        case .value(let value): value?.utf8 ?? []
        }
    }

    private static func bytes(of request: Request, _ channel: any Channel) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Limits.requestBodyMax {
            throw tooLarge
        }
        if request.headers[.expect] != nil { channel.triggerUserOutboundEvent(ContinueEvent(), promise: nil) }
        var collected: [UInt8] = []
        do {
            for try await var buffer in request.body {
                guard collected.count + buffer.readableBytes <= Limits.requestBodyMax else { throw tooLarge }
                collected.append(contentsOf: buffer.readBytes(length: buffer.readableBytes) ?? [])
            }
        } catch let error as ServiceError {
            throw error
        } catch let error as HTTPParserError {
            throw error
        } catch {
            throw ClientGone()
        }
        return collected
    }

    /// The connection ended before the body did. Nobody is there to be answered.
    struct ClientGone: Error {}

    private static var tooLarge: ServiceError {
        ServiceError(
            .requestEntityTooLarge,
            "The request body is larger than the \(Limits.requestBodyMax / 1024 / 1024) MiB that are allowed."
        )
    }
}
