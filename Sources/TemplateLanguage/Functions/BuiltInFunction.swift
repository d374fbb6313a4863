import RelayModel

/// One function of the template language.
struct BuiltInFunction: Sendable {
    typealias Plain = @Sendable (Arguments) throws(EvaluationError) -> JSONValue
    typealias Special = @Sendable (Evaluator, Expression.Call) throws(EvaluationError) -> JSONValue

    enum Body: Sendable {
        /// Of its values alone.
        case plain(Plain)
        /// Of what surrounds the expression, or with arguments that are not always evaluated.
        case special(Special)
    }

    let name: String
    let arity: ClosedRange<Int>
    let body: Body
    /// Whether it answers a part of its argument, or a fact of it, without going through all of it.
    let isGlance: Bool

    static func plain(
        _ name: String, _ arity: ClosedRange<Int>, isGlance: Bool = false, _ body: @escaping Plain
    ) -> BuiltInFunction {
        BuiltInFunction(name: name, arity: arity, body: .plain(body), isGlance: isGlance)
    }

    static func special(_ name: String, _ arity: ClosedRange<Int>, _ body: @escaping Special) -> BuiltInFunction {
        BuiltInFunction(name: name, arity: arity, body: .special(body), isGlance: false)
    }

    /// More arguments than any call has that fits the limit for the length of an expression.
    static let argumentsMax = 12_288

    /// The function of that name, compared without case.
    static func named(_ name: String) -> BuiltInFunction? {
        let key = name.asciiLowercased
        if let function = table[key] { return function }
        return key.hasPrefix("list") && key.utf8.count > 4 ? ResourceFunctions.list : nil
    }

    func checkArity(_ count: Int, name: String) throws(EvaluationError) {
        guard !arity.contains(count) else { return }
        let wanted =
            if arity.lowerBound == arity.upperBound {
                "\(arity.lowerBound)"
            } else if arity.upperBound == Self.argumentsMax {
                "at least \(arity.lowerBound)"
            } else {
                "between \(arity.lowerBound) and \(arity.upperBound)"
            }
        throw .function(name, "function requires \(wanted) argument(s) while \(count) were provided")
    }

    private static let table: [String: BuiltInFunction] = {
        let all =
            StringFunctions.all + TextFunctions.all + EncodingFunctions.all + DateFunctions.all + CIDRFunctions.all
            + ArrayFunctions.all + CollectionFunctions.all + ObjectFunctions.all + LambdaFunctions.all
            + LogicalFunctions.all + NumericFunctions.all + DeploymentFunctions.all + ScopeFunctions.all
            + ResourceFunctions.all
        return Dictionary(all.map { ($0.name.asciiLowercased, $0) }) { first, _ in first }
    }()
}
