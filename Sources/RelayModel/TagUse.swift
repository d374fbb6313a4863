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

    public init(name: String) {
        self.name = name
    }

    /// Shows the value even when nothing has it.
    public mutating func propose(_ value: String) {
        guard !values.contains(where: { $0.value == value }) else { return }
        values.append(Value(value: value, count: 0))
    }

    /// Counts one resource that has the tag with that value.
    public mutating func add(_ value: String) {
        count += 1
        if let index = values.firstIndex(where: { $0.value == value }) {
            values[index].count += 1
        } else {
            values.append(Value(value: value, count: 1))
        }
    }
}
