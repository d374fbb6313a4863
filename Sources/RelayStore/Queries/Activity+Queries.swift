public import RelayModel

/// Which records of the activity log are asked for.
public struct ActivityFilter: Sendable {
    public var subscriptionID: String
    public var from: Timestamp
    public var to: Timestamp
    public var resourceGroup: String?
    /// A resource ID in lower case: records of it and of everything below it.
    public var resourceKey: String?
    public var provider: String?
    public var correlationID: String?
    /// A client ID, a display name or an object ID.
    public var caller: String?
    public var hasSucceeded: Bool?
    /// Records older than this one; the list runs from the newest to the oldest.
    public var beforeRowID: Int64
    public var limit: Int

    public init(subscriptionID: String, from: Timestamp, to: Timestamp, limit: Int) {
        self.subscriptionID = subscriptionID
        self.from = from
        self.to = to
        beforeRowID = .max
        self.limit = limit
    }
}

extension StoreTransaction {
    func insert(activity operation: Operation, failure: ServiceError?) throws {
        let id = operation.resourceID
        try execute(
            """
            insert into activity_event
                (event_id, at, subscription_id, resource_group, resource_id, resource_key, provider, action,
                caller_tenant_id, caller_object_id, caller_client_id, caller_display_name, correlation_id, request_id,
                client_request_id, http_method, client_address, succeeded, error_code, error_message)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                operation.requestID, now.millisecondsSinceEpoch, id.subscriptionID, id.resourceGroup, id.path, id.key,
                String(decoding: operation.action.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self),
                operation.action, operation.caller.tenantID,
                operation.caller.objectID, operation.caller.clientID, operation.caller.displayName,
                operation.correlationID, operation.requestID, operation.clientRequestID, operation.httpMethod,
                operation.clientAddress, failure == nil, failure?.code.rawValue, failure?.message,
            ]
        )
    }

    /// Records from the newest to the oldest, each with its row ID.
    public func activities(_ filter: ActivityFilter) throws -> [(rowID: Int64, event: ActivityEvent)] {
        try all(
            """
            select id, event_id, at, resource_id, action, caller_tenant_id, caller_object_id, caller_client_id,
                caller_display_name, correlation_id, request_id, client_request_id, http_method, client_address,
                succeeded, error_code, error_message
            from activity_event
            where id < ?1 and at >= ?2 and at <= ?3 and subscription_id = ?4
                and (?5 is null or resource_group = ?5)
                and (?6 is null or resource_key = ?6 or substr(resource_key, 1, length(?6) + 1) = ?6 || '/')
                and (?7 is null or provider = ?7)
                and (?8 is null or correlation_id = ?8)
                and (?10 is null or ?10 in (
                    lower(caller_client_id), lower(caller_display_name), lower(caller_object_id)))
                and (?11 is null or succeeded = ?11)
            order by id desc limit ?9
            """,
            [
                filter.beforeRowID, filter.from.millisecondsSinceEpoch, filter.to.millisecondsSinceEpoch,
                filter.subscriptionID, filter.resourceGroup, filter.resourceKey, filter.provider, filter.correlationID,
                filter.limit, filter.caller?.asciiLowercased, filter.hasSucceeded,
            ]
        ) { try $0.activity() }
    }

    /// Forgets what is older than the log is kept.
    public func deleteActivities(before moment: Timestamp) throws -> Int {
        try execute("delete from activity_event where at < ?", [moment.millisecondsSinceEpoch])
    }
}

extension ColumnReader {
    fileprivate mutating func activity() throws -> (rowID: Int64, event: ActivityEvent) {
        let rowID = int64()
        let eventID = string()
        let at = timestamp()
        let resourceID = try ResourceID(string())
        let action = string()
        let caller = Caller(tenantID: string(), objectID: string(), clientID: string(), displayName: string())
        let operation = Operation(
            caller: caller, action: action, resourceID: resourceID, correlationID: string(), requestID: string(),
            clientRequestID: stringIfPresent(), httpMethod: string(), clientAddress: string()
        )
        let event = ActivityEvent(
            eventID: eventID, at: at, operation: operation, succeeded: bool(), errorCode: stringIfPresent(),
            errorMessage: stringIfPresent()
        )
        return (rowID, event)
    }
}
