/// One header line: the name as it is spelled on the wire, and the value without the blanks around it.
package typealias HTTPField = (name: String, value: String)

/// What requests and responses have in common: header lines in their order. Names are compared without regard to case.
package protocol HTTPMessageHead: Sendable {
    var fields: [HTTPField] { get }
}

extension HTTPMessageHead {
    /// The value of the first line with that name.
    package func first(_ name: String) -> String? {
        fields.first { ASCII.isEqualIgnoringCase($0.name, name) }?.value
    }

    /// The values of all lines with that name, in their order.
    package func all(_ name: String) -> [String] {
        fields.filter { ASCII.isEqualIgnoringCase($0.name, name) }.map(\.value)
    }

    /// Whether one of the lines with that name lists the token, which is compared without regard to case.
    package func hasToken(_ token: String, in name: String) -> Bool {
        fields.contains { ASCII.isEqualIgnoringCase($0.name, name) && HTTPList.contains(token, in: $0.value) }
    }
}
