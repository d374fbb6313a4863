import RelayCore
import RelayModel
import RelayProtocol

/// A day of a listener of ours and the gateway, each with its own state machine, over a network that is away now and then:
/// silently, or with resets, as when the gateway is restarted. Time is counted in milliseconds of that day.
///
/// What is watched: while the network is well nothing reconnects and no token runs out; when it is away both sides notice in
/// time; when it is back the listener is back.
final class ListenerDay {
    /// What is made wrong on purpose, to see that it is found.
    enum Defect: CaseIterable {
        /// New tokens do not reach the gateway.
        case renewalLost
        /// Nothing that the listener sends on its control channel arrives.
        case mute
        /// The listener is never told what time it is while it is connected.
        case clockStopped
        /// A failed attempt is never tried again.
        case retryLost
    }

    struct Outage {
        var begin: Int
        var end: Int
        /// Connections break at once, and attempts are refused; otherwise packets vanish.
        var resets: Bool
    }

    /// One control channel at both ends.
    private final class Channel {
        var gateway: ControlChannelStateMachine
        /// Whether the listener has it.
        var isListenersOwn = true

        init(_ gateway: ControlChannelStateMachine) { self.gateway = gateway }
    }

    static let length = 24 * 3_600_000
    private static let tokenLifetime = Duration.seconds(3600)
    /// Promised for the loss of a silent peer (decision C6), and a second for the journey.
    private static let noticeMax = 46_000
    /// The longest pause between attempts, the longest attempt, and some.
    private static let returnMax = 60_000 + 21_000 + 3_000
    private static let attemptMax = 21_000

    private(set) var failures: [String] = []
    private(set) var connects = 0
    private(set) var renewals = 0
    private(set) var informationReads = 0
    private let defect: Defect?
    private let outages: [Outage]
    private var generator: SeededGenerator
    private let origin = ContinuousClock.now
    private var clock = 0
    private var events = EventQueue()
    private var listener: ListenerSessionStateMachine
    private var channel: Channel?
    private var attempt = 0

    init(seed: UInt64, outageCount: Int, defect: Defect? = nil) {
        var generator = SeededGenerator(seed: seed)
        self.defect = defect
        outages = Self.outages(outageCount, using: &generator)
        self.generator = generator
        listener = ListenerSessionStateMachine(now: origin)
    }

    /// Short and long ones, none in the first minutes, with an hour's tenth between two at least.
    private static func outages(_ count: Int, using generator: inout SeededGenerator) -> [Outage] {
        guard count > 0 else { return [] }
        let part = length / count
        return (0..<count).map { index in
            let begin = index * part + Int.random(in: 400_000..<(part / 2), using: &generator)
            let most = [3_000, 60_000, part / 2 - 400_000].randomElement(using: &generator) ?? 3_000
            return Outage(
                begin: begin, end: begin + Int.random(in: 500...most, using: &generator),
                resets: Bool.random(using: &generator))
        }
    }

    private var now: ContinuousClock.Instant { origin + .milliseconds(clock) }
    private var wallClock: Timestamp { Timestamp(millisecondsSinceEpoch: 1_800_000_000_000 + Int64(clock)) }
    private var outage: Outage? { outages.first { $0.begin <= clock && clock < $0.end } }

    private func fail(_ text: String) {
        if failures.count < 5 { failures.append("at \(clock) ms: \(text)") }
    }

    func run() {
        for outage in outages where outage.resets {
            events.insert(at: outage.begin) { [unowned self] in breakChannel() }
        }
        for moment in stride(from: 5_000, through: Self.length, by: 5_000) {
            events.insert(at: moment) { [unowned self] in look() }
        }
        perform(listener.start())
        while failures.isEmpty, let (time, action) = events.removeFirst(), time <= Self.length {
            clock = time
            action()
        }
    }

    // MARK: The network

    /// Carries something to the other end, unless the network is away when it is sent or when it would arrive.
    private func carry(_ body: @escaping () -> Void) {
        guard outage == nil else { return }
        events.insert(at: clock + Int.random(in: 1...200, using: &generator)) { [unowned self] in
            if outage == nil { body() }
        }
    }

    private func breakChannel() {
        guard let channel else { return }
        self.channel = nil
        _ = channel.gateway.connectionLost()
        if channel.isListenersOwn { lose(channel, RelayFailure(.unreachable, "the connection was reset")) }
    }

    // MARK: The listener

    private func perform(_ actions: [ListenerSessionStateMachine.Action]) {
        for action in actions {
            switch action {
            case .readInformation: readInformation()
            case .open: open()
            case .renewToken: renew()
            case .sendPing:
                send {
                    $0.heard(at: $1)
                } answer: { listener, now in
                    listener.heard(at: now)
                }
            case .close, .drop:
                channel?.isListenersOwn = false
                attempt += 1
            case .tell: break
            }
        }
        schedule()
    }

    private func schedule() {
        guard let deadline = listener.nextDeadline else { return }
        if listener.isOnline, defect == .clockStopped { return }
        if !listener.isOnline, defect == .retryLost, connects > 0 { return }
        let time = max(clock, Int(((deadline - origin) / .milliseconds(1)).rounded(.up)))
        events.insert(at: time) { [unowned self] in
            guard let due = listener.nextDeadline, due <= now else { return }
            perform(listener.timeAdvanced(to: now, using: &generator))
        }
    }

    /// Something for the gateway on the channel of today, and what comes back.
    private func send(
        _ body: @escaping (inout ControlChannelStateMachine, ContinuousClock.Instant) -> Void,
        answer: ((inout ListenerSessionStateMachine, ContinuousClock.Instant) -> Void)? = nil
    ) {
        guard let channel, defect != .mute else { return }
        carry { [unowned self] in
            guard channel.gateway.isOnline else { return }
            body(&channel.gateway, now)
            guard let answer else { return }
            carry { [unowned self] in if channel.isListenersOwn { answer(&listener, now) } }
        }
    }

    private func readInformation() {
        informationReads += 1
        attempt += 1
        let number = attempt
        answered(number) { [unowned self] in
            perform(listener.informationRead(now: now))
        } failed: { [unowned self] failure in
            perform(listener.informationFailed(failure, now: now, using: &generator))
        }
    }

    private func open() {
        attempt += 1
        let number = attempt
        answered(number) { [unowned self] in
            connects += 1
            let end = wallClock.adding(seconds: Self.tokenLifetime.components.seconds)
            let channel = Channel(
                ControlChannelStateMachine(tokenExpiresAt: end, wallClock: wallClock, now: now))
            self.channel = channel
            watch(channel)
            perform(listener.opened(tokenLifetime: Self.tokenLifetime, now: now))
        } failed: { [unowned self] failure in
            perform(listener.openFailed(failure, now: now, using: &generator))
        }
    }

    /// One request and its answer: refused at once where connections are reset, out of time where packets vanish.
    private func answered(_ number: Int, _ good: @escaping () -> Void, failed: @escaping (RelayFailure) -> Void) {
        let isRefused = outage?.resets == true
        var isOver = false
        let once: (@escaping () -> Void) -> () -> Void = { body in
            { [unowned self] in
                guard !isOver, attempt == number else { return }
                isOver = true
                body()
            }
        }
        if !isRefused { carry { [unowned self] in carry(once(good)) } }
        events.insert(
            at: clock + (isRefused ? 2 : Self.attemptMax), once { failed(RelayFailure(.unreachable, "no answer")) })
    }

    private func renew() {
        renewals += 1
        if defect != .renewalLost {
            send { [unowned self] gateway, now in
                let end = wallClock.adding(seconds: Self.tokenLifetime.components.seconds)
                gateway.heard(at: now)
                gateway.tokenRenewed(expiresAt: end, wallClock: wallClock, now: now)
            }
        }
        listener.renewed(tokenLifetime: Self.tokenLifetime, now: now)
    }

    private func lose(_ channel: Channel, _ failure: RelayFailure) {
        channel.isListenersOwn = false
        perform(listener.lost(failure, now: now, using: &generator))
    }

    // MARK: The gateway

    private func watch(_ channel: Channel) {
        guard let deadline = channel.gateway.nextDeadline else { return }
        let time = max(clock, Int(((deadline - origin) / .milliseconds(1)).rounded(.up)))
        events.insert(at: time) { [unowned self] in
            if let due = channel.gateway.nextDeadline, due <= now {
                perform(channel.gateway.timeAdvanced(to: now), channel)
            }
            watch(channel)
        }
    }

    private func perform(_ actions: [ControlChannelStateMachine.Action], _ channel: Channel) {
        for action in actions {
            switch action {
            case .sendPing:
                carry { [unowned self] in
                    guard channel.isListenersOwn else { return }
                    listener.heard(at: now)
                    send { $0.heard(at: $1) }
                }
            case .close(let cause):
                if !hadOutage(within: 120_000) { fail("the gateway closed a channel: \(cause)") }
                carry { [unowned self] in
                    guard channel.isListenersOwn else { return }
                    lose(channel, RelayFailure(.unreachable, "the gateway closed the channel"))
                }
            case .unregister: if self.channel === channel { self.channel = nil }
            case .answerClose, .drop: break
            }
        }
    }

    // MARK: What has to hold

    private func hadOutage(within time: Int) -> Bool {
        outages.contains { $0.begin <= clock && clock < $0.end + time }
    }

    private func look() {
        if let outage, clock - outage.begin > Self.noticeMax {
            if listener.isOnline { fail("the listener does not know that it is offline") }
            if channel?.gateway.isOnline == true { fail("the gateway counts a listener that is gone") }
        }
        if !hadOutage(within: Self.returnMax), clock > 5_000 {
            if !listener.isOnline { fail("the listener is not back") }
            if channel?.gateway.isOnline != true { fail("the gateway does not know the listener") }
        }
    }
}
