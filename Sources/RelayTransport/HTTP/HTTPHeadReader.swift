import NIOCore

/// Reads heads line by line, as the lines come: a broken one is refused at once, and nothing is looked at twice.
struct HTTPHeadReader<Start: HTTPStartLine>: Sendable {
    private var scanner = HTTPLineScanner()
    private var start: Start?
    private var fields: [HTTPField] = []
    /// Bytes of the header lines with their line breaks.
    private var fieldBytes = 0
    private var emptyLines = 0
    private var refusal: HTTPRefusal?

    /// Whether something of a head has come.
    var hasBegun: Bool { start != nil || scanner.hasBegun || emptyLines > 0 }

    /// Throws ``HTTPRefusal``, and from then on always the same one, without a look at what comes.
    mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Start.Head? {
        if let refusal { throw refusal }
        do throws(HTTPRefusal) {
            let (consumed, head) = try buffer.withUnsafeReadableBytes { bytes throws(HTTPRefusal) in try read(bytes) }
            buffer.moveReaderIndex(forwardBy: consumed)
            return head
        } catch {
            refusal = error
            fields = []
            throw error
        }
    }

    /// How many bytes were used, and the head if they complete it.
    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> (Int, Start.Head?) {
        var position = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let contentMax = start == nil ? Start.lengthMax : HTTPHeadLimits.fieldBytesMax - fieldBytes
            switch try scanner.next(in: rest, contentMax: contentMax) {
            case .line(let length):
                position += length + 2
                let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
                if let head = try take(line) { return (position, head) }
            case .incomplete: return (position, nil)
            case .tooLong: throw start == nil ? Start.tooLong : HTTPHeadLimits.tooLarge
            }
        }
    }

    /// The head when the line is the empty one at its end.
    private mutating func take(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Start.Head? {
        guard let start else {
            try takeStart(line)
            return nil
        }
        guard line.count > 0 else {
            let head = try start.head(fields)
            self = HTTPHeadReader()
            return head
        }
        fieldBytes += line.count + 2
        guard fields.count < HTTPHeadLimits.fieldsMax, fieldBytes <= HTTPHeadLimits.fieldBytesMax else {
            throw HTTPHeadLimits.tooLarge
        }
        // Most clients send fewer than that.
        if fields.isEmpty { fields.reserveCapacity(12) }
        fields.append(try HTTPFieldLine.read(line))
        return nil
    }

    private mutating func takeStart(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        guard line.count == 0 else {
            start = try Start(line)
            return
        }
        emptyLines += 1
        guard emptyLines <= Start.emptyLinesMax else { throw .malformed("An empty line stands where a head begins.") }
    }
}
