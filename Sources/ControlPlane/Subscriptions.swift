public import RelayModel
import RelayStore

extension ControlPlane {
    /// - Throws: `ServiceError` with `subscriptionNotFound`.
    public func subscription(_ id: ResourceID) throws -> Subscription {
        try store.read { try $0.requireSubscription(of: id) }
    }

    public func subscriptions() throws -> [Subscription] {
        try store.read { try $0.subscriptions() }
    }
}

extension Subscription {
    /// Changes with the tags and the name. The table keeps no ETag, because nothing else of a subscription ever changes.
    public var etag: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let texts = [displayName] + tags.entries.flatMap { [$0.name, $0.value] }
        for byte in texts.joined(separator: "\0").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
