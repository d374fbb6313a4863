package import NIOCore

/// Takes one body out of the bytes of a connection and leaves those of the next message (RFC 9112 sections 6 and 7.1).
package struct HTTPBodyDecoder: Sendable {
    package enum Part: Hashable, Sendable {
        /// At least one byte of the body; a slice of what was handed in, not a copy.
        case data(ByteBuffer)
        /// The body is complete. It is the answer to all later calls, too.
        case end
        case needsMore
    }

    private enum State: Sendable {
        /// So many bytes of a body with a length are missing.
        case body(Int64)
        case chunkSize
        /// So many bytes of a chunk are missing.
        case chunk(Int64)
        case chunkEnd
        case trailers
        case ended
        case refused(HTTPRefusal)
    }

    /// Bytes of a chunk's extensions.
    private static let extensionMax = 256
    /// Bytes of all extensions of a body, on top of one for each byte of its data.
    private static let extensionsMax: Int64 = 16 * 1024
    /// Bytes of the trailers with their line breaks, and their number.
    private static let trailerBytesMax = 8 * 1024
    private static let trailersMax = 100
    /// Digits of a chunk size. A longer one has leading zeros or is too large.
    private static let sizeDigitsMax = 16

    private var state: State
    private var scanner = HTTPLineScanner()
    /// Bytes of data, less those of extensions.
    private var extensionBudget = extensionsMax
    private var trailerBytes = 0
    private var trailers = 0

    package init(_ framing: HTTPBodyFraming) {
        state =
            switch framing {
            case .none: .ended
            case .length(let length): length > 0 ? .body(length) : .ended
            case .chunked: .chunkSize
            }
    }

    /// The next part. Bytes that are not used yet stay in the buffer and must be there at the next call, with more
    /// behind them. Trailers are read and dropped: somebody would take them for headers.
    ///
    /// Throws ``HTTPRefusal``; from then on each call throws the same and looks at nothing.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Part {
        do throws(HTTPRefusal) {
            while true {
                if let part = try advance(&buffer) { return part }
            }
        } catch {
            state = .refused(error)
            throw error
        }
    }

    /// `nil` when the state has changed and there is nothing to hand out.
    private mutating func advance(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Part? {
        switch state {
        case .ended: return .end
        case .refused(let refusal): throw refusal
        case .body(let missing):
            guard let (data, rest) = Self.data(&buffer, missing) else { return .needsMore }
            state = rest > 0 ? .body(rest) : .ended
            return .data(data)
        case .chunk(let missing):
            guard let (data, rest) = Self.data(&buffer, missing) else { return .needsMore }
            state = rest > 0 ? .chunk(rest) : .chunkEnd
            extensionBudget += Int64(data.readableBytes)
            return .data(data)
        case .chunkEnd: return try endChunk(&buffer) ? nil : .needsMore
        case .chunkSize, .trailers:
            let length = try buffer.withUnsafeReadableBytes { bytes throws(HTTPRefusal) in try readLine(bytes) }
            guard let length else { return .needsMore }
            buffer.moveReaderIndex(forwardBy: length + 2)
            return nil
        }
    }

    private static func data(_ buffer: inout ByteBuffer, _ missing: Int64) -> (data: ByteBuffer, rest: Int64)? {
        let count = min(Int64(buffer.readableBytes), missing)
        guard count > 0, let data = buffer.readSlice(length: Int(count)) else { return nil }
        return (data, missing - count)
    }

    /// Whether the line break after a chunk's data has come.
    private mutating func endChunk(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Bool {
        let start = buffer.readerIndex
        guard let first = buffer.getInteger(at: start, as: UInt8.self) else { return false }
        guard first == ASCII.carriageReturn else { throw Self.chunkNotEnded }
        guard let second = buffer.getInteger(at: start + 1, as: UInt8.self) else { return false }
        guard second == ASCII.lineFeed else { throw Self.chunkNotEnded }
        buffer.moveReaderIndex(forwardBy: 2)
        state = .chunkSize
        return true
    }

    /// The length of the size line or trailer that was read, or `nil` until it has come.
    private mutating func readLine(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Int? {
        let isSize = if case .chunkSize = state { true } else { false }
        let contentMax = isSize ? Self.sizeDigitsMax + Self.extensionMax : Self.trailerBytesMax - trailerBytes
        switch try scanner.next(in: bytes, contentMax: contentMax) {
        case .incomplete: return nil
        case .tooLong: throw isSize ? Self.extensionTooLong : Self.trailersTooLarge
        case .line(let length):
            let line = UnsafeRawBufferPointer(rebasing: bytes[..<length])
            if isSize { try takeChunkSize(line) } else { try takeTrailer(line) }
            return length
        }
    }

    /// Hexadecimal digits, and extensions that nobody reads.
    private mutating func takeChunkSize(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        var size: UInt64 = 0
        var digits = 0
        while digits < line.count, let digit = ASCII.hexadecimalValue(line[digits]) {
            guard digits < Self.sizeDigitsMax else { throw Self.chunkSizeInvalid }
            size = size << 4 | UInt64(digit)
            digits += 1
        }
        guard digits > 0, let size = Int64(exactly: size) else { throw Self.chunkSizeInvalid }
        if digits < line.count {
            guard line[digits] == UInt8(ascii: ";"), line[digits...].allSatisfy({ $0 < 0x80 }) else {
                throw Self.chunkSizeInvalid
            }
            extensionBudget -= Int64(line.count - digits)
            guard line.count - digits <= Self.extensionMax, extensionBudget >= 0 else { throw Self.extensionTooLong }
        }
        state = size > 0 ? .chunk(size) : .trailers
    }

    private mutating func takeTrailer(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        guard line.count > 0 else {
            state = .ended
            return
        }
        trailers += 1
        trailerBytes += line.count + 2
        guard trailers <= Self.trailersMax, trailerBytes <= Self.trailerBytesMax else { throw Self.trailersTooLarge }
        _ = try HTTPFieldLine.read(line)
    }

    private static let chunkSizeInvalid = HTTPRefusal.malformed(
        "The size of a chunk is not a hexadecimal number below 2^63 of at most \(sizeDigitsMax) digits."
    )
    private static let chunkNotEnded = HTTPRefusal.malformed("CR and LF are missing after the data of a chunk.")
    private static let extensionTooLong = HTTPRefusal.malformed("The extensions of the chunks are too long.")
    private static let trailersTooLarge = HTTPRefusal(
        status: 431,
        reason: "The trailers are more than \(trailersMax), or longer than \(trailerBytesMax) bytes in all."
    )
}
