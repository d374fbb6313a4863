/// The `requestTarget` that a listener gets for a plain HTTP request: path with the entity, and the user's query (R82).
package enum HTTPRelayTarget {
    /// How escapes of the path reach the listener (R84).
    package enum PathForm: Sendable, Hashable {
        /// Decoded where that cannot change the structure, as listeners of the vendor expect: the Java library escapes
        /// the path once more.
        case unescaped
        /// As the sender wrote them.
        case raw
    }

    /// The text of `requestTarget`. `%2F`, `%3F`, `%23`, `%25`, `%5C`, control characters and bytes that are no UTF-8
    /// stay escaped in either form.
    package static func requestTarget(_ target: RelayRequestTarget, pathForm: PathForm = .unescaped) -> String {
        let isPlain = pathForm == .raw || !target.path.utf8.contains(ASCII.percent)
        let path = isPlain ? target.path : unescaped(target.path)
        return target.userQuery.isEmpty ? path : "\(path)?\(target.userQuery)"
    }

    private static func unescaped(_ path: String) -> String {
        let bytes = Array(path.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard let byte = PercentEncoding.byte(bytes, at: index, end: bytes.count) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if byte < 0x80 {
                if staysEscaped(byte) {
                    result.append(contentsOf: bytes[index..<(index + 3)])
                } else {
                    result.append(byte)
                }
                index += 3
            } else {
                index = appendText(bytes, from: index, to: &result)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func staysEscaped(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.slash, ASCII.questionMark, UInt8(ascii: "#"), ASCII.percent, ASCII.backslash: true
        default: ASCII.isControl(byte)
        }
    }

    /// A run of escapes beyond ASCII is decoded as a whole when it is text, and stays as a whole when it is not.
    private static func appendText(_ bytes: [UInt8], from start: Int, to result: inout [UInt8]) -> Int {
        var run: [UInt8] = []
        var end = start
        while let byte = PercentEncoding.byte(bytes, at: end, end: bytes.count), byte >= 0x80 {
            run.append(byte)
            end += 3
        }
        let text = String(validating: run, as: UTF8.self)
        if let text, !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            result.append(contentsOf: run)
        } else {
            result.append(contentsOf: bytes[start..<end])
        }
        return end
    }
}
