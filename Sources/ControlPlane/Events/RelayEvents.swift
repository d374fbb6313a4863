public import RelayCore
public import RelayModel
public import RelayStore

/// Events of the data plane at a namespace or at a hybrid connection of it.
public struct RelayEventSelection: Sendable {
    /// The namespace as the store spells it.
    public var namespace: Versioned<RelayNamespace>
    /// The host name of the namespace.
    public var host: String
    public var filter: RelayEventFilter

    /// Whether the filter says where the events begin.
    public var hasBeginning: Bool {
        filter.afterID > 0 || filter.from > Timestamp(millisecondsSinceEpoch: .min)
    }
}

extension ControlPlane {
    /// Reads what a call asks for.
    ///
    /// The filter joins by `and`: `eventTimestamp` with `ge`, `gt`, `le` or `lt`; `operationName` (whole, or its last
    /// part), `trackingId` (whole, or its GUID) with `eq`; and `id` with `gt` or `ge`.
    /// - Parameters:
    ///   - scope: a namespace or a hybrid connection.
    ///   - filter: what else is asked for; without it, everything that is kept.
    ///   - page: the page comes after the ID of the last event of the page before.
    /// - Returns: what ``relayEvents(_:)`` reads, as often as it is wanted.
    /// - Throws: `ServiceError` when the scope does not exist or has no events, or the filter asks for something else.
    public func relayEventSelection(
        at scope: ResourceID, filter: FilterExpression?, page: Page
    ) throws -> RelayEventSelection {
        guard page.after.isEmpty || Int64(page.after) != nil else {
            throw ServiceError(
                .invalidSkipToken, "The $skipToken is not one that this server made.", target: "$skipToken")
        }
        return try store.read { transaction in
            let found = try transaction.requireScope(scope)
            let type = found.type?.asciiLowercased ?? ""
            let isConnection = type == "microsoft.relay/namespaces/hybridconnections"
            guard isConnection || type == "microsoft.relay/namespaces" else {
                throw ServiceError(
                    .badRequest,
                    "Events are those of a namespace or of a hybrid connection; '\(NameRule.shown(scope.path))' is "
                        + "neither."
                )
            }
            let namespace = try transaction.requireRelayNamespace(found)
            var wanted = RelayEventFilter(namespaceRowID: namespace.rowID, limit: page.limit)
            if isConnection { wanted.entity = found.entityName }
            if let filter { try wanted.apply(filter) }
            wanted.afterID = max(wanted.afterID, Int64(page.after) ?? 0)
            return RelayEventSelection(
                namespace: namespace, host: relayAddress.host(ofNamespace: namespace.value.name), filter: wanted
            )
        }
    }

    /// The events from the oldest to the newest.
    public func relayEvents(_ selection: RelayEventSelection) throws -> [RelayEventRecord] {
        try store.read { try $0.relayEvents(selection.filter) }
    }

    /// The ID after which only new events come.
    public func newestRelayEventID() throws -> Int64 {
        try store.read { try $0.newestRelayEventID() }
    }

    /// What is open at a hybrid connection right now, the oldest first.
    public func liveConnections(_ id: ResourceID) throws -> [LiveConnection] {
        let (entity, namespace) = try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            return (try transaction.requireHybridConnection(id, in: namespace).value.name, namespace.value.name)
        }
        return listeners.liveConnections(entity: entity.asciiLowercased, namespace: namespace.asciiLowercased)
    }
}

extension RelayEventFilter {
    private static let operationPrefix = "Microsoft.Relay/HybridConnections/"

    fileprivate mutating func apply(_ expression: FilterExpression) throws(ServiceError) {
        guard let terms = expression.conjunction else {
            throw expression.terms[0].refusal("the terms can only be joined by 'and'")
        }
        for term in terms {
            guard case .comparison(let property, let comparison, let value) = term.content else {
                throw term.refusal("there are no functions here")
            }
            switch property.asciiLowercased {
            case "eventtimestamp": try apply(comparison, time: value, term)
            case "id": try apply(comparison, id: value, term)
            case "operationname", "trackingid", "activityid":
                guard comparison == .equal else { throw term.refusal("'\(property)' can only be compared with eq") }
                if property.equalsIgnoringCase("operationName") {
                    operation = Self.operation(value)
                } else {
                    trackingID = value
                }
            default:
                throw term.refusal(
                    "'\(NameRule.shown(property))' is none of eventTimestamp, operationName, trackingId, id")
            }
        }
    }

    private mutating func apply(
        _ comparison: FilterExpression.Comparison, time value: String, _ term: FilterExpression.Term
    ) throws(ServiceError) {
        guard let moment = Timestamp(iso8601: value) else {
            throw term.refusal("'\(NameRule.shown(value))' is not a time of the form 2026-01-31T08:00:00Z")
        }
        switch comparison {
        case .greaterOrEqual: from = max(from, moment)
        case .greater: from = max(from, Timestamp(millisecondsSinceEpoch: moment.millisecondsSinceEpoch + 1))
        case .lessOrEqual: to = min(to, moment)
        case .less: to = min(to, Timestamp(millisecondsSinceEpoch: moment.millisecondsSinceEpoch - 1))
        case .equal, .notEqual: throw term.refusal("eventTimestamp can only be compared with ge, gt, le and lt")
        }
    }

    private mutating func apply(
        _ comparison: FilterExpression.Comparison, id value: String, _ term: FilterExpression.Term
    ) throws(ServiceError) {
        guard let id = Int64(value), id >= 0 else { throw term.refusal("'\(NameRule.shown(value))' is no event's id") }
        switch comparison {
        case .greater: afterID = max(afterID, id)
        case .greaterOrEqual: afterID = max(afterID, id - 1)
        default: throw term.refusal("id can only be compared with gt and ge")
        }
    }

    private static func operation(_ name: String) -> String {
        guard name.utf8.count > operationPrefix.utf8.count,
            String(name.prefix(operationPrefix.count)).equalsIgnoringCase(operationPrefix)
        else { return name }
        return String(name.dropFirst(operationPrefix.count))
    }
}
