import RelayCore
import RelayModel
import RelayProtocol

/// What travels on a simulated connection: one handshake, message, frame or end.
enum Wire {
    // Openings, from a client.
    case listen(entity: Int, id: GUID, expiresAt: Timestamp)
    case connect(session: Int, entity: Int, filter: ListenerFilter?)
    case accept(entity: Int, ticket: String)
    case reject(entity: Int, ticket: String)
    case openRequest(entity: Int, ticket: String)
    case request(exchange: Int, entity: Int, isLarge: Bool, hasBody: Bool)

    // Their answers.
    case switching
    case refused(Refusal)

    // Messages of the gateway to a listener.
    case acceptMessage(session: Int, ticket: String)
    /// Full requests carry their small body within; large ones are followed by it.
    case requestMessage(exchange: Int, ticket: String, isFull: Bool)

    // Messages of a listener to the gateway.
    case response(exchange: Int, stream: Int, framing: RelayedResponseHead.BodyFraming, hasBody: Bool)
    /// `nil`: a token that is not good.
    case renewToken(Timestamp?)
    case malformed

    // The response of an HTTP exchange to its sender.
    case responseHead(exchange: Int, stream: Int, framing: RelayedResponseHead.BodyFraming)
    case responseEnd

    /// Bytes `offset..<offset+count` of a stream. What a byte is follows from the stream and its place, so a byte that is
    /// lost, doubled, moved or another stream's is seen.
    case data(stream: Int, offset: Int, count: Int, ends: Bool)
    case close([UInt8])
    case ping(UInt64)
    case pong(UInt64)
    /// Frames that RFC 6455 forbids.
    case violation

    /// The end of the peer's bytes.
    case end
    /// The connection is gone.
    case lost

    enum Refusal: Hashable {
        case sender(SenderRefusal)
        case listener(EntityBroker.ListenerAdmission)
        /// 403 for a ticket.
        case ticket
        /// 410 after a reject.
        case gone
        /// The status of a listener's reject.
        case rejected
        case exchange(HTTPExchangeStateMachine.Failure)
    }
}

/// Close payloads that the gateway makes begin with this; those of peers do not.
let gatewayCloseMark: UInt8 = 0xFF
