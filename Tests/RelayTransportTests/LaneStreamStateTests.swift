import Testing

@testable import RelayTransport

struct LaneStreamStateTests {
    private static let window = LaneStreamState.windowInitial

    @Test func `a new stream may send one window and no more`() {
        var state = LaneStreamState()

        #expect(state.take(100_000) == 100_000)
        #expect(state.take(Self.window) == Self.window - 100_000)
        #expect(state.take(1) == 0)
    }

    @Test func `credit that is given is there`() throws {
        var state = LaneStreamState()
        _ = state.take(Self.window)
        try state.granted(10)

        #expect(state.take(100) == 10)
    }

    @Test(arguments: [0, -1, LaneStreamState.creditMax])
    func `credit that is none or too much is refused`(_ bytes: Int) {
        var state = LaneStreamState()

        #expect(throws: LaneViolation.self) { try state.granted(bytes) }
    }

    @Test func `a peer that sends more than it may is found out`() throws {
        var state = LaneStreamState()
        try state.received(Self.window)

        #expect(throws: LaneViolation("More data came than the window allows.")) { try state.received(1) }
    }

    @Test func `credit comes back in halves of a window`() throws {
        var state = LaneStreamState()
        try state.received(Self.window)

        #expect(state.consumed(Self.window / 2 - 1) == nil)
        #expect(state.consumed(1) == Self.window / 2)
        #expect(state.held == Self.window / 2)
        try state.received(Self.window / 2)
        #expect(throws: LaneViolation.self) { try state.received(1) }
    }

    @Test func `what was given and what came never differ by more than the window`() throws {
        var sender = LaneStreamState()
        var reader = LaneStreamState()
        var generator = SeededGenerator(seed: 3)
        var sent = 0
        var read = 0
        for _ in 0..<20_000 {
            let count = sender.take(Int.random(in: 1...70_000, using: &generator))
            try reader.received(count)
            sent += count
            let used = Int.random(in: 0...reader.held, using: &generator)
            read += used
            if let grant = reader.consumed(used) { try sender.granted(grant) }
            #expect(sent - read <= LaneStreamState.windowMax)
            #expect(sent - read == reader.held)
        }
        #expect(sent > 100 * Self.window)
    }

    @Test func `the window of a reader that keeps up grows to its limit`() throws {
        var sender = LaneStreamState()
        var reader = LaneStreamState()
        for _ in 0..<2000 {
            let count = sender.take(65_536)
            try reader.received(count)
            if let grant = reader.consumed(count) { try sender.granted(grant) }
        }

        #expect(sender.credit > LaneStreamState.windowMax / 2)
        #expect(sender.credit <= LaneStreamState.windowMax)
    }

    @Test func `the window of a slow reader stays`() throws {
        var sender = LaneStreamState()
        var reader = LaneStreamState()
        var most = 0
        for _ in 0..<2000 {
            try reader.received(sender.take(65_536))
            most = max(most, reader.held)
            if let grant = reader.consumed(min(reader.held, 30_000)) { try sender.granted(grant) }
        }

        #expect(most <= Self.window)
    }

    @Test func `directions end by themselves`() throws {
        var state = LaneStreamState()
        try state.inputEnded()
        #expect(!state.isOver)
        #expect(state.take(5) == 5)
        state.outputEnded()
        #expect(state.isOver)
        #expect(state.take(5) == 0)
        #expect(throws: LaneViolation.self) { try state.inputEnded() }
        #expect(throws: LaneViolation.self) { try state.received(1) }
    }

    @Test func `no credit is given for what comes no more`() throws {
        var state = LaneStreamState()
        try state.received(Self.window)
        try state.inputEnded()

        #expect(state.consumed(Self.window) == nil)
    }
}
