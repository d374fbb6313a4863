import RelayCore

/// One end of a joined connection: sends its own stream, checks the other one, and closes in its own style.
final class StreamPeer {
    enum Style {
        /// Closes after its own data, and reads on.
        case closesFirst
        /// Closes after its own data, and after the other side's Close.
        case waits
        /// As most WebSocket libraries: answers a Close at once, and sends nothing after that.
        case answersAtOnce
    }

    private let world: World
    private let ledger: Ledger
    let link: Link
    private let session: Ledger.Session
    private let isSender: Bool
    private let style: Style
    private let mine: Ledger.Stream
    private let theirs: Ledger.Stream
    private var chunksLeft: Int
    private var received = 0
    private var hasClosed = false
    private var gotClose = false
    private var isOver = false
    private var hasViolated = false
    private var lastSent: Int

    init(_ world: World, _ ledger: Ledger, _ link: Link, session: Ledger.Session, isSender: Bool) {
        self.world = world
        self.ledger = ledger
        self.link = link
        self.session = session
        self.isSender = isSender
        mine = isSender ? session.fromSender : session.fromListener
        theirs = isSender ? session.fromListener : session.fromSender
        style =
            switch world.int(0...9) {
            case 0...3: .closesFirst
            case 4...5: isSender ? .closesFirst : .waits
            default: .answersAtOnce
            }
        chunksLeft = world.int(0...8)
        lastSent = world.now
        link.onClient = { [self] in take($0) }
        world.after(world.int(0...200)) { [self] in step() }
    }

    private func step() {
        guard !isOver, !hasClosed, !hasViolated else { return }
        if ledger.hasViolations, world.chance(1) { return violate() }
        if chunksLeft > 0 {
            chunksLeft -= 1
            // Quick bursts fill buffers; long pauses let clocks run.
            let burst = world.chance(15) ? world.int(5...30) : 1
            for _ in 0..<burst { send(world.int(0...3) == 0 ? world.int(0...70_000) : world.int(1...100)) }
            world.after(world.chance(4) ? world.int(10_000...40_000) : world.int(1...1500)) { [self] in step() }
            return
        }
        if style != .waits || gotClose { close() }
    }

    private func send(_ count: Int) {
        link.send(.data(stream: mine.id, offset: mine.sent, count: count, ends: true), from: .client)
        mine.sent += count
        lastSent = world.now
    }

    private func violate() {
        hasViolated = true
        session.isDisturbed = true
        link.send(.violation, from: .client)
    }

    private func close() {
        guard !hasClosed, !isOver else { return }
        hasClosed = true
        mine.isEnded = true
        mine.closePayload = [UInt8(truncatingIfNeeded: 3 + mine.id % 13), UInt8(truncatingIfNeeded: mine.id)]
        link.send(.close(mine.closePayload), from: .client)
        noteOrder()
    }

    private func take(_ wire: Wire) {
        guard !isOver else { return }
        switch wire {
        case .data(let stream, let offset, let count, _): takeData(stream, offset, count)
        case .close(let payload): takeClose(payload)
        case .end:
            isOver = true
            link.leave()
        case .lost: isOver = true
        default: world.fail("\(name) got \(wire) on a joined connection")
        }
    }

    private func takeData(_ stream: Int, _ offset: Int, _ count: Int) {
        if gotClose { world.fail("\(name) got data after a Close") }
        guard stream == theirs.id else { return world.fail("\(name) got bytes of another connection") }
        guard offset == received else { return world.fail("\(name) got byte \(offset) instead of \(received)") }
        received += count
        if received > theirs.sent { world.fail("\(name) got more than was sent") }
    }

    private func takeClose(_ payload: [UInt8]) {
        if gotClose { return world.fail("\(name) got a second Close") }
        gotClose = true
        if payload.first == gatewayCloseMark {
            let isExpected =
                payload == [gatewayCloseMark, 1]
                ? ledger.deletedEntities.contains(session.entity)
                : payload == [gatewayCloseMark, 2] && hasViolated
            if !isExpected { world.fail("\(name) got a Close of the gateway's own") }
            link.send(.close(payload), from: .client)
            link.leave()
            isOver = true
            return
        }
        if !theirs.isEnded || payload != theirs.closePayload {
            world.fail("\(name) got a Close that the other side did not send")
        }
        if received != theirs.sent {
            world.fail("\(name) got \(received) of \(theirs.sent) bytes before the Close")
        }
        if ledger.halfClose == .hold, !hasClosed, !session.isDisturbed, world.now - lastSent < 50_000 {
            world.fail("\(name) got a Close that was to be held")
        }
        noteOrder()
        if style == .answersAtOnce {
            chunksLeft = 0
            close()
        } else if style == .waits, chunksLeft == 0 {
            close()
        }
    }

    private func noteOrder() {
        guard hasClosed, gotClose else { return }
        if isSender { session.isSenderOrderly = true } else { session.isListenerOrderly = true }
        world.after(130_000) { [self] in
            guard !isOver else { return }
            isOver = true
            if !link.isCut, !session.isDisturbed { world.fail("\(name)'s connection stays open after both Closes") }
            link.leave()
        }
    }

    private var name: String { "\(isSender ? "the sender" : "the listener") of session \(session.number)" }
}
