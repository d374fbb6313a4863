import RelayCore
import RelayModel
import RelayProtocol
import SharedAccess

/// Decides who may do what at which hybrid connection, in the order of checks of R117.
struct Admission {
    let ports: Gateway.Ports
    let now: Timestamp

    /// A refusal, and the operation under which it is recorded.
    struct Denied: Error {
        var refusal: RelayRefusal
        var operation: RelayOperation

        init(_ refusal: RelayRefusal, _ operation: RelayOperation = .processingRequestFailed) {
            self.refusal = refusal
            self.operation = operation
        }
    }

    /// Finds namespace and hybrid connection and checks address and token.
    /// - Parameters:
    ///   - attempt: gets what was found, also when it is refused.
    ///   - fields: the request's.
    ///   - right: Listen or Send; `nil` for any one right (runtime information).
    ///   - isExact: whether the path must be the hybrid connection's name and nothing more.
    /// - Returns: the fields that hold credentials of the relay.
    /// - Throws: ``Denied``.
    func admit(
        _ attempt: inout Attempt, fields: HeaderFields, right: AccessRights?, isExact: Bool
    ) throws(Denied) -> CredentialFields {
        let namespace = try namespace(of: attempt)
        attempt.namespace = namespace
        try checkAddress(attempt.remote, namespace)
        let found = try entity(of: &attempt, in: namespace)
        let isRequired =
            right != .send || found?.entry.value.requiresClientAuthorization ?? true
        let presented = PresentedToken(queryToken: attempt.target.token, fields: fields, isRequired: isRequired)
        guard let found, !isExact || found.segmentCount == attempt.target.segments.count else {
            attempt.entity = nil
            throw try unknownEntity(attempt, namespace, presented)
        }
        attempt.entity = found.entry
        guard isRequired else {
            attempt.grant = Grant(holder: .anonymous, expiresAt: nil)
            return presented.credentialFields
        }
        attempt.grant = try grant(presented.token, attempt, namespace, found.entry, right)
        return presented.credentialFields
    }

    /// Checks a token that a listener sends to renew its registration (R44), or a sender for its lane.
    func renew(_ token: Secret<String>, _ attempt: Attempt, right: AccessRights) throws(Denied) -> Grant {
        guard let namespace = attempt.namespace.flatMap({ ports.directory.namespace(rowID: $0.rowID) }),
            let entity = attempt.entity.flatMap({ ports.directory.hybridConnection(rowID: $0.rowID) })
        else { throw Denied(.endpointMissing) }
        return try grant(token, attempt, namespace, entity, right)
    }

    // MARK: Steps

    private func namespace(of attempt: Attempt) throws(Denied) -> NamespaceEntry {
        if let authority = attempt.target.authority.flatMap(Authority.init), authority.host != attempt.host {
            throw Denied(.badRequest("The target of the request is at another host than its Host field says"))
        }
        switch ports.directory.namespace(host: attempt.host) {
        case .found(let namespace, _): return namespace
        case .ambiguous: throw Denied(.namespaceAmbiguous)
        case .missing: throw Denied(.namespaceMissing)
        }
    }

    func checkAddress(_ remote: RemoteEndpoint, _ namespace: NamespaceEntry) throws(Denied) {
        let rules = namespace.networkRules
        guard rules.publicNetworkAccess != .disabled else {
            throw Denied(.addressPrevented, .authorizationFailed)
        }
        guard rules.defaultAction == .deny else { return }
        guard let address = ClientAddress.ipv4(remote.address), rules.ipRules.contains(where: { $0.contains(address) })
        else { throw Denied(.addressPrevented, .authorizationFailed) }
    }

    private func entity(
        of attempt: inout Attempt, in namespace: NamespaceEntry
    ) throws(Denied) -> (entry: HybridConnectionEntry, segmentCount: Int)? {
        ports.directory.hybridConnection(in: namespace.rowID, segments: attempt.target.segments)
    }

    /// Only who may know the namespace is told that something is not there (R117).
    private func unknownEntity(
        _ attempt: Attempt, _ namespace: NamespaceEntry, _ presented: PresentedToken
    ) throws(Denied) -> Denied {
        guard let token = presented.token else { return Denied(.tokenMissing, .authorizationFailed) }
        guard isSignature(token) else {
            _ = try bearer(token, scope: namespace.resourceID, right: .send)
            return Denied(.endpointMissing)
        }
        _ = try match(token, attempt, namespace, nil)
        return Denied(.endpointMissing)
    }

    private func grant(
        _ token: Secret<String>?, _ attempt: Attempt, _ namespace: NamespaceEntry, _ entity: HybridConnectionEntry,
        _ right: AccessRights?
    ) throws(Denied) -> Grant {
        guard let token else { throw Denied(.tokenMissing, .authorizationFailed) }
        guard isSignature(token) else {
            guard let right else { return try anyBearer(token, scope: entity.resourceID) }
            return try bearer(token, scope: entity.resourceID, right: right)
        }
        let (rule, slot, signature) = try match(token, attempt, namespace, entity)
        if let right, !rule.rights.contains(right), !rule.rights.contains(.manage) {
            throw Denied(.claimMissing(right), .authorizationFailed)
        }
        return Grant(holder: .rule(RuleKey(rule, slot)), expiresAt: signature.expiresAt)
    }

    private func isSignature(_ token: Secret<String>) -> Bool {
        String(token.reveal().drop { $0 == " " }.prefix(21)).equalsIgnoringCase("SharedAccessSignature")
    }

    // MARK: Shared access signatures

    private func match(
        _ token: Secret<String>, _ attempt: Attempt, _ namespace: NamespaceEntry, _ entity: HybridConnectionEntry?
    ) throws(Denied) -> (RuleEntry, KeySlot, SharedAccessSignature) {
        do throws(SignatureFailure) {
            let signature = try SharedAccessSignature(token.reveal())
            let name = signature.keyName.asciiLowercased
            let rules = [entity?.rules[name], namespace.rules[name]].compactMap { $0 }
            let keys = rules.map { SigningKeys(primary: $0.key(.primary), secondary: $0.key(.secondary)) }
            let isAudience = AudienceRule.matches(
                resource: signature.resource, isHost: { isHost($0, attempt, namespace) },
                segments: attempt.target.segments, rawSegments: attempt.target.rawSegments
            )
            let match = try SignatureVerifier.verify(signature, candidates: keys, isAudience: isAudience, now: now)
            return (rules[match.candidate], match.slot, signature)
        } catch {
            switch error {
            case .malformed: throw Denied(.tokenMalformed, .invalidSasToken)
            case .unknownRule, .invalidSignature: throw Denied(.signatureInvalid, .invalidSasToken)
            case .expired: throw Denied(.tokenExpired, .invalidSasToken)
            case .invalidAudience: throw Denied(.audienceInvalid, .invalidSasToken)
            }
        }
    }

    /// The namespace's own names, and the one by which this client calls it.
    private func isHost(_ host: String, _ attempt: Attempt, _ namespace: NamespaceEntry) -> Bool {
        if host == attempt.host { return true }
        guard case .found(let named, isByName: true) = ports.directory.namespace(host: host) else { return false }
        return named.rowID == namespace.rowID
    }

    // MARK: Access tokens

    private func bearer(
        _ token: Secret<String>, scope: ResourceID, right: AccessRights
    ) throws(Denied) -> Grant {
        let text = token.reveal()
        let bare =
            String(text.prefix(7)).equalsIgnoringCase("Bearer ") ? String(text.dropFirst(7).drop { $0 == " " }) : text
        do throws(ServiceError) {
            let grant = try ports.bearer.authorize(token: Secret(bare), right: right, scope: scope, now: now)
            return Grant(holder: .principal(grant), expiresAt: grant.expiresAt)
        } catch {
            switch error.code {
            case .authorizationFailed: throw Denied(.claimMissing(right), .authorizationFailed)
            case .expiredAuthenticationToken: throw Denied(.tokenExpired, .authorizationFailed)
            case .serviceUnavailable: throw Denied(.overloaded)
            default: throw Denied(.bearerInvalid(error.message), .authorizationFailed)
            }
        }
    }

    private func anyBearer(_ token: Secret<String>, scope: ResourceID) throws(Denied) -> Grant {
        do throws(Denied) {
            return try bearer(token, scope: scope, right: .listen)
        } catch {
            guard error.refusal.status == 403 else { throw error }
        }
        do throws(Denied) {
            return try bearer(token, scope: scope, right: .send)
        } catch {
            guard error.refusal.status == 403 else { throw error }
            throw Denied(.claimMissing([.listen, .send], isRuntimeInformation: true), .authorizationFailed)
        }
    }
}
