/// Checks UTF-8 that comes in parts, which may be cut anywhere.
package struct UTF8Validator: Sendable {
    package init() {}
    /// Whether everything so far, with these bytes, can be the beginning of valid UTF-8. Once it is not, it never is.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool { false }
    /// Whether what was accepted is valid and does not end inside of a character.
    package var isComplete: Bool { false }
}
