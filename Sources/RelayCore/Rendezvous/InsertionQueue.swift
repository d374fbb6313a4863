/// Values in the order in which they came, any of which can leave at any time; both cost the same however many there are.
struct InsertionQueue<Value: Sendable>: Sendable {
    private struct Slot {
        var value: Value?
        var previous: Int
        var next: Int
    }

    private static var none: Int { -1 }
    /// Room for more values than this is given back when the last value has left.
    private static var keptSlotsMax: Int { 256 }

    private var slots: [Slot] = []
    private var firstIndex = none
    private var lastIndex = none
    private var freeIndex = none
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The place of the oldest value.
    var oldest: Int? { firstIndex == Self.none ? nil : firstIndex }

    /// The place of the value that came after the one at a place.
    func place(after index: Int) -> Int? {
        let next = slots[index].next
        return next == Self.none ? nil : next
    }

    /// - Parameter index: a place that ``insert(_:)`` gave and ``remove(at:)`` did not take yet.
    subscript(index: Int) -> Value? {
        get { slots.indices.contains(index) ? slots[index].value : nil }
        set {
            guard slots.indices.contains(index), slots[index].value != nil, let newValue else { return }
            slots[index].value = newValue
        }
    }

    /// Puts a value at the end.
    /// - Returns: its place until it is removed; later values may get the same one.
    mutating func insert(_ value: Value) -> Int {
        let slot = Slot(value: value, previous: lastIndex, next: Self.none)
        let index: Int
        if freeIndex == Self.none {
            index = slots.count
            slots.append(slot)
        } else {
            index = freeIndex
            freeIndex = slots[index].next
            slots[index] = slot
        }
        if lastIndex == Self.none { firstIndex = index } else { slots[lastIndex].next = index }
        lastIndex = index
        count += 1
        return index
    }

    mutating func remove(at index: Int) -> Value? {
        guard slots.indices.contains(index), let value = slots[index].value else { return nil }
        let slot = slots[index]
        if slot.previous == Self.none { firstIndex = slot.next } else { slots[slot.previous].next = slot.next }
        if slot.next == Self.none { lastIndex = slot.previous } else { slots[slot.next].previous = slot.previous }
        slots[index] = Slot(value: nil, previous: Self.none, next: freeIndex)
        freeIndex = index
        count -= 1
        if count == 0, slots.count > Self.keptSlotsMax { self = InsertionQueue() }
        return value
    }
}
