/// The text at the end of an HTTP status line.
package enum ReasonPhrase {
    /// The text without control characters, with `?` for each other character beyond ASCII, without blanks at its ends, cut
    /// at a length. What comes out can neither end the status line nor steer a terminal.
    /// - Parameters:
    ///   - text: from anywhere.
    ///   - max: bytes of the result at most.
    /// - Returns: printable ASCII; may be empty.
    package static func sanitised(_ text: String, max: Int) -> String {
        let isClean = text.utf8.count <= max && text.utf8.allSatisfy { (0x21...0x7E).contains($0) || $0 == 0x20 }
        if isClean, text.utf8.first != ASCII.space, text.utf8.last != ASCII.space { return text }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard bytes.count < max else { break }
            switch scalar.value {
            case 0x20...0x7E: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0..<0x20, 0x7F...0x9F: continue
            default: bytes.append(ASCII.questionMark)
            }
        }
        return String(ASCII.trimmed(String(decoding: bytes, as: UTF8.self)))
    }

    /// What RFC 9110 and its companions call a status; a general word for those without a name.
    package static func standard(_ status: Int) -> String {
        if let name = names[status] { return name }
        return switch status {
        case 200..<300: "OK"
        case 300..<400: "Redirection"
        case 400..<500: "Client Error"
        default: "Server Error"
        }
    }

    private static let names: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
        205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used",
        300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
        305: "Use Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
        409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
        418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Content", 423: "Locked",
        424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
        429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
        507: "Insufficient Storage", 508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Required",
    ]
}
