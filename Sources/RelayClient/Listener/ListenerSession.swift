import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A listener on its event loop: does what ``ListenerSessionStateMachine`` says.
final class ListenerSession: ControlChannelLinkOwner {
    let access: RelayAccess
    private let loop: LoopContext
    private let loops: SocketLoops
    private let id: GUID
    private let settings: HybridConnectionListener.Settings
    private weak var acceptor: (any StreamAcceptor)?
    private let onReport: @Sendable (HybridConnectionListener.State) -> Void
    private var machine: ListenerSessionStateMachine
    private var generator = SystemRandomNumberGenerator()
    private var information: RuntimeInformationCall
    private var link: ControlChannelLink?
    private var giveUpOpening: (() -> Void)?
    private var lanes: ListenerLanes?
    private var timer: Scheduled<Void>?
    private var summary: RuntimeInformationSummary?
    private var connectedAt: Timestamp?

    init(
        _ access: RelayAccess, id: GUID, settings: HybridConnectionListener.Settings, loop: LoopContext,
        loops: SocketLoops, acceptor: any StreamAcceptor,
        onReport: @escaping @Sendable (HybridConnectionListener.State) -> Void
    ) {
        self.access = access
        self.id = id
        self.settings = settings
        self.loop = loop
        self.loops = loops
        self.acceptor = acceptor
        self.onReport = onReport
        machine = ListenerSessionStateMachine(configuration: settings.session, now: ContinuousClock.now)
        information = RuntimeInformationCall(access, on: loop)
    }

    // MARK: Orders

    func start() { perform(machine.start()) }

    func stop() {
        perform(machine.stop())
        information.cancel()
        timer?.cancel()
    }

    func networkChanged() { perform(machine.networkChanged(now: ContinuousClock.now)) }

    // MARK: Steps

    private func perform(_ actions: [ListenerSessionStateMachine.Action]) {
        for action in actions {
            switch action {
            case .readInformation: readInformation()
            case .open: open()
            case .sendPing(let number): link?.ping(number)
            case .renewToken: renewToken()
            case .close:
                link?.close()
                leave()
            case .drop:
                giveUpOpening?()
                link?.drop()
                leave()
            case .tell: tell()
            }
        }
        schedule()
    }

    private func leave() {
        giveUpOpening = nil
        link = nil
        lanes?.leave()
        lanes = nil
    }

    private func schedule() {
        timer?.cancel()
        timer = nil
        guard let deadline = machine.nextDeadline else { return }
        let wait = max(0, (deadline - ContinuousClock.now).nanosecondCount)
        timer = loop.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [weak self] in
            self?.timerFired()
        }
    }

    private func timerFired() {
        noteLife()
        perform(machine.timeAdvanced(to: ContinuousClock.now, using: &generator))
    }

    /// Tells the machine when the gateway was heard last.
    private func noteLife() {
        guard let link else { return }
        let ago = max(0, (NIODeadline.now() - link.lastReceived).nanoseconds)
        machine.heard(at: ContinuousClock.now - .nanoseconds(ago))
    }

    private func readInformation() {
        information.run { [weak self] outcome in self?.informationCame(outcome) }
    }

    private func informationCame(_ outcome: RuntimeInformationCall.Outcome) {
        let now = ContinuousClock.now
        switch outcome {
        case .success(let found):
            if let failure = settings.check(found) {
                perform(machine.informationFailed(failure, now: now, using: &generator))
            } else {
                let hasChanged = summary != found
                summary = found
                perform(machine.informationRead(now: now))
                if hasChanged { tell() }
            }
        case .failure(let failure):
            perform(machine.informationFailed(failure, now: now, using: &generator))
        }
    }

    private func open() {
        let (token, lifetime) = access.token()
        var fields: HeaderFields = [(RelayTargets.tokenField, token.reveal()), ("User-Agent", "causeway")]
        if settings.lanesMax > 0 { fields.append(LaneField.field(LaneField.Value())) }
        let request = RelayWebSocket.Request(
            target: access.target, authority: access.endpoint.authority,
            path: access.endpoint.targets.listen(id: id), fields: fields)
        giveUpOpening = RelayWebSocket.open(request, on: loop) { [weak self] outcome in
            guard let self else {
                if case .success(let opened) = outcome { opened.connection.abort(reset: true) }
                return
            }
            opened(outcome, lifetime)
        }
    }

    private func opened(_ outcome: RelayWebSocket.Outcome, _ lifetime: Duration) {
        giveUpOpening = nil
        let now = ContinuousClock.now
        switch outcome {
        case .failure(let failure): perform(machine.openFailed(failure, now: now, using: &generator))
        case .success(let (connection, head)):
            let link = ControlChannelLink(connection, head, owner: self)
            self.link = link
            if let ticket = link.laneTicket, settings.lanesMax > 0, let acceptor {
                let lanes = ListenerLanes(
                    access, id: id, ticket: ticket, max: settings.lanesMax, loop: loop, loops: loops,
                    acceptor: acceptor)
                self.lanes = lanes
                lanes.begin()
            }
            perform(machine.opened(tokenLifetime: lifetime, now: now))
        }
    }

    private func renewToken() {
        let (token, lifetime) = access.token()
        link?.send(text: ClientMessages.renewToken(token))
        machine.renewed(tokenLifetime: lifetime, now: ContinuousClock.now)
    }

    private func tell() {
        let report = machine.report
        onReport(HybridConnectionListener.State(report: report, information: summary))
    }

    // MARK: ControlChannelLinkOwner

    func heard(_ link: ControlChannelLink) {
        machine.heard(at: ContinuousClock.now)
    }

    func ended(_ failure: RelayFailure, _ link: ControlChannelLink) {
        guard self.link === link else { return }
        leave()
        perform(machine.lost(failure, now: ContinuousClock.now, using: &generator))
    }

    func received(_ accept: GatewayMessage.Accept, on link: ControlChannelLink) {
        guard let url = RelayURL(accept.address), let acceptor else { return }
        let remote =
            accept.remoteAddress.contains(":")
            ? "[\(accept.remoteAddress)]:\(accept.remotePort)" : "\(accept.remoteAddress):\(accept.remotePort)"
        let access = access
        let id = accept.id
        loops.next().run { loop in
            acceptor.offered(StreamOffer(.address(url, access), on: loop, trackingID: id, remote: remote))
        }
    }

    func received(_ request: GatewayMessage.Request, on link: ControlChannelLink) {
        guard request.method != nil else {
            RefusedRequest.answer(request, access, on: loop)
            return
        }
        let isProbe = request.method == "GET" && RelayTargets.isProbe(target: request.target)
        guard isProbe, let probe = settings.probe else {
            let (text, body) = RefusedRequest.response(to: request.id)
            return link.send(text: text, body: body)
        }
        let loop = loop.eventLoop
        let bound = NIOLoopBound(link, eventLoop: loop)
        let id = request.id
        probe { json in
            loop.execute {
                let text = ClientMessages.response(
                    id: id, status: 200, description: "OK", fields: [("Content-Type", "application/json")],
                    hasBody: true)
                bound.value.send(text: text, body: ByteBuffer(string: json))
            }
        }
    }
}

extension Duration {
    /// Nanoseconds; at most what an `Int64` holds.
    var nanosecondCount: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : product + attoseconds / 1_000_000_000
    }
}
