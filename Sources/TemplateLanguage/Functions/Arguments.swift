import RelayModel

/// The values that a function was called with, and complaints about them in ARM's words.
struct Arguments {
    /// As written in the template.
    let function: String
    let values: [JSONValue]

    init(function: String, _ values: [JSONValue]) {
        self.function = function
        self.values = values
    }

    var count: Int { values.count }

    subscript(index: Int) -> JSONValue { values.indices.contains(index) ? values[index] : .null }

    func string(_ index: Int) throws(EvaluationError) -> String {
        guard case .string(let text) = self[index] else { throw mismatch(index, "a string") }
        return text
    }

    func integer(_ index: Int) throws(EvaluationError) -> Int64 {
        guard case .integer(let integer) = self[index] else { throw mismatch(index, "an integer") }
        return integer
    }

    /// A number for counting and indexing; numbers beyond all counts are the largest or smallest count.
    func count(_ index: Int) throws(EvaluationError) -> Int { Int(clamping: try integer(index)) }

    func bool(_ index: Int) throws(EvaluationError) -> Bool {
        guard case .bool(let bool) = self[index] else { throw mismatch(index, "a boolean") }
        return bool
    }

    func array(_ index: Int) throws(EvaluationError) -> [JSONValue] {
        guard case .array(let array) = self[index] else { throw mismatch(index, "an array") }
        return array
    }

    func object(_ index: Int) throws(EvaluationError) -> JSONObject {
        guard case .object(let object) = self[index] else { throw mismatch(index, "an object") }
        return object
    }

    /// A text, also of a number or a Boolean, as functions take it that join texts.
    func text(_ index: Int) throws(EvaluationError) -> String {
        switch self[index] {
        case .string(let text), .number(let text): return text
        case .integer(let integer): return String(integer)
        case .bool(let bool): return bool ? "True" : "False"
        default: throw mismatch(index, "a string, an integer or a boolean")
        }
    }

    func mismatch(_ index: Int, _ wanted: String) -> EvaluationError {
        let which = count <= 1 ? "parameter" : "parameter number '\(index + 1)'"
        return .failure(
            "The template language function '\(function)' expects its \(which) to be \(wanted). The provided "
                + "value is of "
                + "type '\(self[index].templateType)'. "
                + "Please see https://aka.ms/arm-resource-functions/#\(function) for usage details.")
    }

    func failure(_ rule: String) -> EvaluationError { .function(function, rule) }

    /// Makes sure that a text of so many bytes may be made, before it is.
    func checkLength(_ length: Int) throws(EvaluationError) {
        guard length <= EvaluationBudget.weightMax else { throw .limit("the length of a string") }
    }

    func checkLength(_ factor: Int, times other: Int) throws(EvaluationError) {
        let (product, overflows) = factor.multipliedReportingOverflow(by: other)
        try checkLength(overflows ? .max : product)
    }
}
