/// Carries the frames of one direction of a joined connection: reads those of a client, writes those of a server.
///
/// It never waits for a whole frame. Of a data frame it rewrites the header and takes the mask off, so that memory is
/// bounded by what was read at once and a frame may have any length. Frames larger than ``chunkMax`` leave as a first
/// frame and continuations (R70 of the protocol notes: one published client drops larger ones); smaller frames are
/// neither split nor merged. Control frames do not pass: they come out as events.
///
/// With ``Output/messages`` it writes payload alone and stops after each message: what control channels need.
package struct FramePump: Sendable {
    /// Payload of one outgoing frame.
    package static let chunkMax = 65_536
    /// Bytes by which the output may exceed the input: a header for each chunk, and one begun before.
    @inlinable
    package static func outputMax(input: Int) -> Int { input + 10 * (input / chunkMax + 2) }

    package enum Event: Sendable, Hashable {
        /// All of the input was taken.
        case needsMore
        /// A control frame came; run the pump again for the rest of the input.
        case control(ControlFrame)
        /// A message ended (only with ``Output/messages``); what was written since the last event is its last piece.
        case messageEnded(isText: Bool)
        /// The peer broke the protocol; nothing that it sends counts any more.
        case violation(FrameViolation)
    }

    package enum Output: Sendable, Hashable {
        /// Frames for the other peer.
        case frames
        /// Payload of messages.
        case messages
    }

    private enum Message {
        case none, text, binary
    }

    private let isMasked: Bool
    private let kind: Output
    private var collector = HeaderCollector()
    private var message = Message.none
    /// Payload of the incoming frame that has not arrived yet.
    private var frameRemaining = 0
    /// Payload of the outgoing frame that was announced and not written yet. At most `frameRemaining`.
    private var chunkRemaining = 0
    private var key: UInt32 = 0
    private var frameIsFinal = false
    private var control: ControlFrame?
    private var validator = UTF8Validator()
    /// Payload of data frames that passed, in bytes.
    package private(set) var payloadBytes: Int64 = 0
    private var isBroken = false

    /// - Parameters:
    ///   - output: what it writes.
    ///   - isMasked: whether the incoming frames are those of a client.
    package init(_ output: Output = .frames, isMasked: Bool = true) {
        kind = output
        self.isMasked = isMasked
    }

    /// Whether the message that is under way is text; `nil` between messages.
    package var messageIsText: Bool? { message == .none ? nil : message == .text }

    /// Whether an outgoing frame was begun and not finished, so that nothing may stand in between.
    package var isInsideFrame: Bool { chunkRemaining > 0 && kind == .frames }

    /// Takes as much of the input as there is.
    /// - Parameters:
    ///   - input: bytes of the peer.
    ///   - consumed: where to begin in the input; grows by what was taken.
    ///   - output: room for at least ``outputMax(input:)`` of what is left of the input.
    ///   - produced: where to begin in the output; grows by what was written.
    /// - Returns: why it stopped.
    package mutating func run(
        _ input: UnsafeRawBufferPointer, _ consumed: inout Int, _ output: UnsafeMutableRawBufferPointer,
        _ produced: inout Int
    ) -> Event {
        guard !isBroken, let source = input.baseAddress, let destination = output.baseAddress else {
            consumed = input.count
            return .needsMore
        }
        do {
            while true {
                if frameRemaining > 0 {
                    guard consumed < input.count else { return .needsMore }
                    try forward(source, input.count, &consumed, destination, &produced)
                    if frameRemaining > 0 { return .needsMore }
                    if let event = try frameEnded() { return event }
                }
                guard let header = try nextHeader(source, input.count, &consumed) else { return .needsMore }
                try begin(header, destination, &produced)
                if header.length == 0, let event = try frameEnded() { return event }
            }
        } catch {
            isBroken = true
            return .violation(error)
        }
    }

    @inline(__always)
    private mutating func nextHeader(
        _ source: UnsafeRawPointer, _ count: Int, _ consumed: inout Int
    ) throws(FrameViolation) -> FrameHeader? {
        let available = count - consumed
        if collector.count == 0, available >= 2 {
            let length = FrameHeader.length(secondByte: source.load(fromByteOffset: consumed + 1, as: UInt8.self))
            if available >= length {
                defer { consumed += length }
                return try FrameHeader(source + consumed, isMasked: isMasked)
            }
        }
        while consumed < count {
            let byte = source.load(fromByteOffset: consumed, as: UInt8.self)
            consumed += 1
            if collector.append(byte) { return try collector.take(isMasked: isMasked) }
        }
        return nil
    }

    @inline(__always)
    private mutating func begin(
        _ header: FrameHeader, _ destination: UnsafeMutableRawPointer, _ produced: inout Int
    ) throws(FrameViolation) {
        key = header.key
        frameRemaining = header.length
        if header.opcode.isControl {
            control = ControlFrame(header.opcode)
            control?.payload.reserveCapacity(header.length)
            return
        }
        switch (header.opcode, message) {
        case (.continuation, .none):
            throw FrameViolation(code: 1002, "A continuation came without a message.")
        case (.continuation, _): break
        case (.text, .none):
            message = .text
            validator = UTF8Validator()
        case (.binary, .none): message = .binary
        default: throw FrameViolation(code: 1002, "A message began inside another one.")
        }
        frameIsFinal = header.isFinal
        if header.length == 0, frameIsFinal, message == .text { try checkTextEnd() }
        beginChunk(header.opcode, destination, &produced)
    }

    @inline(__always)
    private mutating func beginChunk(
        _ opcode: FrameOpcode, _ destination: UnsafeMutableRawPointer, _ produced: inout Int
    ) {
        guard kind == .frames else {
            chunkRemaining = frameRemaining
            return
        }
        chunkRemaining = min(frameRemaining, Self.chunkMax)
        produced += FrameHeader.write(
            opcode: opcode, isFinal: frameIsFinal && chunkRemaining == frameRemaining, length: chunkRemaining,
            to: destination + produced
        )
    }

    /// Takes payload until the frame or the input ends.
    @inline(__always)
    private mutating func forward(
        _ source: UnsafeRawPointer, _ count: Int, _ consumed: inout Int, _ destination: UnsafeMutableRawPointer,
        _ produced: inout Int
    ) throws(FrameViolation) {
        if control != nil {
            takeControl(source, count, &consumed)
            return
        }
        while frameRemaining > 0, consumed < count {
            if chunkRemaining == 0 { beginChunk(.continuation, destination, &produced) }
            let size = min(chunkRemaining, count - consumed)
            key = WebSocketMask.copy(from: source + consumed, to: destination + produced, count: size, key: key)
            if message == .text {
                guard validator.accept(UnsafeRawBufferPointer(start: destination + produced, count: size)) else {
                    throw FrameViolation(code: 1007, "A text message is not valid UTF-8.")
                }
                // Before the last piece goes out: the partner must not see such a message whole.
                if frameIsFinal, size == frameRemaining { try checkTextEnd() }
            }
            consumed += size
            produced += size
            chunkRemaining -= size
            frameRemaining -= size
            payloadBytes += Int64(size)
        }
    }

    private mutating func takeControl(_ source: UnsafeRawPointer, _ count: Int, _ consumed: inout Int) {
        let size = min(frameRemaining, count - consumed)
        var bytes = [UInt8](repeating: 0, count: size)
        key = bytes.withUnsafeMutableBytes { target in
            guard let base = target.baseAddress else { return key }
            return WebSocketMask.copy(from: source + consumed, to: base, count: size, key: key)
        }
        control?.payload += bytes
        consumed += size
        frameRemaining -= size
    }

    private func checkTextEnd() throws(FrameViolation) {
        guard !validator.isComplete else { return }
        throw FrameViolation(code: 1007, "A text message ends inside a character.")
    }

    /// - Returns: what is to be told about the frame that ended, if anything.
    @inline(__always)
    private mutating func frameEnded() throws(FrameViolation) -> Event? {
        if let frame = control {
            control = nil
            return .control(frame)
        }
        guard frameIsFinal else { return nil }
        let isText = message == .text
        message = .none
        return kind == .messages ? .messageEnded(isText: isText) : nil
    }
}
