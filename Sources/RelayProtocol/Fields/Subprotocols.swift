/// The agreement on a subprotocol (R58).
package enum Subprotocols {
    /// The first entry of the listener's accept request that the sender offered; both get exactly this in their 101.
    /// - Parameters:
    ///   - offered: values of the sender's `Sec-WebSocket-Protocol` fields.
    ///   - accepted: values of the same fields of the listener's accept request.
    /// - Returns: `nil` when there is none: then neither may get one.
    package static func agreed(offered: [String], accepted: [String]) -> String? {
        guard !offered.isEmpty, !accepted.isEmpty else { return nil }
        let offers = Set(offered.flatMap(ASCII.listEntries))
        return accepted.lazy.flatMap(ASCII.listEntries).first { offers.contains($0) && ASCII.isToken($0) }
            .map { String($0) }
    }
}
