package import RelayModel

/// A text message from a listener, on its control channel or on a rendezvous (R39).
package enum ListenerMessage: Sendable {
    case response(ResponseMessage)
    /// Empty when the message has no token; that is an invalid renewal (R44).
    case renewToken(Secret<String>)
    /// Good JSON, but no member that we know: to be ignored. Holds the first member's name, for logs.
    case unknown(String)
    /// Not what the protocol allows: to be ignored, and counted. Holds what is wrong with it, without its content.
    case malformed(String)

    /// Reads a message; never fails, because what a listener sends must not end anything by itself.
    /// - Parameter bytes: the payload of one text message.
    package init(_ bytes: [UInt8]) {
        var scanner = JSONScanner(bytes)
        do throws(JSONScanner.Failure) {
            self = try Self.message(&scanner)
        } catch {
            self = .malformed("A message is no good JSON: \(error.what), at byte \(error.offset).")
        }
    }

    /// The first member that we know counts.
    private static func message(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> ListenerMessage {
        var message: ListenerMessage?
        var firstName: String?
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            if firstName == nil { firstName = name }
            guard message == nil, scanner.peek() == UInt8(ascii: "{") else { return try scanner.skip() }
            switch name {
            case "response": message = try response(&scanner)
            case "renewToken": message = try renewal(&scanner)
            default: try scanner.skip()
            }
        }
        try scanner.end()
        return message ?? .unknown(NameRule.shown(firstName ?? ""))
    }

    private static func renewal(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> ListenerMessage {
        var token = ""
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            let value = try scanner.scalar()
            if name == "token", case .string(let text) = value { token = text }
        }
        return .renewToken(Secret(token))
    }

    private static func response(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> ListenerMessage {
        var response = ResponseMessage(requestID: "", statusCode: nil)
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            switch name {
            case "requestId":
                if case .string(let text) = try scanner.scalar() { response.requestID = text }
            case "statusCode": response.statusCode = statusCode(try scanner.scalar())
            case "statusDescription":
                if case .string(let text) = try scanner.scalar() { response.statusDescription = text }
            case "responseHeaders": response.responseHeaders = try fields(&scanner)
            case "body": response.hasBody = isTrue(try scanner.scalar())
            default: try scanner.skip()
            }
        }
        return response.requestID.isEmpty ? .malformed("A response has no requestId.") : .response(response)
    }

    /// Published listeners send a number or its text.
    private static func statusCode(_ value: JSONScanner.Scalar?) -> Int? {
        switch value {
        case .number(let text), .string(let text):
            (1...9).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isDigit) ? Int(text) : nil
        default: nil
        }
    }

    private static func isTrue(_ value: JSONScanner.Scalar?) -> Bool {
        switch value {
        case .bool(let bool): bool
        case .string(let text): ASCII.equals(text, "true")
        default: false
        }
    }

    private static func fields(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> HeaderFields {
        var fields: HeaderFields = []
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skip()
            return fields
        }
        try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
            guard scanner.peek() == UInt8(ascii: "[") else {
                if let text = text(try scanner.scalar()) { fields.append((name, text)) }
                return
            }
            try scanner.array { (scanner) throws(JSONScanner.Failure) in
                if let text = text(try scanner.scalar()) { fields.append((name, text)) }
            }
        }
        return fields
    }

    private static func text(_ value: JSONScanner.Scalar?) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        case .bool(let bool): bool ? "true" : "false"
        case .null, nil: nil
        }
    }
}
