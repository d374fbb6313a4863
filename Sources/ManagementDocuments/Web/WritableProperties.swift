import RelayModel

/// Which members of `properties` a client may set. Read-only ones are dropped, known ones must have their type and get
/// their usual spelling, and others are kept as they were sent.
struct WritableProperties: Sendable {
    private enum Kind: Sendable {
        case bool
        case int
        case string
        case object
    }

    private let known: [String: (name: String, kind: Kind)]
    private let readOnly: Set<String>

    /// The others are members that the caller reads itself or that only the server sets.
    init(bools: [String], ints: [String], strings: [String], objects: [String], others: [String]) {
        var known: [String: (name: String, kind: Kind)] = [:]
        let kinds: [(names: [String], kind: Kind)] = [
            (bools, .bool), (ints, .int), (strings, .string), (objects, .object),
        ]
        for (names, kind) in kinds {
            for name in names { known[name.asciiLowercased] = (name, kind) }
        }
        self.known = known
        readOnly = Set(others.map(\.asciiLowercased))
    }

    /// The members of a body's `properties` that are to be kept; `null` for one that was sent as `null`.
    /// - Throws: `ServiceError` with `invalidRequestContent` when a known member has the wrong type.
    func parse(_ body: JSONValue) throws(ServiceError) -> JSONObject {
        let reader = try DocumentReader(body).object("properties")
        var kept = JSONObject()
        for member in body["properties"]?.object?.members ?? [] {
            let key = member.name.asciiLowercased
            guard !readOnly.contains(key) else { continue }
            guard let (name, kind) = known[key], !member.value.isNull else {
                kept[member.name] = member.value
                continue
            }
            kept[name] =
                switch kind {
                case .bool: try reader.bool(name).map { .bool($0) }
                case .int: try reader.int(name).map { JSONValue($0) }
                case .string: try reader.string(name).map { .string($0) }
                case .object: try reader.checkedObject(name)
                }
        }
        return kept
    }
}

extension DocumentReader {
    /// An object as it was sent.
    fileprivate func checkedObject(_ name: String) throws(ServiceError) -> JSONValue? {
        _ = try object(name)
        return json(name)
    }
}
