import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import RelayModel

/// An HTTP/1.1 connection that refuses what two parsers could read differently; see ``FramingGuard``.
package struct StrictHTTPChannel: HTTPChannelHandler {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    package let responder: HTTPChannelHandler.Responder

    private let drainTimeoutSeconds: Int

    package init(drainTimeoutSeconds: Int, responder: @escaping HTTPChannelHandler.Responder) {
        self.drainTimeoutSeconds = drainTimeoutSeconds
        self.responder = responder
    }

    /// For `Application(server:)`.
    /// `drainTimeoutSeconds`: time that a request has to end once the server stops.
    package static func builder(drainTimeoutSeconds: Int) -> HTTPServerBuilder {
        HTTPServerBuilder { StrictHTTPChannel(drainTimeoutSeconds: drainTimeoutSeconds, responder: $0) }
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = Limits.headerBlockMax
            limits.maxHeaderListSize = Limits.headerBlockMax
            limits.maxHeaderFieldCount = Limits.headerLinesMax
            let pipeline = channel.pipeline.syncOperations
            let guardian = FramingGuard(drainTimeout: .seconds(Int64(drainTimeoutSeconds)))
            try pipeline.addHandler(ReceivedByteCounter(guardian))
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits
            )
            try pipeline.addHandler(guardian)
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: true))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
