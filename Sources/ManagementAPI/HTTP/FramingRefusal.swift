import NIOHTTP1
import RelayModel

/// Why a request is not read any further, and what is said about it.
enum FramingRefusal {
    case malformed(String)
    case headersTooLarge
    case targetTooLong
    case version
    case transferEncoding

    /// Rules that the parser leaves to us (RFC 9112 sections 3.2 and 6.1); `nil` when the head keeps them.
    init?(_ head: HTTPRequestHead) {
        guard let refusal = Self.versionOrTarget(head) ?? Self.host(head) ?? Self.framing(head) else { return nil }
        self = refusal
    }

    private static func versionOrTarget(_ head: HTTPRequestHead) -> FramingRefusal? {
        guard head.version == .http1_1 || head.version == .http1_0 else { return .version }
        guard head.uri.utf8.count <= Limits.requestTargetMax else { return .targetTooLong }
        guard !head.uri.isEmpty, head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .malformed("its target has a blank or a control character")
        }
        guard hasValidEscapes(head.uri) else { return .malformed("its target has an invalid percent escape") }
        guard isOfThisHost(head) else {
            return .malformed("its target must be a path, or an absolute URL of the host in the Host header")
        }
        return nil
    }

    private static func host(_ head: HTTPRequestHead) -> FramingRefusal? {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else {
            return .malformed("it must have exactly one Host header")
        }
        let isPlain = hosts.allSatisfy { host in
            !host.isEmpty
                && host.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || ".-:[]_".utf8.contains($0)
                }
        }
        return isPlain ? nil : .malformed("its Host header is not a host name with an optional port")
    }

    private static func framing(_ head: HTTPRequestHead) -> FramingRefusal? {
        let encodings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        if !encodings.isEmpty {
            guard head.version == .http1_1 else { return .malformed("HTTP/1.0 has no Transfer-Encoding") }
            guard lengths.isEmpty else { return .malformed("Content-Length and Transfer-Encoding exclude each other") }
            guard encodings.count == 1, encodings[0].asciiLowercased == "chunked" else { return .transferEncoding }
        }
        guard lengths.count <= 1 else { return .malformed("Content-Length stands there twice") }
        guard lengths.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int64($0) != nil }) else {
            return .malformed("Content-Length is not a number below 2^63")
        }
        return head.headers.allSatisfy { isPlain($0.value) } ? nil : .malformed("a header has a control character")
    }

    /// Each byte of each header of each request passes here, so the loop runs over the bytes themselves.
    private static func isPlain(_ value: String) -> Bool {
        let isPlain = value.utf8.withContiguousStorageIfAvailable { bytes in
            var isPlain = true
            for byte in bytes where byte < 0x20 || byte == 0x7F { isPlain = isPlain && byte == 0x09 }
            return isPlain
        }
        return isPlain ?? value.utf8.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
    }

    /// A path, or `http(s)://host/path` where the host is the one that the Host header names: no proxy is here.
    private static func isOfThisHost(_ head: HTTPRequestHead) -> Bool {
        guard !head.uri.hasPrefix("/") else { return true }
        let target = head.uri.asciiLowercased
        guard let scheme = ["https://", "http://"].first(where: { target.hasPrefix($0) }) else { return false }
        let authority = target.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        return authority == head.headers.first(name: "host")?.asciiLowercased ?? ""
    }

    private static func hasValidEscapes(_ target: String) -> Bool {
        var remaining = target.utf8[...]
        guard remaining.contains(UInt8(ascii: "%")) else { return true }
        while let percent = remaining.firstIndex(of: UInt8(ascii: "%")) {
            let digits = remaining[percent...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy(isHexDigit) else { return false }
            remaining = remaining[percent...].dropFirst(3)
        }
        return true
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    var status: HTTPResponseStatus {
        switch self {
        case .malformed: .badRequest
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .targetTooLong: .uriTooLong
        case .version: .httpVersionNotSupported
        case .transferEncoding: .notImplemented
        }
    }

    /// The body in Azure's error shape.
    var body: [UInt8] {
        let document: JSONValue = ["error": ["code": .string(code), "message": .string(message)]]
        return document.utf8
    }

    private var code: String {
        switch self {
        case .malformed: "BadRequest"
        case .headersTooLarge: "RequestHeaderFieldsTooLarge"
        case .targetTooLong: "RequestUriTooLong"
        case .version: "HttpVersionNotSupported"
        case .transferEncoding: "NotImplemented"
        }
    }

    private var message: String {
        switch self {
        case .malformed(let rule): "The HTTP request is malformed: \(rule)."
        case .headersTooLarge:
            "The request headers are larger than \(Limits.headerBlockMax) bytes or more than "
                + "\(Limits.headerLinesMax) lines."
        case .targetTooLong: "The request target is longer than \(Limits.requestTargetMax) bytes."
        case .version: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
        case .transferEncoding: "The only transfer encoding that is understood is 'chunked'."
        }
    }
}
