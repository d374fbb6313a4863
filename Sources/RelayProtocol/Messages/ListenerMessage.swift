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
        do throws(ServiceError) {
            self = Self.message(try JSONValue(utf8: bytes))
        } catch {
            self = .malformed(error.message)
        }
    }

    private static func message(_ document: JSONValue) -> ListenerMessage {
        guard let object = document.object else { return .malformed("A message of a listener must be a JSON object.") }
        for member in object.members {
            switch member.name {
            case "response": return response(member.value)
            case "renewToken": return .renewToken(Secret(member.value["token"]?.string ?? ""))
            default: continue
            }
        }
        return .unknown(NameRule.shown(object.members.first?.name ?? ""))
    }

    private static func response(_ value: JSONValue) -> ListenerMessage {
        guard let requestID = value["requestId"]?.string, !requestID.isEmpty else {
            return .malformed("A response must have a requestId.")
        }
        return .response(
            ResponseMessage(
                requestID: requestID, statusCode: value["statusCode"].flatMap(statusCode),
                statusDescription: value["statusDescription"]?.string,
                responseHeaders: fields(value["responseHeaders"]?.object), hasBody: isTrue(value["body"])))
    }

    /// Published listeners send a number or its text.
    private static func statusCode(_ value: JSONValue) -> Int? {
        switch value {
        case .integer(let code): Int(exactly: code)
        case .string(let text): text.utf8.allSatisfy(ASCII.isDigit) ? Int(text) : nil
        default: nil
        }
    }

    private static func isTrue(_ value: JSONValue?) -> Bool {
        value?.bool ?? value?.string.map { ASCII.equals($0, "true") } ?? false
    }

    private static func fields(_ object: JSONObject?) -> HeaderFields {
        var fields: HeaderFields = []
        for member in object?.members ?? [] {
            for value in member.value.array ?? [member.value] {
                if let text = text(value) { fields.append((member.name, text)) }
            }
        }
        return fields
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        case .integer(let number): String(number)
        case .bool(let bool): bool ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
