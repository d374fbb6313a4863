import RelayModel

/// Holds values against types.
struct ValueCheck {
    /// The parameter, for messages.
    let name: String
    let definitions: ValueType.Definitions
    let subject: TemplateSubject
    /// Where the whole value stands, when it was not read from text itself.
    let place: TemplatePlace?

    /// Holds the value, and all that is in it, against the type. `path` is the way to it from the whole value,
    /// `.rules[2]`; `isSecure` says whether what is around it is a secret.
    func check(
        _ value: TemplateText, _ type: ValueType, path: String = "", isSecure: Bool = false
    ) throws(TemplateError) {
        let chain = try type.chain(definitions, subject)
        if value.value.isNull, chain.contains(where: \.isNullable) { return }
        let shape = chain[chain.count - 1]
        let isSecure = isSecure || shape.type?.isSecure ?? false
        if let kind = shape.type, !kind.accepts(value.value) {
            throw .invalid(
                "Template parameter JToken type is not valid. Expected '\(kind.expected)'. Actual "
                    + "'\(value.value.templateType)'."
                    + (path.isEmpty ? "" : " Path '\(NameRule.shown(name + path))'.")
                    + " Please see https://aka.ms/arm-create-parameter-file for usage details.",
                at: place ?? value.place)
        }
        for type in chain { try checkRules(value, type, path, isSecure) }
        switch value.value {
        case .object: try checkMembers(value, shape, path, isSecure)
        case .array: try checkElements(value, shape, path, isSecure)
        default: break
        }
    }

    private func checkRules(
        _ value: TemplateText, _ type: ValueType, _ path: String, _ isSecure: Bool
    ) throws(TemplateError) {
        try checkAllowed(value, type, path, isSecure)
        switch value.value {
        case .string(let text): try checkLength(text.utf16.count, type, value, path)
        case .array(let elements): try checkLength(elements.count, type, value, path)
        case .integer(let integer):
            if integer < type.values.lowerBound {
                throw invalid("The value should be greater than or equal to '\(type.values.lowerBound)'", value, path)
            }
            if integer > type.values.upperBound {
                throw invalid("The value should be less than or equal to '\(type.values.upperBound)'", value, path)
            }
        default: break
        }
    }

    private func checkAllowed(
        _ value: TemplateText, _ type: ValueType, _ path: String, _ isSecure: Bool
    ) throws(TemplateError) {
        guard let allowed = type.allowedValues, !type.allowedForms.contains(value.value.canonical) else { return }
        // For an array, each of its elements may be one of those that are allowed.
        if case .array(let elements) = value.value,
            elements.allSatisfy({ type.allowedForms.contains($0.canonical) })
        {
            return
        }
        let shown = isSecure ? "***" : Self.shown(value.value)
        let list = allowed.prefix(50).map(Self.shown).joined(separator: ",")
        throw .invalid(
            "The provided value '\(shown)' for the template parameter '\(NameRule.shown(name + path))' is not valid. "
                + "The value '\(shown)' is not part of the allowed value(s): '\(list)'.", at: place ?? value.place)
    }

    private func checkLength(
        _ length: Int, _ type: ValueType, _ value: TemplateText, _ path: String
    ) throws(TemplateError) {
        if Int64(length) < type.lengths.lowerBound {
            throw invalid(
                "Length of the value should be greater than or equal to '\(type.lengths.lowerBound)'", value, path)
        }
        if Int64(length) > type.lengths.upperBound {
            throw invalid(
                "Length of the value should be less than or equal to '\(type.lengths.upperBound)'", value, path)
        }
    }

    // MARK: What is in it

    /// The types of an object's members: its own, or those of the type that one of its members names.
    private func shape(
        of value: TemplateText, _ type: ValueType, _ path: String
    ) throws(TemplateError) -> ValueType {
        guard let discriminator = type.discriminator else { return type }
        let text = value[discriminator.name]?.value.string
        guard let text, let found = discriminator.types[text] else {
            let list = discriminator.types.keys.sorted().prefix(50).joined(separator: ",")
            throw invalid(
                "The property '\(NameRule.shown(discriminator.name))' must be one of '\(list)'", value, path)
        }
        let chain = try found.chain(definitions, subject)
        return chain[chain.count - 1]
    }

    private func checkMembers(
        _ value: TemplateText, _ type: ValueType, _ path: String, _ isSecure: Bool
    ) throws(TemplateError) {
        let shape = try shape(of: value, type, path)
        for member in shape.members {
            let inner = "\(path).\(member.name)"
            if let found = value[member.name] {
                try check(found, member.type, path: inner, isSecure: isSecure)
            } else if try !member.type.chain(definitions, subject).contains(where: \.isNullable) {
                throw invalid("The property '\(NameRule.shown(member.name))' is required", value, path)
            }
        }
        if case .anything = shape.otherMembers { return }
        let known = Set(shape.members.map(\.name.asciiLowercased))
        let others = value.members.filter { !known.contains($0.name.asciiLowercased) }
        for (name, member) in others {
            switch shape.otherMembers {
            case .anything: break
            case .nothing:
                if let discriminator = type.discriminator, name.equalsIgnoringCase(discriminator.name) { continue }
                throw invalid("The property '\(NameRule.shown(name))' is not permitted", value, path)
            case .of(let type): try check(member, type, path: "\(path).\(name)", isSecure: isSecure)
            }
        }
    }

    private func checkElements(
        _ value: TemplateText, _ type: ValueType, _ path: String, _ isSecure: Bool
    ) throws(TemplateError) {
        let elements = value.elements
        guard elements.count >= type.firstElements.count else {
            throw invalid("It needs at least \(type.firstElements.count) element(s)", value, path)
        }
        for (index, element) in elements.enumerated() {
            let inner = "\(path)[\(index)]"
            if index < type.firstElements.count {
                try check(element, type.firstElements[index], path: inner, isSecure: isSecure)
                continue
            }
            switch type.otherElements {
            case .anything: return
            case .nothing: throw invalid("It may have \(type.firstElements.count) element(s)", value, path)
            case .of(let type): try check(element, type, path: inner, isSecure: isSecure)
            }
        }
    }

    private func invalid(_ rule: String, _ value: TemplateText, _ path: String) -> TemplateError {
        .invalid(
            "The provided value for the template parameter '\(NameRule.shown(name + path))' is not valid. \(rule). "
                + "Please see https://aka.ms/arm-create-parameter-file for usage details.", at: place ?? value.place)
    }

    private static func shown(_ value: JSONValue) -> String { NameRule.shown(value.string ?? value.text) }
}

extension ValueType {
    /// The value without the secrets that the type names inside of it: they become `null`.
    func withoutSecrets(_ value: JSONValue, _ definitions: Definitions) -> JSONValue {
        guard let shape = shape(definitions) else { return .null }
        if shape.type?.isSecure ?? false { return .null }
        switch value {
        case .object(let object):
            var members = shape
            if let discriminator = shape.discriminator, let text = object.value(named: discriminator.name)?.string,
                let found = discriminator.types[text]?.shape(definitions)
            {
                members = found
            }
            return .object(members.withoutSecrets(object, definitions))
        case .array(let elements):
            return .array(
                elements.enumerated().map { index, element in
                    if index < shape.firstElements.count {
                        return shape.firstElements[index].withoutSecrets(element, definitions)
                    }
                    guard case .of(let type) = shape.otherElements else { return element }
                    return type.withoutSecrets(element, definitions)
                })
        default: return value
        }
    }

    private func withoutSecrets(_ object: JSONObject, _ definitions: Definitions) -> JSONObject {
        let types = Dictionary(members.map { ($0.name.asciiLowercased, $0.type) }) { first, _ in first }
        return JSONObject(
            members: object.members.map { member in
                var member = member
                var type = types[member.name.asciiLowercased]
                if type == nil, case .of(let other) = otherMembers { type = other }
                if let type { member.value = type.withoutSecrets(member.value, definitions) }
                return member
            })
    }

    /// The type that this one is in the end; `nil` when that is not to be found.
    private func shape(_ definitions: Definitions) -> ValueType? {
        var type = self
        for _ in 0..<TemplateLimits.referencesMax {
            guard let name = type.reference else { return type }
            guard let next = definitions[name] else { return nil }
            type = next
        }
        return nil
    }
}

extension JSONObject {
    fileprivate func value(named name: String) -> JSONValue? {
        members.first { $0.name.equalsIgnoringCase(name) }?.value
    }
}
