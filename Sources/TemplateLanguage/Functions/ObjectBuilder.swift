import RelayModel

/// An object that grows by names: each look-up costs the same however many members there are. Names ignore case.
struct ObjectBuilder {
    private var names: [String] = []
    private var values: [JSONValue] = []
    private var places: [String: Int] = [:]

    init() {}

    init(_ object: JSONObject) {
        for member in object.members { self[member.name] = member.value }
    }

    subscript(name: String) -> JSONValue? {
        get { places[name.asciiLowercased].map { values[$0] } }
        set {
            guard let newValue else { return }
            let key = name.asciiLowercased
            if let place = places[key] {
                values[place] = newValue
            } else {
                places[key] = values.count
                names.append(name)
                values.append(newValue)
            }
        }
    }

    /// Takes members over; objects on both sides are merged, all else is replaced.
    mutating func merge(_ other: JSONObject) {
        for member in other.members {
            guard case .object(let mine)? = self[member.name], case .object(let theirs) = member.value else {
                self[member.name] = member.value
                continue
            }
            var merged = ObjectBuilder(mine)
            merged.merge(theirs)
            self[member.name] = .object(merged.object)
        }
    }

    var object: JSONObject {
        zip(names, values).reduce(into: JSONObject()) { $0.append($1.0, $1.1) }
    }
}
