import RelayModel

/// Functions of arrays that also take texts or objects.
enum ArrayFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("length", 1...1, isGlance: true, length),
        .plain("empty", 1...1, isGlance: true, empty),
        .plain("first", 1...1, isGlance: true) { (arguments) throws(EvaluationError) in
            try edge(arguments, isLast: false)
        },
        .plain("last", 1...1, isGlance: true) { (arguments) throws(EvaluationError) in
            try edge(arguments, isLast: true)
        },
        .plain("contains", 2...2, contains),
        .plain("indexOf", 2...2) { (arguments) throws(EvaluationError) in try place(arguments, isLast: false) },
        .plain("lastIndexOf", 2...2) { (arguments) throws(EvaluationError) in try place(arguments, isLast: true) },
        .plain("skip", 2...2) { (arguments) throws(EvaluationError) in try part(arguments, isSkip: true) },
        .plain("take", 2...2) { (arguments) throws(EvaluationError) in try part(arguments, isSkip: false) },
    ]

    private static func length(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .string(let text): return JSONValue(text.utf16.count)
        case .array(let elements): return JSONValue(elements.count)
        case .object(let object): return JSONValue(object.count)
        default: throw arguments.mismatch(0, "an array, an object or a string")
        }
    }

    private static func empty(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .null: return true
        case .string(let text): return .bool(text.isEmpty)
        case .array(let elements): return .bool(elements.isEmpty)
        case .object(let object): return .bool(object.isEmpty)
        default: throw arguments.mismatch(0, "an array, an object or a string")
        }
    }

    private static func edge(_ arguments: Arguments, isLast: Bool) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .string(let text):
            let character = isLast ? text.last : text.first
            return .string(character.map { String($0) } ?? "")
        case .array(let elements): return (isLast ? elements.last : elements.first) ?? .null
        default: throw arguments.mismatch(0, "an array or a string")
        }
    }

    private static func contains(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .string(let text):
            let needle = Array(try arguments.text(1).utf16)
            return .bool(ByteSearch.place(of: needle, in: Array(text.utf16), isLast: false) != nil)
        case .array(let elements): return .bool(elements.contains { $0.isSame(as: arguments[1]) })
        case .object(let object): return .bool(object[try arguments.text(1)] != nil)
        default: throw arguments.mismatch(0, "an array, an object or a string")
        }
    }

    /// In texts without regard to case, in arrays with.
    private static func place(_ arguments: Arguments, isLast: Bool) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .string(let text):
            let needle = CaseFolded(try arguments.string(1)).units
            return JSONValue(ByteSearch.place(of: needle, in: CaseFolded(text).units, isLast: isLast) ?? -1)
        case .array(let elements):
            let isWanted = { (element: JSONValue) in element.isSame(as: arguments[1]) }
            let index = isLast ? elements.lastIndex(where: isWanted) : elements.firstIndex(where: isWanted)
            return JSONValue(index ?? -1)
        default: throw arguments.mismatch(0, "an array or a string")
        }
    }

    private static func part(_ arguments: Arguments, isSkip: Bool) throws(EvaluationError) -> JSONValue {
        let count = max(try arguments.count(1), 0)
        switch arguments[0] {
        case .string(let text):
            let units = text.utf16
            let bounded = min(count, units.count)
            return .string(
                UTF16Text.part(units, from: isSkip ? bounded : 0, count: isSkip ? units.count - bounded : bounded))
        case .array(let elements):
            return .array(Array(isSkip ? elements.dropFirst(count) : elements.prefix(count)))
        default: throw arguments.mismatch(0, "an array or a string")
        }
    }
}
