import RelayCore

/// What is true in a run, as the peers know it and the gateway must not contradict.
final class Ledger {
    /// What one peer sends to one other.
    final class Stream {
        let id: Int
        var sent = 0
        /// Whether the peer said that this was all: a Close, or the end of a body.
        var isEnded = false
        var closePayload: [UInt8] = []

        init(id: Int) {
            self.id = id
        }
    }

    /// One connect of a sender.
    final class Session {
        let number: Int
        let entity: Int
        let fromSender: Stream
        let fromListener: Stream
        var acceptsSent = 0
        var isEstablished = false
        var isListenerJoined = false
        var refusal: Wire.Refusal?
        /// Something was done to one of its connections, or to all of the hybrid connection.
        var isDisturbed = false
        var isSenderOrderly = false
        var isListenerOrderly = false

        init(number: Int, entity: Int, fromSender: Stream, fromListener: Stream) {
            self.number = number
            self.entity = entity
            self.fromSender = fromSender
            self.fromListener = fromListener
        }
    }

    /// One HTTP request of a sender.
    final class Exchange {
        let number: Int
        let entity: Int
        let body: Stream
        /// The control channel that the request was sent to.
        var listener: UInt64?
        var isDisturbed = false
        /// A listener means to answer it completely.
        var isPromised = false
        var outcome: String?

        init(number: Int, entity: Int, body: Stream) {
            self.number = number
            self.entity = entity
            self.body = body
        }
    }

    private struct TicketRecord {
        var entity: Int
        var session: Int?
        var issuedAt: Int
        var uses = 0
    }

    private let world: World
    /// What the gateway is told to do with the first Close.
    var halfClose = HalfClose.forward
    /// Whether peers may break the protocol.
    var hasViolations = false
    private(set) var deletedEntities: Set<Int> = []
    private(set) var streams: [Stream] = []
    private(set) var sessions: [Session] = []
    private(set) var exchanges: [Exchange] = []
    private var tickets: [String: TicketRecord] = [:]
    /// In the order in which they were issued.
    private(set) var ticketTexts: [String] = []
    /// Which control channel each response's stream comes from.
    private var answerers: [Int: UInt64] = [:]

    init(_ world: World) {
        self.world = world
    }

    func newStream() -> Stream {
        let stream = Stream(id: streams.count)
        streams.append(stream)
        return stream
    }

    func newSession(entity: Int) -> Session {
        let session = Session(
            number: sessions.count, entity: entity, fromSender: newStream(), fromListener: newStream())
        sessions.append(session)
        return session
    }

    func newExchange(entity: Int) -> Exchange {
        let exchange = Exchange(number: exchanges.count, entity: entity, body: newStream())
        exchanges.append(exchange)
        return exchange
    }

    func newAnswer(by listener: UInt64) -> Stream {
        let stream = newStream()
        answerers[stream.id] = listener
        return stream
    }

    /// A hybrid connection is deleted: everything there is disturbed.
    func deleted(entity: Int) {
        deletedEntities.insert(entity)
        for session in sessions where session.entity == entity { session.isDisturbed = true }
        for exchange in exchanges where exchange.entity == entity { exchange.isDisturbed = true }
    }

    /// A control channel is gone or damaged, and with it what goes over it.
    func disturb(listener: UInt64) {
        for exchange in exchanges where exchange.listener == listener { exchange.isDisturbed = true }
    }

    /// The gateway sends an address.
    func issued(_ ticket: String, entity: Int, session: Int?) {
        if tickets[ticket] != nil { world.fail("a ticket was issued twice") }
        tickets[ticket] = TicketRecord(entity: entity, session: session, issuedAt: world.now)
        ticketTexts.append(ticket)
    }

    func entity(of ticket: String) -> Int? { tickets[ticket]?.entity }

    /// The gateway answers 101 to whoever showed a ticket.
    func redeemed(_ ticket: String, entity: Int, windowMax: Int) {
        guard var record = tickets[ticket] else { return world.fail("a ticket was granted that was never issued") }
        record.uses += 1
        tickets[ticket] = record
        if record.uses > 1 { world.fail("a ticket was granted twice") }
        if record.entity != entity { world.fail("a ticket was granted at another hybrid connection") }
        if record.session != nil, world.now - record.issuedAt > windowMax {
            world.fail("a ticket was granted after its window")
        }
    }

    /// A sender got the head of a response that a listener made.
    func answered(_ exchange: Int, stream: Int) {
        if answerers[stream] != exchanges[exchange].listener {
            world.fail("request \(exchange) was answered by a listener that was not asked")
        }
    }
}
