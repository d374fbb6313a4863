/// The value of `$filter` as a tree: comparisons and function calls joined by `and`, `or` and `not`.
///
/// The tree knows nothing of what is filtered; who evaluates it says which properties there are and refuses others with
/// ``Term/refusal(_:)``, so that every complaint names the place.
public indirect enum FilterExpression: Sendable, Hashable {
    case term(Term)
    case not(FilterExpression)
    case all([FilterExpression])
    case any([FilterExpression])

    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "eq"
        case notEqual = "ne"
        case greater = "gt"
        case greaterOrEqual = "ge"
        case less = "lt"
        case lessOrEqual = "le"
    }

    /// One comparison or call, with the place where it starts.
    public struct Term: Sendable, Hashable {
        public enum Content: Sendable, Hashable {
            /// `name eq 'value'`.
            case comparison(property: String, Comparison, value: String)
            /// `name('value', property)`: arguments without their quotation marks.
            case call(function: String, arguments: [String])
        }

        public let content: Content
        /// Characters before the term, plus one.
        public let position: Int

        public init(_ content: Content, position: Int) {
            self.content = content
            self.position = position
        }

        /// The error for a term that the list in question cannot answer; the rule is the end of a sentence.
        public func refusal(_ rule: String) -> ServiceError {
            FilterParser.failure(rule, position: position)
        }
    }

    /// Reads a filter.
    /// - Throws: `ServiceError` with `invalidFilter` that names the place and what was expected there.
    public init(_ text: String) throws(ServiceError) {
        var parser = FilterParser(text)
        self = try parser.expression()
    }

    /// All terms, from left to right.
    public var terms: [Term] {
        switch self {
        case .term(let term): [term]
        case .not(let expression): expression.terms
        case .all(let expressions), .any(let expressions): expressions.flatMap(\.terms)
        }
    }

    /// The terms of a filter that only joins terms by `and`; `nil` for any other.
    public var conjunction: [Term]? {
        switch self {
        case .term(let term): return [term]
        case .all(let expressions):
            let terms = expressions.map(\.conjunction)
            return terms.contains(nil) ? nil : terms.compactMap { $0 }.flatMap { $0 }
        case .not, .any: return nil
        }
    }
}
