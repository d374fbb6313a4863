import RelayModel

/// Functions that make arrays, and those that join arrays or objects.
enum CollectionFunctions {
    private static let many = BuiltInFunction.argumentsMax
    /// Of `range`, as documented.
    private static let rangeMax: Int64 = 10_000

    static let all: [BuiltInFunction] = [
        .plain("array", 1...1) { (arguments) throws(EvaluationError) in
            arguments[0].array == nil ? .array([arguments[0]]) : arguments[0]
        },
        .plain("createArray", 0...many) { (arguments) throws(EvaluationError) in .array(arguments.values) },
        .plain("range", 2...2, range),
        .plain("flatten", 1...1, flatten),
        .plain("union", 1...many, union),
        .plain("intersection", 1...many, intersection),
        .plain("distinct", 1...1) { (arguments) throws(EvaluationError) in
            .array(distinct(try arguments.array(0)))
        },
        .plain("reverse", 1...1) { (arguments) throws(EvaluationError) in
            .array(try arguments.array(0).reversed())
        },
        .plain("indexFromEnd", 2...2, isGlance: true) { (arguments) throws(EvaluationError) in
            guard let value = try fromEnd(arguments) else {
                throw arguments.failure("the index '\(try arguments.integer(1))' is out of bounds")
            }
            return value
        },
        .plain("tryIndexFromEnd", 2...2, isGlance: true) { (arguments) throws(EvaluationError) in
            try fromEnd(arguments) ?? .null
        },
    ]

    private static func range(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let start = try arguments.integer(0)
        let count = try arguments.integer(1)
        guard (0...rangeMax).contains(count) else {
            throw arguments.failure("the count must be between '0' and '\(rangeMax)' and is '\(count)'")
        }
        let (end, overflows) = start.addingReportingOverflow(count)
        guard !overflows, end <= Int64(Int32.max) else {
            throw arguments.failure("the sum of start index and count must not be larger than '\(Int32.max)'")
        }
        return .array((start..<end).map { .integer($0) })
    }

    private static func flatten(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        var elements: [JSONValue] = []
        for value in try arguments.array(0) {
            guard case .array(let inner) = value else { throw arguments.mismatch(0, "an array of arrays") }
            elements += inner
            guard elements.count <= EvaluationBudget.elementsMax else { throw .limit("elements of an array") }
        }
        return .array(elements)
    }

    private static func fromEnd(_ arguments: Arguments) throws(EvaluationError) -> JSONValue? {
        let elements = try arguments.array(0)
        let index = try arguments.count(1)
        return index >= 1 && index <= elements.count ? elements[elements.count - index] : nil
    }

    private static func union(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        if case .array = arguments[0] {
            var elements: [JSONValue] = []
            for index in arguments.values.indices {
                elements += try arguments.array(index)
                guard elements.count <= EvaluationBudget.elementsMax else { throw .limit("elements of an array") }
            }
            return .array(distinct(elements))
        }
        var result = ObjectBuilder(try arguments.object(0))
        for index in arguments.values.indices.dropFirst() { result.merge(try arguments.object(index)) }
        return .object(result.object)
    }

    private static func intersection(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        if case .array(let first) = arguments[0] {
            var elements = distinct(first)
            for index in arguments.values.indices.dropFirst() {
                let others = Set(try arguments.array(index).map(\.canonical))
                elements.removeAll { !others.contains($0.canonical) }
            }
            return .array(elements)
        }
        var members = try arguments.object(0).members
        for index in arguments.values.indices.dropFirst() {
            let other = ObjectBuilder(try arguments.object(index))
            members.removeAll { member in !(other[member.name]?.isSame(as: member.value) ?? false) }
        }
        return .object(members.reduce(into: JSONObject()) { $0.append($1.name, $1.value) })
    }

    private static func distinct(_ elements: [JSONValue]) -> [JSONValue] {
        var seen: Set<JSONValue> = []
        return elements.filter { seen.insert($0.canonical).inserted }
    }
}

extension JSONValue {
    /// Equal for values that say the same.
    var canonical: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let object): .object(object.sortedByName)
        default: self
        }
    }
}
