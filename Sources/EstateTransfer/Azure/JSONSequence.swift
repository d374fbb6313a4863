package import RelayModel

/// JSON documents behind one another in one file, as shells write them: in UTF-8 or, from PowerShell, in UTF-16.
package enum JSONSequence {
    /// - Throws: `ServiceError` with `badRequest` that names the file and the line where something else stands.
    package static func documents(_ bytes: [UInt8], file: String) throws(ServiceError) -> [JSONValue] {
        let text = decoded(bytes)
        var documents: [JSONValue] = []
        var position = 0
        while let start = text[position...].firstIndex(where: { !isBlank($0) }) {
            let line = text[..<start].count { $0 == UInt8(ascii: "\n") } + 1
            guard let end = end(of: text, from: start) else {
                throw ServiceError(
                    .badRequest, "\(file) cannot be read: at line \(line) stands something that is no JSON document.")
            }
            do {
                documents.append(try JSONValue(utf8: text[start..<end]))
            } catch {
                throw ServiceError(
                    .badRequest, "\(file) cannot be read: the document that starts at line \(line): \(error.message)")
            }
            position = end
        }
        return documents
    }

    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        guard isLittle || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
            let (low, high) = isLittle ? (bytes[index], bytes[index + 1]) : (bytes[index + 1], bytes[index])
            return UInt16(high) << 8 | UInt16(low)
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// Behind the bracket that closes the one at the start; `nil` when there is none.
    private static func end(of text: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for index in start..<text.count {
            let byte = text[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return index + 1 }
            case UInt8(ascii: "\"") where depth > 0: isInString = true
            default: if depth == 0 { return nil }
            }
        }
        return nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
