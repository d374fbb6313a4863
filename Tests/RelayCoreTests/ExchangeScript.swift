import RelayCore
import RelayProtocol

/// What can happen to an HTTP exchange, as a value, so that tests are lists of events.
enum ExchangeEvent: Sendable {
    case begin
    case opened
    case requestBody(ends: Bool)
    case head(HTTPExchangeStateMachine.Channel, RelayedResponseHead.BodyFraming, hasBody: Bool)
    case invalid(HTTPExchangeStateMachine.Channel)
    case body(HTTPExchangeStateMachine.Channel, Int, ends: Bool)
    case abandoned
    case controlLost
    case closed(isNormal: Bool)
    case rendezvousLost
    case senderLost
    case deleted
    case wait(Duration)
}

/// An exchange and everything that its owner was told to do.
struct ExchangeScript {
    var machine: HTTPExchangeStateMachine
    var now = ContinuousClock.now
    var actions: [HTTPExchangeStateMachine.Action] = []
    /// For each piece of the sender's body, whether it was to be sent on.
    var forwarded: [Bool] = []

    static func small(_ configuration: HTTPExchangeStateMachine.Configuration = .init()) -> ExchangeScript {
        ExchangeScript(
            machine: HTTPExchangeStateMachine(configuration: configuration, isLarge: false, hasStreamedBody: false))
    }

    static func large(
        hasBody: Bool = true, _ configuration: HTTPExchangeStateMachine.Configuration = .init()
    ) -> ExchangeScript {
        ExchangeScript(
            machine: HTTPExchangeStateMachine(configuration: configuration, isLarge: true, hasStreamedBody: hasBody))
    }

    init(machine: HTTPExchangeStateMachine) {
        self.machine = machine
    }

    /// - Returns: what the events of this call led to, without pings.
    @discardableResult
    mutating func run(_ events: ExchangeEvent...) -> [HTTPExchangeStateMachine.Action] {
        run(events)
    }

    @discardableResult
    mutating func run(_ events: [ExchangeEvent]) -> [HTTPExchangeStateMachine.Action] {
        let new = events.flatMap { step($0) }
        actions += new
        return new
    }

    private mutating func step(_ event: ExchangeEvent) -> [HTTPExchangeStateMachine.Action] {
        switch event {
        case .begin: return machine.begin(now: now)
        case .opened: return machine.addressOpened(now: now)
        case .requestBody(let ends):
            forwarded.append(machine.requestBody(ends: ends, now: now))
            return []
        case .head(let channel, let framing, let hasBody):
            return machine.responseReceived(on: channel, framing: framing, hasBody: hasBody, now: now)
        case .invalid(let channel): return machine.responseInvalid(on: channel)
        case .body(let channel, let count, let ends):
            return machine.bodyReceived(on: channel, count: count, ends: ends, now: now)
        case .abandoned: return machine.controlBodyAbandoned()
        case .controlLost: return machine.controlChannelLost()
        case .closed(let isNormal): return machine.rendezvousClosed(isNormal: isNormal)
        case .rendezvousLost: return machine.rendezvousLost()
        case .senderLost: return machine.senderLost()
        case .deleted: return machine.entityDeleted()
        case .wait(let duration):
            let end = now + duration
            var actions: [HTTPExchangeStateMachine.Action] = []
            while let deadline = machine.nextDeadline, deadline <= end {
                now = max(now, deadline)
                actions += machine.timeAdvanced(to: now)
            }
            now = end
            return actions.filter { if case .sendPing = $0 { false } else { true } }
        }
    }
}
