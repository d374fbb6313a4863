package import RelayModel

/// Reads the fields of one JSON object of a request body. Names are matched without regard to case; `null` counts as
/// absent; unknown fields are ignored. A field of the wrong type is an error that names it.
package struct DocumentReader {
    private let object: JSONObject
    /// Where the object stands in the body, for error targets: empty for the body itself.
    private let path: String

    /// - Throws: `ServiceError` with `invalidRequestContent` when the body is no object.
    package init(_ body: JSONValue) throws(ServiceError) {
        guard let object = body.object else {
            throw ServiceError(
                .invalidRequestContent, "The request content was invalid: it must be a JSON object and is \(body.kind)."
            )
        }
        try self.init(object: object, path: "")
    }

    /// Two names that differ only in case would be one field with two values.
    private init(object: JSONObject, path: String) throws(ServiceError) {
        var names: Set<String> = []
        for member in object.members where !names.insert(member.name.asciiLowercased).inserted {
            throw ServiceError(
                .invalidRequestContent,
                "The request content was invalid: the property '\(NameRule.shown(member.name))' stands there twice; names are "
                    + "matched without regard to case.",
                target: path.isEmpty ? member.name : "\(path).\(member.name)"
            )
        }
        self.object = object
        self.path = path
    }

    package func has(_ name: String) -> Bool { value(name) != nil }

    /// The field as it stands, for parts that are kept without being understood.
    package func json(_ name: String) -> JSONValue? { value(name) }

    package func string(_ name: String) throws(ServiceError) -> String? {
        guard let value = value(name) else { return nil }
        guard let string = value.string else { throw wrongType(name, "a string", value) }
        return string
    }

    /// - Throws: also when the field is missing or empty.
    package func requiredString(_ name: String) throws(ServiceError) -> String {
        guard let string = try string(name), !string.isEmpty else { throw missing(name) }
        return string
    }

    package func bool(_ name: String) throws(ServiceError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw wrongType(name, "a Boolean", value) }
        return bool
    }

    /// A whole number; some clients send it as a string of digits.
    package func int(_ name: String) throws(ServiceError) -> Int? {
        guard let value = value(name) else { return nil }
        if let integer = value.integer, let int = Int(exactly: integer) { return int }
        if let text = value.string, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let int = Int(text)
        {
            return int
        }
        throw wrongType(name, "a whole number", value)
    }

    package func enumeration<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Value.Type
    ) throws(ServiceError) -> Value? where Value.RawValue == String {
        guard let text = try string(name) else { return nil }
        if let found = type.allCases.first(where: { $0.rawValue.equalsIgnoringCase(text) }) { return found }
        let allowed = type.allCases.map(\.rawValue).joined(separator: ", ")
        throw ServiceError(
            .badRequest, "The value '\(NameRule.shown(text))' of '\(target(name))' is none of \(allowed).",
            target: target(name)
        )
    }

    /// The object in that field; an empty one when it is absent.
    package func object(_ name: String) throws(ServiceError) -> DocumentReader {
        guard let value = value(name) else { return try DocumentReader(object: JSONObject(), path: target(name)) }
        guard let object = value.object else { throw wrongType(name, "an object", value) }
        return try DocumentReader(object: object, path: target(name))
    }

    package func array(_ name: String) throws(ServiceError) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let array = value.array else { throw wrongType(name, "an array", value) }
        return array
    }

    package func strings(_ name: String) throws(ServiceError) -> [String]? {
        guard let array = try array(name) else { return nil }
        var strings: [String] = []
        for element in array {
            guard let string = element.string else { throw wrongType(name, "an array of strings", element) }
            strings.append(string)
        }
        return strings
    }

    /// The objects of an array field, each with its place for error targets.
    package func objects(_ name: String) throws(ServiceError) -> [DocumentReader]? {
        guard let array = try array(name) else { return nil }
        var readers: [DocumentReader] = []
        for (index, element) in array.enumerated() {
            guard let object = element.object else { throw wrongType("\(name)[\(index)]", "an object", element) }
            readers.append(try DocumentReader(object: object, path: "\(target(name))[\(index)]"))
        }
        return readers
    }

    /// `tags`: an object of strings; `nil` when it is absent.
    package func tags(_ name: String = "tags") throws(ServiceError) -> Tags? {
        guard let value = value(name) else { return nil }
        guard let object = value.object else { throw wrongType(name, "an object", value) }
        var entries: [Tags.Tag] = []
        for member in object.members {
            guard let text = member.value.string ?? (member.value.isNull ? "" : nil) else {
                throw wrongType("\(name).\(NameRule.shown(member.name))", "a string", member.value)
            }
            entries.append(Tags.Tag(name: member.name, value: text))
        }
        return try Tags(entries)
    }

    /// Accepts `provisioningState` when it repeats what the server answers, as a GET followed by a PUT does.
    package func checkProvisioningState() throws(ServiceError) {
        guard let state = try string("provisioningState"), !state.equalsIgnoringCase("Succeeded") else { return }
        throw ServiceError(
            .badRequest,
            "provisioningState is read-only: it is Succeeded and cannot be set to '\(NameRule.shown(state))'.",
            target: target("provisioningState")
        )
    }

    package func missing(_ name: String) -> ServiceError {
        ServiceError(.badRequest, "The property '\(target(name))' is required.", target: target(name))
    }

    private func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func target(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func wrongType(_ name: String, _ wanted: String, _ value: JSONValue) -> ServiceError {
        ServiceError(
            .invalidRequestContent,
            "The request content was invalid: '\(target(name))' must be \(wanted) and is \(value.kind).",
            target: target(name)
        )
    }
}
