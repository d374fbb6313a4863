/// The header line by which two ends of ours agree on lanes (docs/internals/lanes.md). Only between a client and the
/// gateway: it is never passed on (decision C12).
package enum LaneField {
    package static let name = "Causeway-Lanes"
    /// The version of the frames.
    package static let version = "1"

    /// What the line says: that lanes are spoken, and to which control channel a lane belongs.
    package struct Value: Sendable, Hashable {
        /// Names a control channel; `nil` where lanes are only declared.
        package var ticket: String?

        package init(ticket: String? = nil) {
            self.ticket = ticket
        }

        /// `nil` for a version that we do not speak.
        package init?(_ text: String) {
            let parts = text.split(separator: ";").map { ASCII.trimmed(String($0)) }
            guard let first = parts.first, first == LaneField.version else { return nil }
            ticket = parts.dropFirst().first { $0.hasPrefix("ticket=") }.map { String($0.dropFirst(7)) }
        }

        package var text: String { ticket.map { "\(LaneField.version); ticket=\($0)" } ?? LaneField.version }
    }

    /// What a request or an answer says; `nil` when it says nothing that we understand.
    package static func value(in fields: HeaderFields) -> Value? {
        fields.value(ofField: "causeway-lanes").flatMap(Value.init)
    }

    package static func field(_ value: Value) -> (name: String, value: String) { (name, value.text) }
}
