import RelayModel

/// `$filter` of Microsoft Graph over documents: `property eq 'value'`, `startswith(property,'value')` and
/// `list/any(x:x eq 'value')`, joined by `and`.
struct GraphFilter {
    private enum Test {
        case equals(property: String, value: String)
        case starts(property: String, value: String)
    }

    private var tests: [Test] = []

    /// - Throws: `ServiceError` with `invalidFilter`.
    init(_ text: String?) throws(ServiceError) {
        guard let text, text.contains(where: { $0 != " " }) else { return }
        let expression = try FilterExpression(Self.withoutLambdas(text))
        guard let terms = expression.conjunction else {
            throw expression.terms[0].refusal("the terms can only be joined by 'and'")
        }
        for term in terms { tests.append(try Self.test(term)) }
    }

    func matches(_ document: JSONValue) -> Bool {
        tests.allSatisfy { test in
            switch test {
            case .equals(let property, _) where property.equalsIgnoringCase("mailNickname"): true
            case .equals(let property, let value):
                Self.texts(document, property).contains(where: value.equalsIgnoringCase)
            case .starts(let property, let value):
                Self.texts(document, property).contains { $0.asciiLowercased.hasPrefix(value.asciiLowercased) }
            }
        }
    }

    private static func test(_ term: FilterExpression.Term) throws(ServiceError) -> Test {
        switch term.content {
        case .comparison(let property, .equal, let value): return .equals(property: property, value: value)
        case .call(let name, let arguments) where name.equalsIgnoringCase("startswith") && arguments.count == 2:
            return .starts(property: arguments[0], value: arguments[1])
        default: throw term.refusal("there are only property eq '…', startswith(property,'…') and list/any(x:x eq '…')")
        }
    }

    /// `names/any(c:c eq 'x')` means `names eq 'x'` for a list of texts. Goes over the text once, whatever it holds.
    private static func withoutLambdas(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let call = rest.firstRange(of: "/any(") {
            let body = rest[call.upperBound...]
            if let (value, after) = lambda(body) {
                result += "\(rest[..<call.lowerBound]) eq \(value)"
                rest = after
            } else {
                result += rest[..<call.upperBound]
                rest = body
            }
        }
        return result + rest
    }

    /// The quoted value of `c:c eq 'x')`, and what comes behind the bracket.
    private static func lambda(_ body: Substring) -> (value: Substring, after: Substring)? {
        let name = body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        var rest = body.dropFirst(name.count)
        guard !name.isEmpty, name.utf8.count <= 32, rest.first == ":" else { return nil }
        rest = rest.dropFirst().drop { $0 == " " }
        guard rest.hasPrefix("\(name) eq '") else { return nil }
        let value = rest.dropFirst(name.count + 4)
        var index = value.index(after: value.startIndex)
        while let quote = value[index...].firstIndex(of: "'") {
            index = value.index(after: quote)
            guard index < value.endIndex, value[index] == "'" else {
                guard index < value.endIndex, value[index] == ")" else { return nil }
                return (value[..<index], value[value.index(after: index)...])
            }
            index = value.index(after: index)
        }
        return nil
    }

    private static func texts(_ document: JSONValue, _ property: String) -> [String] {
        guard let value = document[property] else { return [] }
        if let array = value.array { return array.compactMap(\.string) }
        if let bool = value.bool { return [bool ? "true" : "false"] }
        return value.string.map { [$0] } ?? []
    }
}
