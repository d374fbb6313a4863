package import RelayModel
import Yams

/// YAML of files that people write, as the values that JSON has. Scalars stay text: whoever wants a number reads it.
package enum YAMLText {
    /// - Returns: `nil` for an empty document.
    /// - Throws: ``FileFailure`` when it is no YAML.
    package static func parse(_ text: String) throws(FileFailure) -> JSONValue? {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            // Its lines as one: line and column, what is wrong, and where.
            let lines = "\(error)".split(whereSeparator: \.isNewline)
            throw FileFailure(
                "it is not valid YAML: \(lines.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " "))"
            )
        }
        guard let node, !isEmpty(node) else { return nil }
        return value(node)
    }

    private static func isEmpty(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.string.isEmpty
    }

    private static func value(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, entry) in mapping { object.append(key.string ?? "", value(entry)) }
            return .object(object)
        case .sequence(let sequence): return .array(sequence.map(value))
        case .scalar(let scalar): return .string(scalar.string)
        default: return .null
        }
    }
}
