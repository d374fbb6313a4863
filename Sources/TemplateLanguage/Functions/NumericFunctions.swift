import RelayModel

/// Whole numbers of 64 bits; what leaves their range is a fault and never wraps.
enum NumericFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("add", 2...2) { (arguments) throws(EvaluationError) in
            try result(arguments) { $0.addingReportingOverflow($1) }
        },
        .plain("sub", 2...2) { (arguments) throws(EvaluationError) in
            try result(arguments) { $0.subtractingReportingOverflow($1) }
        },
        .plain("mul", 2...2) { (arguments) throws(EvaluationError) in
            try result(arguments) { $0.multipliedReportingOverflow(by: $1) }
        },
        .plain("div", 2...2) { (arguments) throws(EvaluationError) in
            guard try arguments.integer(1) != 0 else { throw arguments.failure("the divisor must not be zero") }
            return try result(arguments) { $0.dividedReportingOverflow(by: $1) }
        },
        .plain("mod", 2...2) { (arguments) throws(EvaluationError) in
            guard try arguments.integer(1) != 0 else { throw arguments.failure("the divisor must not be zero") }
            return try result(arguments) { $1 == -1 ? (0, false) : $0.remainderReportingOverflow(dividingBy: $1) }
        },
        .plain("int", 1...1) { (arguments) throws(EvaluationError) in
            switch arguments[0] {
            case .integer: return arguments[0]
            case .string(let text):
                guard let integer = Int64(text.filter { $0 != " " }) else {
                    throw arguments.failure("the value cannot be converted to an integer")
                }
                return .integer(integer)
            case .number(let text):
                guard let number = Double(text), let integer = Int64(exactly: number.rounded(.towardZero)) else {
                    throw arguments.failure("the value cannot be converted to an integer")
                }
                return .integer(integer)
            default: throw arguments.mismatch(0, "a string or an integer")
            }
        },
        .plain("float", 1...1) { (arguments) throws(EvaluationError) in
            let text: String
            switch arguments[0] {
            case .integer(let integer): text = String(integer)
            case .string(let string), .number(let string): text = string
            default: throw arguments.mismatch(0, "a string or a number")
            }
            guard let number = Double(text), number.isFinite else {
                throw arguments.failure("the value cannot be converted to a number")
            }
            return .number("\(number)")
        },
        .plain("min", 1...many) { (arguments) throws(EvaluationError) in
            .integer(try numbers(arguments).reduce(.max) { min($0, $1) })
        },
        .plain("max", 1...many) { (arguments) throws(EvaluationError) in
            .integer(try numbers(arguments).reduce(.min) { max($0, $1) })
        },
    ]

    private static func result(
        _ arguments: Arguments, _ calculate: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(EvaluationError) -> JSONValue {
        let (value, overflows) = calculate(try arguments.integer(0), try arguments.integer(1))
        guard !overflows else { throw arguments.failure("the result does not fit a 64-bit integer") }
        return .integer(value)
    }

    /// One array of integers, or integers.
    private static func numbers(_ arguments: Arguments) throws(EvaluationError) -> [Int64] {
        var values = arguments
        if arguments.count == 1, case .array(let elements) = arguments[0] {
            values = Arguments(function: arguments.function, elements)
        }
        guard values.count > 0 else { throw arguments.failure("the array must not be empty") }
        var numbers: [Int64] = []
        for index in values.values.indices { numbers.append(try values.integer(index)) }
        return numbers
    }
}
