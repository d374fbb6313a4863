/// One JSON value. Objects keep the order of their members; numbers keep the text that they were written with.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A whole number that fits 64 bits.
    case integer(Int64)
    /// Any other number, as written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in their order. Look-up by name ignores case, because the management API matches
/// property names without regard to it (published example bodies spell `hostName`, answers spell `hostname`).
public struct JSONObject: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: JSONValue
    }

    public private(set) var members: [Member]

    public init() {
        members = []
    }

    package init(members: [Member]) {
        self.members = members
    }

    public subscript(name: String) -> JSONValue? {
        get { index(of: name).map { members[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    public var isEmpty: Bool { members.isEmpty }
    public var count: Int { members.count }

    /// Adds a member without looking for one of the same name; for documents that are built once.
    public mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }

    private func index(of name: String) -> Int? {
        members.firstIndex { $0.name == name } ?? members.firstIndex { $0.name.equalsIgnoringCase(name) }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0.0, value: $0.1) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(members: elements.map { JSONObject.Member(name: $0.0, value: $0.1) }))
    }
}

extension JSONValue {
    public init(_ value: String) { self = .string(value) }
    public init(_ value: Bool) { self = .bool(value) }
    public init(_ value: Int) { self = .integer(Int64(value)) }
    /// A string, or `null` where there is none.
    public init(_ value: String?) { self = value.map(JSONValue.string) ?? .null }

    /// The member of that name when this is an object.
    public subscript(name: String) -> JSONValue? { object?[name] }
    /// The element at that place when this is an array that has it.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    public var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }
    public var array: [JSONValue]? {
        guard case .array(let array) = self else { return nil }
        return array
    }
    public var string: String? {
        guard case .string(let string) = self else { return nil }
        return string
    }
    public var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }
    public var integer: Int64? {
        guard case .integer(let integer) = self else { return nil }
        return integer
    }
    public var isNull: Bool { self == .null }

    /// What kind of value this is, for error messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a Boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
