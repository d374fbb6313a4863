/// How often one tag name is used in a subscription, and with which values; those that the subscription proposes stand
/// there unused, too.
public struct TagUse: Sendable, Hashable {
    public struct Value: Sendable, Hashable {
        public var value: String
        public var count: Int

        public init(value: String, count: Int) {
            self.value = value
            self.count = count
        }
    }

    public let name: String
    public private(set) var count = 0
    /// In the order in which they were found.
    public private(set) var values: [Value] = []
    /// Places in ``values`` by the bytes of the value: texts that only look alike are two.
    private var places: [[UInt8]: Int] = [:]

    public init(name: String) {
        self.name = name
    }

    /// Shows the value even when nothing has it.
    public mutating func propose(_ value: String) {
        _ = place(of: value)
    }

    /// Counts resources that have the tag with that value.
    public mutating func add(_ value: String, count added: Int = 1) {
        count += added
        values[place(of: value)].count += added
    }

    /// The value; `nil` when nothing has it and it is not proposed.
    public subscript(value: String) -> Value? { places[Array(value.utf8)].map { values[$0] } }

    private mutating func place(of value: String) -> Int {
        let key = Array(value.utf8)
        if let place = places[key] { return place }
        places[key] = values.count
        values.append(Value(value: value, count: 0))
        return values.count - 1
    }
}
