import RelayModel

/// Names of entities as paths: segments with `/` between them, compared without regard to the case of ASCII letters.
enum EntityPath {
    /// Bytes of the longest name that an entity may have.
    private static let nameLengthMax = 260

    /// The first segment, the first two, and so on, as names in lower case, the shortest first.
    ///
    /// A segment that has a `/` itself (escaped in the URL) is part of no name.
    static func prefixes(of segments: [String], segmentCountMax: Int) -> [String] {
        var prefixes: [String] = []
        var name = ""
        for segment in segments.prefix(segmentCountMax) {
            guard !segment.utf8.contains(UInt8(ascii: "/")) else { break }
            if !name.isEmpty { name += "/" }
            name += segment.asciiLowercased
            guard !segment.isEmpty, name.utf8.count <= nameLengthMax else { break }
            prefixes.append(name)
        }
        return prefixes
    }

    static func segmentCount(_ name: String) -> Int { name.utf8.count { $0 == UInt8(ascii: "/") } + 1 }
}
