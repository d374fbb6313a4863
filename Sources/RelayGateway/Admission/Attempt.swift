import RelayCore
import RelayModel
import RelayProtocol
import SharedAccess

/// One try of somebody to listen, to connect or to send a request: what names it in texts, logs and events.
struct Attempt: Sendable {
    let trackingID: TrackingID
    /// The host of the `Host` header, in lower case, without port; empty when there is none.
    let host: String
    /// The `Host` header as it came: what the client calls this gateway.
    let authority: String
    let target: RelayRequestTarget
    /// What was asked for; the target forgets it together with its query.
    let action: RelayAction?
    let remote: RemoteEndpoint
    /// How this client reaches rendezvous addresses.
    let rendezvousScheme: RendezvousAddress.Scheme
    /// What an HTTP request asks is relayed, or answered by the gateway itself.
    var namespace: NamespaceEntry?
    var entity: HybridConnectionEntry?
    /// Who it is, once that is known.
    var grant: Grant?

    /// The same without the query and its token, for those who keep it as long as a connection lives.
    var withoutQuery: Attempt {
        guard target.query != nil, let target = try? RelayRequestTarget(target.path, isUpgrade: false) else {
            return self
        }
        return Attempt(
            trackingID: trackingID, host: host, authority: authority, target: target, action: action, remote: remote,
            rendezvousScheme: rendezvousScheme, namespace: namespace, entity: entity, grant: grant
        )
    }

    /// The same for one stream of a lane.
    func asStream(_ trackingID: TrackingID) -> Attempt {
        Attempt(
            trackingID: trackingID, host: host, authority: authority, target: target, action: action, remote: remote,
            rendezvousScheme: rendezvousScheme, namespace: namespace, entity: entity, grant: grant
        )
    }

    /// `sb://host/entity` as requested.
    var address: String { "sb://\(host)\(target.entityPath)" }

    /// The hybrid connection's name, or what was asked for.
    var entityName: String { entity?.value.name ?? String(target.segments.joined(separator: "/").prefix(300)) }

    /// `address:port` of the client.
    var remoteText: String {
        remote.address.contains(":") ? "[\(remote.address)]:\(remote.port)" : "\(remote.address):\(remote.port)"
    }
}

/// A right that was found good.
struct Grant: Sendable {
    enum Holder: Sendable {
        /// The hybrid connection asks nothing of senders.
        case anonymous
        /// The rule and the key that signed.
        case rule(RuleKey)
        case principal(BearerGrant)
    }

    let holder: Holder
    /// When the token ends; `nil` for anonymous senders.
    let expiresAt: Timestamp?

    /// For events: the rule's name or the principal's.
    var name: String? {
        switch holder {
        case .anonymous: nil
        case .rule(let key): key.ruleName
        case .principal(let grant): grant.principalName
        }
    }
}

/// Which key of which rule signed a token.
struct RuleKey: Sendable {
    let ruleID: Int64
    let ruleName: String
    let fingerprint: Int

    init(_ rule: RuleEntry, _ slot: KeySlot) {
        ruleID = rule.rowID
        ruleName = rule.name
        fingerprint = Self.fingerprint(rule, slot)
    }

    /// Whether the key is still one of the rule's and the rule still gives the right.
    func isGood(_ rule: RuleEntry?, right: AccessRights) -> Bool {
        guard let rule, rule.rights.contains(right) || rule.rights.contains(.manage) else { return false }
        return KeySlot.allCases.contains { Self.fingerprint(rule, $0) == fingerprint }
    }

    /// Tells keys apart without keeping them: a hash under a random key of this process.
    private static func fingerprint(_ rule: RuleEntry, _ slot: KeySlot) -> Int {
        var hasher = Hasher()
        hasher.combine(rule.key(slot)?.base64)
        return hasher.finalize()
    }
}
