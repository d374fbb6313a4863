import RelayModel

/// Functions of objects.
enum ObjectFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("createObject", 0...many, createObject),
        .plain("items", 1...1) { (arguments) throws(EvaluationError) in
            let members = try arguments.object(0).members.sorted { $0.name < $1.name }
            return .array(members.map { ["key": .string($0.name), "value": $0.value] })
        },
        .plain("objectKeys", 1...1) { (arguments) throws(EvaluationError) in
            .array(try arguments.object(0).members.map { .string($0.name) })
        },
        .plain("shallowMerge", 1...1, shallowMerge),
        .plain("tryGet", 2...many, isGlance: true, tryGet),
    ]

    private static func createObject(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        guard arguments.count.isMultiple(of: 2) else {
            throw arguments.failure("the function expects an even number of parameters: pairs of key and value")
        }
        var result = ObjectBuilder()
        for index in stride(from: 0, to: arguments.count, by: 2) {
            result[try arguments.string(index)] = arguments[index + 1]
        }
        return .object(result.object)
    }

    private static func shallowMerge(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        var result = ObjectBuilder()
        for value in try arguments.array(0) {
            guard case .object(let object) = value else { throw arguments.mismatch(0, "an array of objects") }
            for member in object.members { result[member.name] = member.value }
        }
        return .object(result.object)
    }

    /// Keys and indexes, one after the other; null where one of them is not there.
    private static func tryGet(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        var value = arguments[0]
        for key in arguments.values.dropFirst() {
            value = try MemberAccess.value(of: value, key: key, isSafe: true)
        }
        return value
    }
}
