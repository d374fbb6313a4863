/// Things to happen, the earliest first; of those at one moment, the one that was put in first.
struct EventQueue {
    private struct Entry {
        var time: Int
        var number: Int
        var action: () -> Void

        func precedes(_ other: Entry) -> Bool {
            time == other.time ? number < other.number : time < other.time
        }
    }

    private var heap: [Entry] = []
    private var count = 0

    mutating func insert(at time: Int, _ action: @escaping () -> Void) {
        heap.append(Entry(time: time, number: count, action: action))
        count += 1
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].precedes(heap[parent]) else { break }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    mutating func removeFirst() -> (time: Int, action: () -> Void)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.action) }
        heap[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].precedes(heap[smallest]) { smallest = child }
            }
            guard smallest != index else { break }
            heap.swapAt(index, smallest)
            index = smallest
        }
        return (first.time, first.action)
    }
}
