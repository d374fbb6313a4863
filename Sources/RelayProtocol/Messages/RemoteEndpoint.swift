/// Where a sender comes from, as listeners are told. Always present: a published listener fails without it (R55).
package struct RemoteEndpoint: Sendable, Hashable {
    /// An IP literal without brackets.
    package var address: String
    package var port: Int

    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    func write(to json: inout JSONBytes) {
        json.literal("{\"address\":")
        json.string(address)
        json.literal(",\"port\":")
        json.integer(port)
        json.literal("}")
    }
}
