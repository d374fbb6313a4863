import RelayModel
import RelayStore

/// A `$filter` over resources or resource groups: `eq` and `ne` on some properties and on tags, `substringof('text',
/// property)` and `startswith(property, 'text')`. Case is ignored.
struct ResourceFilter {
    private static let tagName = "tagName"
    private static let tagValue = "tagValue"

    private let expression: FilterExpression

    /// Checks that only those properties are asked for, and `tagName` and `tagValue`.
    /// - Throws: `ServiceError` with `invalidFilter` that names the place of what cannot be asked for.
    init(_ expression: FilterExpression, properties: [String]) throws(ServiceError) {
        let known = properties + [Self.tagName, Self.tagValue]
        for term in expression.terms { try Self.check(term, known) }
        self.expression = expression
    }

    /// Evaluates the filter; the closure gives the value of a property by its name in lower case.
    func matches(tags: Tags, _ value: (String) -> String) -> Bool {
        matches(expression, tags, value)
    }

    private func matches(_ expression: FilterExpression, _ tags: Tags, _ value: (String) -> String) -> Bool {
        switch expression {
        case .term(let term): matches(term, tags, value)
        case .not(let part): !matches(part, tags, value)
        case .any(let parts): parts.contains { matches($0, tags, value) }
        case .all(let parts): matchesAll(parts, tags, value)
        }
    }

    /// A name and a value of a tag that are joined by `and` speak of the same tag.
    private func matchesAll(_ parts: [FilterExpression], _ tags: Tags, _ value: (String) -> String) -> Bool {
        let pairs = parts.compactMap(Self.tagComparison)
        guard pairs.contains(where: { $0.isName }), pairs.contains(where: { !$0.isName }) else {
            return parts.allSatisfy { matches($0, tags, value) }
        }
        let hasTag = tags.entries.contains { tag in
            pairs.allSatisfy { ($0.isName ? tag.name : tag.value).equalsIgnoringCase($0.text) }
        }
        return hasTag && parts.allSatisfy { Self.tagComparison($0) != nil || matches($0, tags, value) }
    }

    private static func tagComparison(_ expression: FilterExpression) -> (isName: Bool, text: String)? {
        guard case .term(let term) = expression, case .comparison(let property, .equal, let text) = term.content else {
            return nil
        }
        if property.equalsIgnoringCase(tagName) { return (true, text) }
        return property.equalsIgnoringCase(tagValue) ? (false, text) : nil
    }

    private func matches(_ term: FilterExpression.Term, _ tags: Tags, _ value: (String) -> String) -> Bool {
        switch term.content {
        case .comparison(let property, let comparison, let wanted):
            let isEqual = Self.values(of: property, tags, value).contains { Self.isEqual($0, wanted, property) }
            return comparison == .notEqual ? !isEqual : isEqual
        case .call(let function, let arguments):
            guard let (property, text) = Self.parts(function, arguments) else { return false }
            let wanted = text.asciiLowercased
            let isPrefix = function.equalsIgnoringCase("startswith")
            return Self.values(of: property, tags, value).map(\.asciiLowercased).contains {
                isPrefix ? $0.hasPrefix(wanted) : $0.contains(wanted)
            }
        }
    }

    private static func values(of property: String, _ tags: Tags, _ value: (String) -> String) -> [String] {
        if property.equalsIgnoringCase(tagName) { return tags.entries.map(\.name) }
        if property.equalsIgnoringCase(tagValue) { return tags.entries.map(\.value) }
        return [value(property.asciiLowercased)]
    }

    /// Places compare without regard to blanks, too.
    private static func isEqual(_ left: String, _ right: String, _ property: String) -> Bool {
        guard property.equalsIgnoringCase("location") else { return left.equalsIgnoringCase(right) }
        return left.equalsIgnoringCase(String(right.filter { $0 != " " }))
    }

    /// The property and the text of a call, whose order differs from function to function.
    private static func parts(_ function: String, _ arguments: [String]) -> (property: String, text: String)? {
        guard arguments.count == 2 else { return nil }
        if function.equalsIgnoringCase("substringof") { return (arguments[1], arguments[0]) }
        return function.equalsIgnoringCase("startswith") ? (arguments[0], arguments[1]) : nil
    }

    private static func check(_ term: FilterExpression.Term, _ known: [String]) throws(ServiceError) {
        let property: String
        switch term.content {
        case .comparison(let name, let comparison, _):
            guard comparison == .equal || comparison == .notEqual else {
                throw term.refusal("'\(comparison.rawValue)' cannot be used here; use eq or ne")
            }
            property = name
        case .call(let function, let arguments):
            guard let parts = parts(function, arguments) else {
                throw term.refusal(
                    "there are only the functions substringof('text', property) and startswith(property, 'text')"
                )
            }
            property = parts.property
        }
        guard known.contains(where: { $0.equalsIgnoringCase(property) }) else {
            throw term.refusal("'\(NameRule.shown(property))' is none of \(known.joined(separator: ", "))")
        }
    }
}

extension Page {
    /// Reads page by page, in the order of the key, until ``limit`` elements are wanted or nothing is left.
    func filled<Element>(
        from read: (Page) throws -> [Element], key: (Element) -> String, where isWanted: (Element) throws -> Bool
    ) throws -> [Element] {
        var wanted: [Element] = []
        var page = Page(after: after, limit: max(limit, 256))
        while true {
            let batch = try read(page)
            for element in batch where try isWanted(element) {
                wanted.append(element)
                if wanted.count == limit { return wanted }
            }
            guard batch.count == page.limit, let last = batch.last else { return wanted }
            page.after = key(last)
        }
    }

    /// The part of a list that is in memory.
    func part<Element>(of elements: [Element], key: (Element) -> String) -> [Element] {
        let rest = elements.sorted { key($0) < key($1) }.drop { !after.isEmpty && key($0) <= after }
        return Array(rest.prefix(limit))
    }
}
