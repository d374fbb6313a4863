import RelayModel

/// The control plane's view of who listens right now. The gateway implements it; it keeps no durable truth.
public protocol ListenerDirectory: Sendable {
    /// Grows whenever any count changes, so that what was computed from counts can be kept until then.
    var generation: UInt64 { get }

    /// Open control channels of one entity, summed over all gateways: 0 to `Limits.listenersPerHybridConnectionMax`.
    /// - Parameters:
    ///   - entity: the entity's name with `/`, in lower case.
    ///   - namespace: the namespace's name in lower case.
    /// - Returns: 0 when nobody listens or there is no such entity.
    func listenerCount(entity: String, namespace: String) -> Int
}

/// The directory of a server without a gateway: nobody listens.
public struct NoListeners: ListenerDirectory {
    public init() {}

    public var generation: UInt64 { 0 }

    public func listenerCount(entity: String, namespace: String) -> Int { 0 }
}
