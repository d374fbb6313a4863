/// Who called the management API, as its token says.
public struct Caller: Sendable, Hashable {
    public var tenantID: String
    /// The principal's object ID: what role assignments name.
    public var objectID: String
    /// The application ID with which it signed in.
    public var clientID: String
    public var displayName: String
    public var kind: PrincipalKind
    /// Object IDs of groups that a foreign issuer's token names, in lower case; those of our own directory are looked up.
    public var groupIDs: [String]

    public init(
        tenantID: String, objectID: String, clientID: String, displayName: String,
        kind: PrincipalKind = .servicePrincipal, groupIDs: [String] = []
    ) {
        self.tenantID = tenantID
        self.objectID = objectID
        self.clientID = clientID
        self.displayName = displayName
        self.kind = kind
        self.groupIDs = groupIDs
    }
}

/// One call as the activity log knows it: who does what to which resource.
public struct Operation: Sendable {
    public var caller: Caller
    /// The provider operation, `Microsoft.Relay/namespaces/write`.
    public var action: String
    public var resourceID: ResourceID
    public var correlationID: String
    public var requestID: String
    /// The client's own ID of the request, when it sent one.
    public var clientRequestID: String?
    public var httpMethod: String
    public var clientAddress: String
    public var precondition: Precondition

    public init(
        caller: Caller, action: String, resourceID: ResourceID, correlationID: String, requestID: String,
        clientRequestID: String?, httpMethod: String, clientAddress: String, precondition: Precondition = .none
    ) {
        self.caller = caller
        self.action = action
        self.resourceID = resourceID
        self.correlationID = correlationID
        self.requestID = requestID
        self.clientRequestID = clientRequestID
        self.httpMethod = httpMethod
        self.clientAddress = clientAddress
        self.precondition = precondition
    }
}

/// One record of the activity log.
public struct ActivityEvent: Sendable {
    public var eventID: String
    public var at: Timestamp
    public var operation: Operation
    public var succeeded: Bool
    /// The code of the error, when it failed.
    public var errorCode: String?
    public var errorMessage: String?

    public init(
        eventID: String, at: Timestamp, operation: Operation, succeeded: Bool, errorCode: String?, errorMessage: String?
    ) {
        self.eventID = eventID
        self.at = at
        self.operation = operation
        self.succeeded = succeeded
        self.errorCode = errorCode
        self.errorMessage = errorMessage
    }
}
