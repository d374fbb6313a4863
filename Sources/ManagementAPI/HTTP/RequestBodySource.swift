import Hummingbird
import NIOCore
import NIOHTTP1
import RelayModel

/// The body of one request, read at most once and only after the request has a right to be heard.
struct RequestBodySource: Sendable {
    private let request: Request
    private let channel: any Channel

    init(_ request: Request, channel: any Channel) {
        self.request = request
        self.channel = channel
    }

    /// - Throws: `ServiceError` with `requestEntityTooLarge` as soon as the declared or the received length is over
    ///   `Limits.requestBodyMax`.
    func bytes() async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Limits.requestBodyMax {
            throw Self.tooLarge
        }
        if request.headers[.expect] != nil { channel.triggerUserOutboundEvent(ContinueEvent(), promise: nil) }
        var collected: [UInt8] = []
        do {
            for try await var buffer in request.body {
                guard collected.count + buffer.readableBytes <= Limits.requestBodyMax else { throw Self.tooLarge }
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
