import RelayModel

/// Base64, data URIs, URIs and JSON as text.
enum EncodingFunctions {
    static let all: [BuiltInFunction] = [
        .plain("base64", 1...1) { (arguments) throws(EvaluationError) in
            .string(Base64.text(try arguments.text(0).utf8))
        },
        .plain("base64ToString", 1...1) { (arguments) throws(EvaluationError) in
            .string(try decoded(try arguments.string(0), arguments))
        },
        .plain("base64ToJson", 1...1) { (arguments) throws(EvaluationError) in
            try json(try decoded(try arguments.string(0), arguments), arguments)
        },
        .plain("json", 1...1) { (arguments) throws(EvaluationError) in
            try json(try arguments.string(0), arguments)
        },
        .plain("dataUri", 1...1) { (arguments) throws(EvaluationError) in
            .string("data:text/plain;charset=utf8;base64," + Base64.text(try arguments.text(0).utf8))
        },
        .plain("dataUriToString", 1...1, dataURIToString),
        .plain("uriComponent", 1...1) { (arguments) throws(EvaluationError) in
            let text = try arguments.string(0)
            try arguments.checkLength(text.utf8.count, times: 3)
            return .string(escaped(text))
        },
        .plain("uriComponentToString", 1...1) { (arguments) throws(EvaluationError) in
            guard let text = unescaped(try arguments.string(0)) else {
                throw arguments.failure("the value is not valid UTF-8 after its escapes are resolved")
            }
            return .string(text)
        },
        .plain("uri", 2...2) { (arguments) throws(EvaluationError) in
            .string(try resolved(base: try arguments.string(0), relative: try arguments.string(1), arguments))
        },
    ]

    private static func decoded(_ text: String, _ arguments: Arguments) throws(EvaluationError) -> String {
        guard let bytes = Base64.bytes(text) else { throw arguments.failure("the value is not valid Base64") }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw arguments.failure("the decoded value is not valid UTF-8")
        }
        return decoded
    }

    private static func json(_ text: String, _ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        do throws(TemplateError) {
            return try TemplateText(text: text).value
        } catch {
            throw arguments.failure("the value is not valid JSON: \(error.message)")
        }
    }

    private static func dataURIToString(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let text = try arguments.string(0)
        guard text.asciiLowercased.hasPrefix("data:"), let comma = text.firstIndex(of: ",") else {
            throw arguments.failure("the value is not a data URI")
        }
        let data = String(text[text.index(after: comma)...])
        if text[..<comma].lowercased().hasSuffix(";base64") { return .string(try decoded(data, arguments)) }
        guard let plain = unescaped(data) else { throw arguments.failure("the value is not valid UTF-8") }
        return .string(plain)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What is no escape stays as it is.
    private static func unescaped(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Character(Unicode.Scalar(bytes[index + 1])).hexDigitValue,
                let low = Character(Unicode.Scalar(bytes[index + 2])).hexDigitValue
            {
                result.append(UInt8(high << 4 | low))
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    /// As documented: without a slash at its end, the base loses its last segment; a base without a path keeps all.
    private static func resolved(
        base: String, relative: String, _ arguments: Arguments
    ) throws(EvaluationError) -> String {
        let parts = base.split(separator: "://", maxSplits: 1)
        guard parts.count == 2 else {
            throw arguments.failure("the base URI is not absolute")
        }
        if relative.contains("://") { return relative }
        let authority = parts[0] + "://" + parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if relative.hasPrefix("/") { return authority + relative }
        let path = parts[1].drop { $0 != "/" && $0 != "?" && $0 != "#" }.prefix { $0 != "?" && $0 != "#" }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return authority + folder + relative
    }
}
