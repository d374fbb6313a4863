public import RelayModel
public import RelayStore

/// One record of the activity log with its place in the list.
public struct ActivityRecord: Sendable {
    /// Records have higher ones the later they were made.
    public var rowID: Int64
    public var event: ActivityEvent
}

extension ControlPlane {
    /// The records of a subscription, from the newest to the oldest.
    ///
    /// The filter joins by `and`: `eventTimestamp` with `ge`, `gt`, `le` or `lt`, and `resourceGroupName`, `resourceUri`,
    /// `resourceProvider`, `correlationId`, `caller` or `status` with `eq`. Without a time it means everything that is kept.
    /// The page comes after the row ID of the last record of the page before.
    public func activities(
        subscription id: ResourceID, filter: FilterExpression?, page: Page
    ) throws -> [ActivityRecord] {
        guard page.after.isEmpty || Int64(page.after) != nil else {
            throw ServiceError(
                .invalidSkipToken, "The $skipToken is not one that this server made.", target: "$skipToken")
        }
        return try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id)
            var wanted = ActivityFilter(
                subscriptionID: subscription.subscriptionID,
                from: transaction.now.adding(seconds: -Limits.activityLogDays * 86_400), to: transaction.now,
                limit: page.limit
            )
            if let filter { try wanted.apply(filter) }
            wanted.beforeRowID = Int64(page.after) ?? .max
            return try transaction.activities(wanted).map { ActivityRecord(rowID: $0.rowID, event: $0.event) }
        }
    }
}

extension ActivityFilter {
    fileprivate mutating func apply(_ expression: FilterExpression) throws(ServiceError) {
        guard let terms = expression.conjunction else {
            throw expression.terms[0].refusal("the terms can only be joined by 'and'")
        }
        for term in terms {
            guard case .comparison(let property, let comparison, let value) = term.content else {
                throw term.refusal("there are no functions here")
            }
            if property.equalsIgnoringCase("eventTimestamp") {
                try apply(comparison, value, term)
                continue
            }
            guard comparison == .equal else { throw term.refusal("'\(property)' can only be compared with eq") }
            switch property.asciiLowercased {
            case "resourcegroupname": resourceGroup = value
            case "resourceprovider": provider = value
            case "correlationid": correlationID = value
            case "resourceuri", "resourceid": resourceKey = try Self.key(value, term)
            case "caller": caller = value
            case "status": hasSucceeded = try Self.hasSucceeded(value, term)
            default:
                throw term.refusal(
                    "'\(NameRule.shown(property))' is none of eventTimestamp, resourceGroupName, resourceUri, "
                        + "resourceProvider, correlationId, caller, status"
                )
            }
        }
    }

    private mutating func apply(
        _ comparison: FilterExpression.Comparison, _ value: String, _ term: FilterExpression.Term
    ) throws(ServiceError) {
        guard let moment = Timestamp(iso8601: value) else {
            throw term.refusal("'\(NameRule.shown(value))' is not a time of the form 2026-01-31T08:00:00Z")
        }
        switch comparison {
        case .greaterOrEqual: from = moment
        case .greater: from = Timestamp(millisecondsSinceEpoch: moment.millisecondsSinceEpoch + 1)
        case .lessOrEqual: to = moment
        case .less: to = Timestamp(millisecondsSinceEpoch: moment.millisecondsSinceEpoch - 1)
        case .equal, .notEqual: throw term.refusal("eventTimestamp can only be compared with ge, gt, le and lt")
        }
    }

    private static func hasSucceeded(
        _ status: String, _ term: FilterExpression.Term
    ) throws(ServiceError) -> Bool {
        switch status.asciiLowercased {
        case "succeeded": true
        case "failed": false
        default: throw term.refusal("'\(NameRule.shown(status))' is neither Succeeded nor Failed")
        }
    }

    private static func key(_ path: String, _ term: FilterExpression.Term) throws(ServiceError) -> String {
        do {
            return try ResourceID(path).key
        } catch {
            throw term.refusal("'\(NameRule.shown(path))' is not a resource ID")
        }
    }
}
