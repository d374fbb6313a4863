/// A text message from a gateway to a listener of ours (section 7 of the protocol notes).
package enum GatewayMessage: Sendable, Hashable {
    /// A sender waits: open the address to accept, or the address with a status to reject.
    case accept(Accept)
    /// An HTTP request, or the address where one waits.
    case request(Request)
    /// Good JSON that we do not know: to be ignored.
    case unknown
    /// Not what the protocol allows. Holds what is wrong, without the content.
    case malformed(String)

    package struct Accept: Sendable, Hashable {
        /// An absolute `wss://` or `ws://` URL, to be used as it is (R50).
        package var address: String
        package var id: String
        package var remoteAddress: String
        package var remotePort: Int

        package init(address: String, id: String, remoteAddress: String, remotePort: Int) {
            self.address = address
            self.id = id
            self.remoteAddress = remoteAddress
            self.remotePort = remotePort
        }
    }

    package struct Request: Sendable, Hashable {
        package var id: String
        package var address: String
        /// `nil` when only the address came (R91).
        package var method: String?
        /// Path with the hybrid connection's name, and query.
        package var target: String
        /// Whether one binary message with the body follows.
        package var hasBody: Bool

        package init(id: String, address: String, method: String?, target: String, hasBody: Bool) {
            self.id = id
            self.address = address
            self.method = method
            self.target = target
            self.hasBody = hasBody
        }
    }

    /// Reads a message; never fails.
    package init(_ bytes: [UInt8]) {
        var scanner = JSONScanner(bytes)
        do throws(JSONScanner.Failure) {
            self = try Self.message(&scanner)
        } catch {
            self = .malformed("A message of the gateway is no good JSON: \(error.what), at byte \(error.offset).")
        }
    }

    private static func message(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> GatewayMessage {
        var message = GatewayMessage.unknown
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            guard case .unknown = message, scanner.peek() == UInt8(ascii: "{") else { return try scanner.skip() }
            switch name {
            case "accept": message = try accept(&scanner)
            case "request": message = try request(&scanner)
            default: try scanner.skip()
            }
        }
        try scanner.end()
        return message
    }

    private static func accept(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> GatewayMessage {
        var accept = Accept(address: "", id: "", remoteAddress: "", remotePort: 0)
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            switch name {
            case "address": accept.address = try text(&scanner)
            case "id": accept.id = try text(&scanner)
            case "remoteEndpoint" where scanner.peek() == UInt8(ascii: "{"):
                try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
                    switch name {
                    case "address": accept.remoteAddress = try text(&scanner)
                    case "port": accept.remotePort = Int(try text(&scanner)) ?? 0
                    default: try scanner.skip()
                    }
                }
            default: try scanner.skip()
            }
        }
        return accept.address.isEmpty ? .malformed("An accept message has no address.") : .accept(accept)
    }

    private static func request(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> GatewayMessage {
        var request = Request(id: "", address: "", method: nil, target: "", hasBody: false)
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            switch name {
            case "address": request.address = try text(&scanner)
            case "id": request.id = try text(&scanner)
            case "method": request.method = try text(&scanner)
            case "requestTarget": request.target = try text(&scanner)
            case "body": request.hasBody = try text(&scanner) == "true"
            default: try scanner.skip()
            }
        }
        return request.id.isEmpty ? .malformed("A request message has no id.") : .request(request)
    }

    /// A string, number or Boolean as text; anything else is skipped and is none.
    private static func text(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> String {
        switch try scanner.scalar() {
        case .string(let text), .number(let text): text
        case .bool(let bool): bool ? "true" : "false"
        case .null, nil: ""
        }
    }
}
