/// Finds a text in another one in linear time (Knuth, Morris and Pratt): both may be long and chosen to be slow.
struct ByteSearch<Unit: Equatable> {
    private let needle: [Unit]
    /// For each prefix, the length of the longest shorter prefix that is also its end.
    private let borders: [Int]
    private var index = 0
    private var matched = 0
    /// The last place that was found, and whether there is none any more.
    private var place: Int?
    private var isOver = false

    /// What is looked for must not be empty.
    init(_ needle: [Unit]) {
        self.needle = needle
        var borders = Array(repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[length] != needle[index] { length = borders[length - 1] }
            if needle[length] == needle[index] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// The first place at or after `start`, which must not be before that of the last search.
    private mutating func next(in text: [Unit], from start: Int) -> Int? {
        guard !isOver else { return nil }
        if let place, place >= start { return place }
        while index < text.count {
            let unit = text[index]
            index += 1
            while matched > 0, needle[matched] != unit { matched = borders[matched - 1] }
            if needle[matched] == unit { matched += 1 }
            guard matched == needle.count else { continue }
            let found = index - matched
            matched = borders[matched - 1]
            guard found >= start else { continue }
            place = found
            return found
        }
        isOver = true
        return nil
    }

    /// The first place of any of them; at one place, the first of them wins.
    static func first(
        of searches: inout [ByteSearch], in text: [Unit], from start: Int
    ) -> (place: Int, count: Int)? {
        var best: (place: Int, count: Int)?
        for index in searches.indices {
            guard let place = searches[index].next(in: text, from: start), place < best?.place ?? .max else { continue }
            best = (place, searches[index].needle.count)
        }
        return best
    }

    /// All places from left to right, without overlaps.
    static func places(of needle: [Unit], in text: [Unit]) -> [Int] {
        guard !needle.isEmpty, needle.count <= text.count else { return [] }
        var searches = [ByteSearch(needle)]
        var places: [Int] = []
        while let found = first(of: &searches, in: text, from: places.last.map { $0 + needle.count } ?? 0) {
            places.append(found.place)
        }
        return places
    }

    /// The first or the last place; the last one is the first of both texts reversed.
    static func place(of needle: [Unit], in text: [Unit], isLast: Bool) -> Int? {
        guard !needle.isEmpty else { return isLast ? max(text.count - 1, 0) : 0 }
        var searches = [ByteSearch(isLast ? needle.reversed() : needle)]
        let found = first(of: &searches, in: isLast ? text.reversed() : text, from: 0)
        return found.map { isLast ? text.count - $0.place - needle.count : $0.place }
    }
}
