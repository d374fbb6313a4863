extension String {
    /// Whether both texts are the same bytes. `==` also takes two Unicode forms of one text for equal, but what a client
    /// sends is kept byte for byte.
    package func isSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Whether both texts are alike when ASCII letters are compared without regard to case. Resource names, types and
    /// property names are ASCII, so nothing else is folded.
    public func equalsIgnoringCase(_ other: String) -> Bool {
        let left = utf8
        let right = other.utf8
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || ($0.asciiLowercased == $1.asciiLowercased) }
    }

    /// The text with ASCII letters in lower case and everything else as it is.
    public var asciiLowercased: String {
        guard utf8.contains(where: { $0 != $0.asciiLowercased }) else { return self }
        return String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }
}

extension UInt8 {
    package var asciiLowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
