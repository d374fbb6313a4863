import RelayModel

/// How much one evaluation may do and make: templates come from callers, and a few lines can ask for a year of work.
struct EvaluationBudget {
    /// Calls and elements.
    static let stepsMax = 2_000_000
    /// Bytes of one string or of all that one value holds.
    static let weightMax = 4 * 1024 * 1024
    /// Elements of one array.
    static let elementsMax = 100_000
    /// What an element or member weighs beside its text.
    static let elementWeight = 32

    /// Levels of arrays and objects in one value.
    static let depthMax = 128

    private(set) var steps = 0

    mutating func spend(_ count: Int) throws(EvaluationError) {
        steps += min(max(count, 0), Self.stepsMax)
        guard steps <= Self.stepsMax else { throw .limit("evaluation steps ('\(Self.stepsMax)')") }
    }

    /// Pays for a value that a function made. Values share their parts in memory, so few calls can build what would
    /// take gigabytes as text; that is why the whole value is weighed and not only what is new.
    mutating func charge(_ value: JSONValue) throws(EvaluationError) {
        switch value {
        case .null, .bool, .integer, .number: return
        case .string(let text):
            guard text.utf8.count <= Self.weightMax else { throw .limit("the length of a string") }
            try spend(text.utf8.count / 64)
        case .array, .object:
            var weight = 0
            var count = 0
            try Self.weigh(value, &weight, &count)
            try spend(count)
        }
    }

    /// Pays for reading a value.
    mutating func pay(reading value: JSONValue) throws(EvaluationError) {
        switch value {
        case .null, .bool, .integer, .number: return
        case .string(let text): try spend(text.utf8.count / 64)
        case .array, .object:
            var weight = 0
            var count = 0
            try Self.weigh(value, &weight, &count)
            try spend(count / 4)
        }
    }

    /// Pays for one look into a value.
    mutating func pay(lookingInto value: JSONValue) throws(EvaluationError) {
        if case .object(let object) = value { try spend(object.count / 16) }
    }

    /// What the value weighs as a document.
    static func weight(_ value: JSONValue) throws(EvaluationError) -> Int {
        var weight = 0
        var count = 0
        try weigh(value, &weight, &count)
        return weight
    }

    private static func weigh(
        _ value: JSONValue, _ weight: inout Int, _ count: inout Int, depth: Int = 0
    ) throws(EvaluationError) {
        guard depth <= depthMax else { throw .limit("the nesting of a value ('\(depthMax)' levels)") }
        count += 1
        weight += elementWeight
        switch value {
        case .null, .bool, .integer: break
        case .number(let text), .string(let text): weight += text.utf8.count
        case .array(let elements):
            guard elements.count <= elementsMax else { throw .limit("elements of an array ('\(elementsMax)')") }
            for element in elements { try weigh(element, &weight, &count, depth: depth + 1) }
        case .object(let object):
            for member in object.members {
                weight += member.name.utf8.count
                try weigh(member.value, &weight, &count, depth: depth + 1)
            }
        }
        guard weight <= weightMax else { throw .limit("the size of a value ('\(weightMax)' bytes)") }
    }
}
