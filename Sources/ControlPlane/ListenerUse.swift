import RelayCore
public import RelayModel
import RelayStore

extension ControlPlane {
    /// Listeners now, and use in the past, at a subscription, a resource group, a namespace or a hybrid connection.
    ///
    /// The filter joins by `and`: `hour` with `ge`, `gt`, `le`, `lt` or `eq`. Without a lower bound it means the month of
    /// the upper one, or the present month.
    public func listenerUse(at scope: ResourceID, filter: FilterExpression? = nil) throws -> ListenerUse {
        try store.read { transaction in
            let found = try transaction.requireScope(scope)
            let connections = try transaction.hybridConnectionNames(at: found, spelled: scope)
            let range = try UsageRange(filter, now: transaction.now)
            let isOne = found.type?.equalsIgnoringCase("Microsoft.Relay/namespaces/hybridConnections") ?? false
            var used = try transaction.usage(at: found, from: range.from, to: range.to)
                .reduce(into: [ResourceID: RelayUsage]()) { $0[$1.id] = $1.usage }
            var entries = connections.map { connection in
                ListenerUse.Entry(
                    connection: connection, listenerCount: listenerCount(of: connection),
                    usage: used.removeValue(forKey: connection.id) ?? RelayUsage()
                )
            }
            if isOne {
                entries[0].hours = try transaction.hourlyUsage(of: found, from: range.from, to: range.to)
            } else {
                entries += used.map { id, usage in
                    let name = HybridConnectionName(id: id, name: id.entityName, namespace: id.namespaceName)
                    return ListenerUse.Entry(connection: name, listenerCount: 0, usage: usage, isDeleted: true)
                }.sorted { $0.connection.id.key < $1.connection.id.key }
            }
            return ListenerUse(from: range.from, to: range.to, entries: entries)
        }
    }

    private func listenerCount(of connection: HybridConnectionName) -> Int {
        listeners.listenerCount(
            entity: connection.name.asciiLowercased, namespace: connection.namespace.asciiLowercased
        )
    }
}

/// The hours that a reading of the usage is about.
private struct UsageRange {
    private static let hour: Int64 = 3600

    private(set) var from: Timestamp
    private(set) var to: Timestamp

    init(_ filter: FilterExpression?, now: Timestamp) throws(ServiceError) {
        var from: Timestamp?
        var to: Timestamp?
        if let filter {
            guard let terms = filter.conjunction else {
                throw filter.terms[0].refusal("the terms can only be joined by 'and'")
            }
            for term in terms { try Self.apply(term, &from, &to) }
        }
        // Hours are whole: what begins within one begins with the next, so that no hour is counted twice.
        self.to = Self.ceiling(to ?? now.adding(seconds: 1))
        let lastSecond = self.to.adding(seconds: -1)
        self.from = Self.ceiling(from ?? Self.beginningOfMonth(lastSecond))
    }

    private static func beginningOfMonth(_ moment: Timestamp) -> Timestamp {
        Timestamp(iso8601: "\(moment.iso8601.prefix("0000-00-".count))01") ?? moment
    }

    private static func apply(
        _ term: FilterExpression.Term, _ from: inout Timestamp?, _ to: inout Timestamp?
    ) throws(ServiceError) {
        guard case .comparison(let property, let comparison, let value) = term.content,
            property.equalsIgnoringCase("hour")
        else { throw term.refusal("there is only 'hour' here") }
        guard let moment = Timestamp(iso8601: value) else {
            throw term.refusal("'\(NameRule.shown(value))' is not a time of the form 2026-01-31T08:00:00Z")
        }
        switch comparison {
        case .greaterOrEqual: from = moment
        case .greater: from = moment.adding(seconds: 1)
        case .less: to = moment
        case .lessOrEqual: to = moment.adding(seconds: 1)
        case .equal:
            from = moment
            to = moment.adding(seconds: 1)
        case .notEqual: throw term.refusal("hour can only be compared with ge, gt, le, lt and eq")
        }
    }

    private static func ceiling(_ moment: Timestamp) -> Timestamp {
        let length = hour * 1000
        let milliseconds = moment.millisecondsSinceEpoch
        let remainder = milliseconds % length
        guard remainder != 0 else { return moment }
        let floor = milliseconds - (remainder < 0 ? remainder + length : remainder)
        return Timestamp(millisecondsSinceEpoch: floor).adding(seconds: hour)
    }
}

extension StoreTransaction {
    fileprivate func hybridConnectionNames(
        at found: ResourceID, spelled scope: ResourceID
    ) throws -> [HybridConnectionName] {
        let subscription = found.subscriptionID ?? ""
        switch found.type?.asciiLowercased {
        case nil where found != .tenant:
            return try hybridConnectionNames(subscription: subscription, group: found.resourceGroup, namespace: nil)
        case "microsoft.relay/namespaces":
            return try hybridConnectionNames(
                subscription: subscription, group: found.resourceGroup, namespace: found.namespaceName
            )
        case "microsoft.relay/namespaces/hybridconnections":
            return [HybridConnectionName(id: found, name: found.entityName, namespace: found.namespaceName)]
        default:
            throw ServiceError(
                .badRequest,
                "Listeners are counted for a subscription, a resource group, a namespace or a hybrid connection; "
                    + "'\(NameRule.shown(scope.path))' is none of them."
            )
        }
    }
}

extension ResourceID {
    fileprivate var namespaceName: String { value(of: "namespaces") ?? "" }
}
