public import RelayModel

/// Takes what happened on the data plane. Never blocks, and keeps no more than a bounded queue.
public protocol RelayEventSink: Sendable {
    func record(_ event: RelayEvent)
}

/// What happened, in the vocabulary of Azure's diagnostic logs (category HybridConnectionsEvent).
public enum RelayOperation: String, Sendable, Hashable, CaseIterable {
    case authorizationFailed = "AuthorizationFailed"
    case invalidSasToken = "InvalidSasToken"
    case listenerAcceptingConnection = "ListenerAcceptingConnection"
    case listenerAcceptingConnectionTimeout = "ListenerAcceptingConnectionTimeout"
    case listenerAcceptingHTTPRequestFailed = "ListenerAcceptingHttpRequestFailed"
    case listenerAcceptingRequestTimeout = "ListenerAcceptingRequestTimeout"
    case listenerClosingFromExpiredToken = "ListenerClosingFromExpiredToken"
    case listenerRejectedConnection = "ListenerRejectedConnection"
    case listenerReturningHTTPResponse = "ListenerReturningHttpResponse"
    case listenerReturningHTTPResponseFailed = "ListenerReturningHttpResponseFailed"
    case listenerSentHTTPResponse = "ListenerSentHttpResponse"
    case listenerUnregistered = "ListenerUnregistered"
    case listenerUnresponsive = "ListenerUnresponsive"
    case messageSendingToListener = "MessageSendingToListener"
    case messageSentToListener = "MessageSentToListener"
    case newListenerRegistered = "NewListenerRegistered"
    case newSenderRegistering = "NewSenderRegistering"
    case processingRequestFailed = "ProcessingRequestFailed"
    case senderConnectionClosed = "SenderConnectionClosed"
    case senderListenerConnectionEstablished = "SenderListenerConnectionEstablished"
    case senderSentHTTPRequest = "SenderSentHttpRequest"
}

/// One thing that happened to one listener, sender, rendezvous or request.
public struct RelayEvent: Sendable, Hashable {
    public var operation: RelayOperation
    public var at: Timestamp
    /// The namespace and the hybrid connection; the latter is `nil` when the request named none that exists.
    public var namespaceRowID: Int64
    public var hybridConnectionRowID: Int64?
    /// The hybrid connection's name, or the path that was asked for.
    public var entity: String
    /// The same ID that the peer saw in the status text: GUID and gateway mark.
    public var trackingID: String
    /// A sentence for people: what happened and why.
    public var message: String
    /// `address:port` of the peer.
    public var remoteEndpoint: String
    /// The HTTP status that was answered, or the WebSocket close code; `nil` when there was none.
    public var status: Int?
    /// The listener's ID, when one is involved.
    public var listenerID: String?
    /// The authorization rule's name, or the principal's; `nil` for anonymous senders.
    public var identity: String?
    /// Payload bytes that went from the sender to the listener, and back, for events that end something.
    public var bytesToListener: Int64?
    public var bytesToSender: Int64?
    /// When that which now ended began.
    public var startedAt: Timestamp?

    public init(
        _ operation: RelayOperation, at: Timestamp, namespaceRowID: Int64, hybridConnectionRowID: Int64?,
        entity: String, trackingID: String, message: String, remoteEndpoint: String, status: Int? = nil,
        listenerID: String? = nil, identity: String? = nil, bytesToListener: Int64? = nil,
        bytesToSender: Int64? = nil, startedAt: Timestamp? = nil
    ) {
        self.operation = operation
        self.at = at
        self.namespaceRowID = namespaceRowID
        self.hybridConnectionRowID = hybridConnectionRowID
        self.entity = entity
        self.trackingID = trackingID
        self.message = message
        self.remoteEndpoint = remoteEndpoint
        self.status = status
        self.listenerID = listenerID
        self.identity = identity
        self.bytesToListener = bytesToListener
        self.bytesToSender = bytesToSender
        self.startedAt = startedAt
    }
}
