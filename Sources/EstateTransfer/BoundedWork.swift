/// Work on many things at once, but not on all of them.
enum BoundedWork {
    /// Calls that are under way at one time.
    static let inFlight = 16

    /// What the work makes of each element, in the order of the elements.
    /// - Throws: what the work throws first; the rest is cancelled then.
    static func map<Element: Sendable, Value: Sendable>(
        _ elements: [Element], _ work: @escaping @Sendable (Element) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var results = [Value?](repeating: nil, count: elements.count)
            var started = 0
            while started < min(inFlight, elements.count) {
                start(started, elements, work, in: &group)
                started += 1
            }
            while let (index, value) = try await group.next() {
                results[index] = value
                guard started < elements.count else { continue }
                start(started, elements, work, in: &group)
                started += 1
            }
            return results.compactMap { $0 }
        }
    }

    private static func start<Element: Sendable, Value: Sendable>(
        _ index: Int, _ elements: [Element], _ work: @escaping @Sendable (Element) async throws -> Value,
        in group: inout ThrowingTaskGroup<(Int, Value), any Error>
    ) {
        let element = elements[index]
        group.addTask { (index, try await work(element)) }
    }
}
