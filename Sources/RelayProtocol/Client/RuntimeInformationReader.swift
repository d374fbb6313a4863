/// What a client of ours needs of an Atom entry with runtime information (R113).
package struct RuntimeInformationSummary: Sendable, Hashable {
    package var userMetadata: String?
    package var requiresClientAuthorization: Bool?
    package var listenerCount: Int?

    /// - Returns: `nil` when there is no `HybridConnectionDescription` in the document: a feed means that the hybrid
    ///   connection does not exist (R114).
    package init?(_ xml: [UInt8]) {
        let text = String(decoding: xml, as: UTF8.self)
        guard let start = text.firstRange(of: "HybridConnectionDescription") else { return nil }
        let description = text[start.upperBound...]
        userMetadata = Self.content(of: "UserMetadata", in: description)
        requiresClientAuthorization = Self.content(of: "RequiresClientAuthorization", in: description).map {
            $0.lowercased() == "true"
        }
        listenerCount = Self.content(of: "ListenerCount", in: description).flatMap { Int($0) }
    }

    /// The text of the first element of that name, whatever its prefix; these elements hold text alone.
    private static func content(of name: String, in text: Substring) -> String? {
        var rest = text
        while let place = rest.firstRange(of: name) {
            let before = rest[..<place.lowerBound].last
            rest = rest[place.upperBound...]
            guard before == "<" || before == ":", let end = rest.firstIndex(of: ">") else { continue }
            let attributes = rest[..<end]
            guard attributes.isEmpty || attributes.first?.isWhitespace == true || attributes == "/" else { continue }
            if attributes.hasSuffix("/") { return "" }
            let content = rest[rest.index(after: end)...].prefix { $0 != "<" }
            return unescaped(content)
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var result = ""
        var rest = text
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[ampersand...]
            guard let semicolon = rest.prefix(12).firstIndex(of: ";"),
                let character = character(rest[rest.index(after: ampersand)..<semicolon])
            else {
                result.append("&")
                rest = rest.dropFirst()
                continue
            }
            result.append(character)
            rest = rest[rest.index(after: semicolon)...]
        }
        return result + rest
    }

    private static func character(_ name: Substring) -> Character? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap(Unicode.Scalar.init).map(Character.init)
        }
    }
}
