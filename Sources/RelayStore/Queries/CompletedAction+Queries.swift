public import RelayModel

extension StoreTransaction {
    /// The outcome of the same action that the same caller asked for under the same client request ID a short while ago.
    public func outcomeOfRepeated(_ operation: Operation) throws -> String? {
        guard let clientRequestID = operation.clientRequestID else { return nil }
        return try first(
            """
            select outcome from completed_action
            where caller_object_id = ? and client_request_id = ? and resource_key = ? and action = ? and completed_at > ?
            """,
            [
                operation.caller.objectID, clientRequestID, operation.resourceID.key, operation.action,
                now.adding(seconds: -Limits.repeatedActionWindow).millisecondsSinceEpoch,
            ]
        ) { $0.string() }
    }

    public func remember(_ operation: Operation, outcome: String) throws {
        try execute(
            "delete from completed_action where completed_at <= ?",
            [now.adding(seconds: -Limits.repeatedActionWindow).millisecondsSinceEpoch]
        )
        guard let clientRequestID = operation.clientRequestID else { return }
        try execute(
            """
            insert or replace into completed_action
                (caller_object_id, client_request_id, resource_key, action, outcome, completed_at)
            values (?, ?, ?, ?, ?, ?)
            """,
            [
                operation.caller.objectID, clientRequestID, operation.resourceID.key, operation.action, outcome,
                now.millisecondsSinceEpoch,
            ]
        )
    }
}
