public import RelayModel

/// The control plane's view of who is connected right now. The gateway implements it; it keeps no durable truth.
public protocol ListenerDirectory: Sendable {
    /// Grows whenever any count changes, so that what was computed from counts can be kept until then.
    var generation: UInt64 { get }

    /// Open control channels of one entity, summed over all gateways: 0 to `Limits.listenersPerHybridConnectionMax`.
    /// - Parameters:
    ///   - entity: the entity's name with `/`, in lower case.
    ///   - namespace: the namespace's name in lower case.
    /// - Returns: 0 when nobody listens or there is no such entity.
    func listenerCount(entity: String, namespace: String) -> Int

    /// Everything that is open at one entity: control channels, joined connections, requests under way.
    /// - Parameters:
    ///   - entity: the entity's name with `/`, in lower case.
    ///   - namespace: the namespace's name in lower case.
    /// - Returns: the oldest first.
    func liveConnections(entity: String, namespace: String) -> [LiveConnection]
}

/// One open control channel, joined connection or request.
public struct LiveConnection: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case listener = "Listener"
        case connection = "Connection"
        case request = "Request"
    }

    public var kind: Kind
    public var trackingID: String
    /// `address:port` of the listener, or of the sender.
    public var remoteEndpoint: String
    public var since: Timestamp
    public var identity: String?
    public var bytesToListener: Int64
    public var bytesToSender: Int64

    public init(
        kind: Kind, trackingID: String, remoteEndpoint: String, since: Timestamp, identity: String?,
        bytesToListener: Int64, bytesToSender: Int64
    ) {
        self.kind = kind
        self.trackingID = trackingID
        self.remoteEndpoint = remoteEndpoint
        self.since = since
        self.identity = identity
        self.bytesToListener = bytesToListener
        self.bytesToSender = bytesToSender
    }
}

/// The directory of a server without a gateway: nobody listens.
public struct NoListeners: ListenerDirectory {
    public init() {}

    public var generation: UInt64 { 0 }

    public func listenerCount(entity: String, namespace: String) -> Int { 0 }

    public func liveConnections(entity: String, namespace: String) -> [LiveConnection] { [] }
}
