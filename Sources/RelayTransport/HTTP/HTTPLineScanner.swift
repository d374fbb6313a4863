/// Finds the end of a line that comes in parts. Each byte is looked at once, eight at a time, however the parts are cut.
///
/// A line ends with CR LF and nothing else (RFC 9112 section 2.2 allows readers to take a bare LF, which is how two of
/// them come to see different lines). Control characters other than the tab are refused where they stand, so garbage is
/// noticed before it ends.
struct HTTPLineScanner: Sendable {
    enum Finding: Hashable {
        /// The number of bytes before the CR LF.
        case line(Int)
        case incomplete
        case tooLong
    }

    /// Bytes of the present line that were looked at.
    private var looked = 0

    /// Whether part of a line has come.
    var hasBegun: Bool { looked > 0 }

    /// `bytes` begins with the present line, and holds at least what it held before. `contentMax`: bytes that the line
    /// may have before its CR LF. Throws ``HTTPRefusal`` for a control character.
    @inline(__always)
    mutating func next(in bytes: UnsafeRawBufferPointer, contentMax: Int) throws(HTTPRefusal) -> Finding {
        // The CR may stand behind the last byte of the content. What is further away does not count, so that the
        // finding is the same however much has come at once.
        let end = min(bytes.count, contentMax + 1)
        while looked < end {
            looked = ASCII.firstControl(in: bytes, from: looked, to: end)
            guard looked < end else { break }
            switch bytes[looked] {
            case ASCII.tab: looked += 1
            case ASCII.carriageReturn:
                guard looked + 1 < bytes.count else { return .incomplete }
                guard bytes[looked + 1] == ASCII.lineFeed else { throw Self.control }
                let length = looked
                looked = 0
                return .line(length)
            default: throw Self.control
            }
        }
        return looked > contentMax ? .tooLong : .incomplete
    }

    private static let control = HTTPRefusal.malformed(
        "A line has a control character, or does not end with CR and LF."
    )
}
