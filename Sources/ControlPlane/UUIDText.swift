import struct Foundation.UUID

/// GUIDs as text.
enum UUIDText {
    /// A new one, in lower case.
    static func random() -> String { UUID().uuidString.lowercased() }

    static func isValid(_ text: String) -> Bool { text.utf8.count == 36 && UUID(uuidString: text) != nil }
}
