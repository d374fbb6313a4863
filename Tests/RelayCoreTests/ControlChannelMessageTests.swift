import RelayCore
import RelayModel
import Testing

struct ControlChannelMessageTests {
    private let now = ContinuousClock.now

    @Test func `R39 a text is collected until it ends`() {
        var channel = online()

        #expect(channel.text(10, ends: false, now) == .collect)
        #expect(channel.text(0, ends: false, now) == .collect)
        #expect(channel.text(20, now) == .collect)
        channel.textUnderstood()
        #expect(channel.isOnline)
    }

    @Test func `R38 R98 the message after an announcement is the body, in any number of fragments`() {
        var channel = online()
        _ = channel.text(100, now)
        channel.bodyAnnounced(for: ConnectionID(5))

        #expect(channel.binary(40, ends: false, now) == .body(ConnectionID(5)))
        #expect(channel.binary(0, ends: false, now) == .body(ConnectionID(5)))
        #expect(channel.binary(40, ends: false, now) == .body(ConnectionID(5)))
        #expect(channel.binary(0, now) == .body(ConnectionID(5)))
        #expect(channel.binary(1, now) == .ignore)
        #expect(channel.text(3, now) == .collect)
    }

    @Test func `R98 a body may be empty`() {
        var channel = online()
        channel.bodyAnnounced(for: ConnectionID(5))

        #expect(channel.binary(0, now) == .body(ConnectionID(5)))
        #expect(channel.binary(0, now) == .ignore)
    }

    @Test func `R40 a stray binary message is ignored`() {
        var channel = online()

        #expect(channel.binary(0, now) == .ignore)
        #expect(channel.binary(500, ends: false, now) == .ignore)
        #expect(channel.binary(500, now) == .ignore)
        #expect(channel.text(5, now) == .collect)
        #expect(channel.isOnline)
    }

    @Test func `R96 the body of a response to nothing is dropped as a whole`() {
        var channel = online()
        channel.bodyAnnounced(for: nil)

        #expect(channel.binary(5, ends: false, now) == .ignore)
        #expect(channel.binary(5, now) == .ignore)
        channel.bodyAnnounced(for: ConnectionID(6))
        #expect(channel.binary(5, now) == .body(ConnectionID(6)))
    }

    @Test func `R40 a text where a body was due abandons the body and is read`() {
        var channel = online()
        channel.bodyAnnounced(for: ConnectionID(5))

        let first = channel.received(isText: true, count: 4, ends: false, now: now)
        let last = channel.received(isText: true, count: 4, ends: true, now: now)

        #expect(first.abandoned == ConnectionID(5))
        #expect(first.disposition == .collect)
        #expect(last.abandoned == nil)
        #expect(last.disposition == .collect)
        #expect(channel.binary(4, now) == .ignore)
    }

    @Test(arguments: [
        ([65_536], true), ([65_537], false), ([65_000, 536], true), ([65_000, 537], false), ([0, 65_536, 0], true),
        ([65_536, 1], false), ([30_000, 30_000, 5536], true), ([30_000, 30_000, 5537], false), ([.max], false),
        ([1, .max], false),
    ])
    func `R37 R97 a text and a body have at most 65,536 bytes`(_ pieces: [Int], _ isTaken: Bool) {
        for kind in ["text", "body", "stray"] {
            var channel = online()
            if kind == "body" { channel.bodyAnnounced(for: ConnectionID(5)) }
            var last: ControlChannelStateMachine.Intake?
            for (index, count) in pieces.enumerated() {
                last = channel.received(
                    isText: kind == "text", count: count, ends: index == pieces.count - 1, now: now)
            }

            #expect(channel.isOnline == isTaken)
            #expect(last?.actions == (isTaken ? [] : [.unregister, .close(.messageTooBig)]))
            #expect(last?.abandoned == (kind == "body" && !isTaken ? ConnectionID(5) : nil))
        }
    }

    @Test func `R39 ten senseless texts in a row close the channel`() {
        var channel = online()
        for _ in 0..<9 { #expect(channel.malformedText(now: now).isEmpty) }
        channel.textUnderstood()
        for _ in 0..<9 { #expect(channel.malformedText(now: now).isEmpty) }
        channel.bodyAnnounced(for: nil)
        for _ in 0..<9 { #expect(channel.malformedText(now: now).isEmpty) }

        #expect(channel.malformedText(now: now) == [.unregister, .close(.policyViolated)])
        #expect(channel.malformedText(now: now).isEmpty)
    }

    @Test func `what comes after the end of the channel is ignored`() {
        var channel = online()
        channel.bodyAnnounced(for: ConnectionID(5))
        _ = channel.shutDown(.draining, now: now)

        #expect(channel.binary(4, now) == .ignore)
        #expect(channel.text(100_000, now) == .ignore)
        #expect(channel.malformedText(now: now).isEmpty)
    }

    private func online() -> ControlChannelStateMachine {
        let wallClock = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
        return ControlChannelStateMachine(
            tokenExpiresAt: wallClock.adding(seconds: 3600), wallClock: wallClock, now: now)
    }
}

extension ControlChannelStateMachine {
    fileprivate mutating func text(_ count: Int, ends: Bool = true, _ now: ContinuousClock.Instant) -> Disposition {
        received(isText: true, count: count, ends: ends, now: now).disposition
    }

    fileprivate mutating func binary(_ count: Int, ends: Bool = true, _ now: ContinuousClock.Instant) -> Disposition {
        received(isText: false, count: count, ends: ends, now: now).disposition
    }
}
