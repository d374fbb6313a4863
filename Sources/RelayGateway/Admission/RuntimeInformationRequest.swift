import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// Answers what the .NET library and the Hybrid Connection Manager ask before they listen (section 8 of the protocol notes).
struct RuntimeInformationRequest {
    private let request: IncomingRequest
    private let attempt: Attempt

    init(_ request: IncomingRequest, _ attempt: Attempt) {
        self.request = request
        self.attempt = attempt
    }

    func run() {
        guard
            let (attempt, _) = request.admit(attempt, right: nil, isExact: true, isRuntimeInformation: true),
            let entity = attempt.entity
        else { return }
        let information = RuntimeInformation(
            path: entity.value.name, createdAt: entity.createdAt, updatedAt: entity.updatedAt,
            requiresClientAuthorization: entity.value.requiresClientAuthorization,
            userMetadata: entity.value.userMetadata,
            listenerCount: request.gateway.hubs.existing(entity.rowID)?.listenerCount ?? 0
        )
        let body = ByteBuffer(bytes: information.atomEntry(host: attempt.host))
        request.connection.respond(
            HTTPResponseHead(
                status: 200,
                fields: [
                    ("Content-Type", RuntimeInformation.contentType), ("Content-Length", String(body.readableBytes)),
                    ("x-ms-request-id", attempt.trackingID.description),
                ]),
            body: body, keepsAlive: request.keepsAlive)
    }
}
