import RelayModel

/// The types of parameters and outputs.
package enum ParameterType: String, Sendable, CaseIterable {
    case string
    case secureString = "securestring"
    case int
    case bool
    case object
    case secureObject = "secureobject"
    case array

    init?(_ text: String) {
        self.init(rawValue: text.asciiLowercased)
    }

    /// As documents of deployments write it.
    package var documentName: String {
        switch self {
        case .string: "String"
        case .secureString: "SecureString"
        case .int: "Int"
        case .bool: "Bool"
        case .object: "Object"
        case .secureObject: "SecureObject"
        case .array: "Array"
        }
    }

    /// Whether values are never shown.
    package var isSecure: Bool { self == .secureString || self == .secureObject }

    /// The kinds of JSON that ARM's message names.
    var expected: String {
        switch self {
        case .string, .secureString: "String, Uri"
        case .int: "Integer"
        case .bool: "Boolean"
        case .object, .secureObject: "Object"
        case .array: "Array"
        }
    }

    func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string, .string), (.secureString, .string), (.int, .integer), (.bool, .bool), (.object, .object),
            (.secureObject, .object), (.array, .array):
            true
        default: false
        }
    }

    /// The type that a value without a declared one has.
    init(of value: JSONValue) {
        self =
            switch value {
            case .null, .string, .number: .string
            case .bool: .bool
            case .integer: .int
            case .array: .array
            case .object: .object
            }
    }

    static func document(_ value: JSONValue, of type: ParameterType?) -> JSONValue {
        (type ?? ParameterType(of: value)).document(value)
    }

    /// The value as documents show it: with its type, and without a secret.
    func document(_ value: JSONValue) -> JSONValue {
        isSecure
            ? ["type": .string(documentName)] : ["type": .string(documentName), "value": value]
    }
}
