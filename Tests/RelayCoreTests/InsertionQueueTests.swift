import Testing

@testable import RelayCore

struct InsertionQueueTests {
    @Test func `values leave in the order in which they came, whatever was removed between`() {
        var queue = InsertionQueue<Int>()
        var expected: [(place: Int, value: Int)] = []
        var generator = SeededGenerator(seed: 3)

        for value in 0..<5000 {
            if expected.isEmpty || Int.random(in: 0..<100, using: &generator) < (value < 2500 ? 60 : 40) {
                expected.append((queue.insert(value), value))
            } else {
                let index = Int.random(in: 0..<expected.count, using: &generator)
                let removed = expected.remove(at: index)
                #expect(queue.remove(at: removed.place) == removed.value)
                #expect(queue.remove(at: removed.place) == nil)
            }
            #expect(queue.count == expected.count)
            #expect(queue.oldest.flatMap { queue[$0] } == expected.first?.value)
        }

        var values: [Int] = []
        var next = queue.oldest
        while let place = next {
            values += [queue[place]].compactMap(\.self)
            next = queue.place(after: place)
        }
        #expect(values == expected.map(\.value))
    }

    @Test func `a place that was never given is empty`() {
        var queue = InsertionQueue<Int>()
        let place = queue.insert(1)

        #expect(queue[place + 1] == nil)
        #expect(queue[-1] == nil)
        #expect(queue.remove(at: 7) == nil)
        #expect(queue.remove(at: place) == 1)
        #expect(queue.isEmpty && queue.oldest == nil)
    }
}
