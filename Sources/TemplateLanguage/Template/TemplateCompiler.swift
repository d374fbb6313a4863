import RelayModel

/// Reads the expressions of values.
enum TemplateCompiler {
    static func node(_ text: TemplateText) throws(EvaluationError) -> TemplateNode {
        switch text.value {
        case .string(let string):
            switch try read(string, at: text.place) {
            case .literal(let literal): return .literal(.string(literal))
            case .expression(let expression): return .expression(expression, text.place)
            }
        case .array:
            var nodes: [TemplateNode] = []
            for element in text.elements { nodes.append(try node(element)) }
            return array(nodes)
        case .object: return try object(text, members: text.members)
        default: return .literal(text.value)
        }
    }

    /// An object of some of its members.
    static func object(
        _ text: TemplateText, members: [(name: String, text: TemplateText)], opaque: String? = nil
    ) throws(EvaluationError) -> TemplateNode {
        var compiled: [TemplateNode.Member] = []
        var copies: [TemplateNode.PropertyCopy] = []
        for (name, member) in members {
            if name.equalsIgnoringCase("copy"), isCopy(member) {
                for element in member.elements { copies.append(try copy(element)) }
                continue
            }
            let isOpaque = opaque.map(name.equalsIgnoringCase) ?? false
            let nameReading = try read(name, at: member.place)
            let value = isOpaque ? .literal(member.value) : try node(member)
            switch nameReading {
            case .literal(let name):
                compiled.append(.init(name: name, nameExpression: nil, value: value, place: member.place))
            case .expression(let expression):
                compiled.append(.init(name: name, nameExpression: expression, value: value, place: member.place))
            }
        }
        return object(compiled, copies)
    }

    private static func read(_ string: String, at place: TemplatePlace) throws(EvaluationError) -> Expression.Reading {
        do {
            return try Expression.read(string)
        } catch {
            throw error.placed(place)
        }
    }

    private static func array(_ nodes: [TemplateNode]) -> TemplateNode {
        var values: [JSONValue] = []
        for node in nodes {
            guard case .literal(let value) = node else { return .array(nodes) }
            values.append(value)
        }
        return .literal(.array(values))
    }

    private static func object(
        _ members: [TemplateNode.Member], _ copies: [TemplateNode.PropertyCopy]
    ) -> TemplateNode {
        guard copies.isEmpty else { return .object(members, copies: copies) }
        var object = JSONObject()
        for member in members {
            guard member.nameExpression == nil, case .literal(let value) = member.value else {
                return .object(members, copies: [])
            }
            object.append(member.name, value)
        }
        return .literal(.object(object))
    }

    /// A property may have the name `copy`; a loop is an array of objects with name, count and input.
    private static func isCopy(_ text: TemplateText) -> Bool {
        guard let elements = text.value.array, !elements.isEmpty else { return false }
        return elements.allSatisfy { $0["name"]?.string != nil && $0["count"] != nil && $0["input"] != nil }
    }

    private static func copy(_ text: TemplateText) throws(EvaluationError) -> TemplateNode.PropertyCopy {
        guard let name = text["name"]?.value.string, let count = text["count"], let input = text["input"] else {
            throw .failure("A copy loop needs 'name', 'count' and 'input'", text.place)
        }
        return TemplateNode.PropertyCopy(
            name: name, count: try node(count), input: try node(input), place: text.place)
    }
}
