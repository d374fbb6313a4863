/// Takes the path of a request target apart into decoded segments.
struct PathReader {
    private let bytes: [UInt8]
    private let range: Range<Int>
    private(set) var segments: [String] = []
    private(set) var isHybridConnectionPath = false

    /// - Parameters:
    ///   - bytes: the whole target.
    ///   - range: where its path stands; empty, or beginning with `/`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        self.range = range
    }

    mutating func read() throws(RelayRequestTargetFailure) {
        guard !range.isEmpty else { return }
        // Most paths have nothing to decode.
        let decoded = bytes[range].contains(ASCII.percent) ? try unescaped() : Array(bytes[range])
        try refuseDotSegments(decoded)
        var parts = decoded.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        if let first = parts.first, ASCII.equals(first, "$hc") {
            isHybridConnectionPath = true
            parts.removeFirst()
        }
        segments.reserveCapacity(parts.count)
        for part in parts {
            guard let segment = String(validating: part, as: UTF8.self) else { return }
            segments.append(segment)
        }
    }

    private func unescaped() throws(RelayRequestTargetFailure) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == ASCII.percent else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            guard let byte = PercentEncoding.byte(bytes, at: index, end: range.upperBound) else {
                throw .malformedEscape
            }
            guard byte != 0 else { throw .forbiddenCharacter }
            decoded.append(byte)
            index += 3
        }
        return decoded
    }

    /// A listener, or what stands behind it, may resolve dots and so leave the path that a token was signed for. Windows
    /// takes the backslash for a slash, so it separates here as well.
    private func refuseDotSegments(_ decoded: [UInt8]) throws(RelayRequestTargetFailure) {
        var length = 0
        var isDots = true
        for byte in decoded {
            if byte == ASCII.slash || byte == ASCII.backslash {
                guard length == 0 || length > 2 || !isDots else { throw .dotSegment }
                length = 0
                isDots = true
            } else {
                length += 1
                isDots = isDots && byte == ASCII.dot
            }
        }
        guard length == 0 || length > 2 || !isDots else { throw .dotSegment }
    }
}
