/// Header fields in the order and spelling of the wire. A structural type, so that the transport, which knows nothing of
/// relays, can hand over its own list without copying it.
package typealias HeaderFields = [(name: String, value: String)]

extension Array where Element == (name: String, value: String) {
    /// The value of the first field of that name; names match without regard to case.
    package func value(ofField name: StaticString) -> String? {
        first { ASCII.equals($0.name, name) }?.value
    }

    /// The values of all fields of that name, in order.
    package func values(ofField name: StaticString) -> [String] {
        compactMap { ASCII.equals($0.name, name) ? $0.value : nil }
    }
}
