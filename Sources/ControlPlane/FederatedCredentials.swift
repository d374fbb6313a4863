public import RelayModel
import RelayStore

/// What a PUT of a federated credential says.
public struct FederatedCredentialInput: Sendable {
    public var issuer: String
    public var subject: String
    /// Empty for the usual one.
    public var audiences: [String]
    public var description: String?

    public init(issuer: String, subject: String, audiences: [String], description: String?) {
        self.issuer = issuer
        self.subject = subject
        self.audiences = audiences
        self.description = description
    }
}

extension ControlPlane {
    /// The audience that tools ask issuers for when nobody told them another one (Entra).
    public static let tokenExchangeAudience = "api://AzureADTokenExchange"

    /// The credential of the ID `…/servicePrincipals/{clientId}/federatedCredentials/{name}`.
    public func federatedCredential(_ id: ResourceID, of caller: Caller) throws -> Versioned<FederatedCredential> {
        try store.read { transaction in
            let principal = try transaction.owner(of: id, caller)
            guard let credential = try transaction.federatedCredential(id.name, of: principal) else {
                throw Self.missing(id)
            }
            return credential
        }
    }

    /// All of the service principal, ordered by name; the ID is the service principal's.
    public func federatedCredentials(of id: ResourceID, _ caller: Caller) throws -> [Versioned<FederatedCredential>] {
        try store.read { try $0.federatedCredentials(of: $0.owner(of: id, caller)) }
    }

    public func putFederatedCredential(
        _ input: FederatedCredentialInput, _ operation: Operation
    ) async throws -> PutOutcome<FederatedCredential> {
        let name = operation.resourceID.name
        let value = FederatedCredential(
            name: name, issuer: input.issuer, subject: input.subject,
            audiences: input.audiences.isEmpty ? [Self.tokenExchangeAudience] : input.audiences,
            description: input.description
        )
        try Self.check(value)
        return try await perform(operation) { transaction in
            let principal = try transaction.owner(of: operation.resourceID, operation.caller)
            let all = try transaction.federatedCredentials(of: principal)
            let present = all.first { $0.value.name.equalsIgnoringCase(name) }
            try operation.precondition.check(etag: present?.etag)
            let others = all.filter { !$0.value.name.equalsIgnoringCase(name) }
            if let twin = others.first(where: { $0.value.issuer == value.issuer && $0.value.subject == value.subject })
            {
                throw ServiceError(
                    .conflict,
                    "The federated credential '\(twin.value.name)' has this issuer and this subject already.",
                    target: "properties.subject")
            }
            if let present {
                var value = value
                value.name = present.value.name
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            guard all.count < Limits.federatedCredentialsMax else {
                throw ServiceError(
                    .conflict,
                    "The service principal '\(principal.value.clientID)' has \(all.count) of at most "
                        + "\(Limits.federatedCredentialsMax) federated credentials. Delete one first.")
            }
            return PutOutcome(resource: try transaction.insert(value, of: principal), isNew: true)
        }
    }

    /// - Returns: whether there was one.
    public func deleteFederatedCredential(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let principal = try transaction.owner(of: operation.resourceID, operation.caller)
            let present = try transaction.federatedCredential(operation.resourceID.name, of: principal)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            return true
        }
    }

    private static func missing(_ id: ResourceID) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "The federated credential '\(NameRule.shown(id.name))' of the service principal "
                + "'\(NameRule.shown(id.value(of: "servicePrincipals") ?? ""))' was not found.")
    }

    private static func check(_ credential: FederatedCredential) throws(ServiceError) {
        let isPlain = credential.name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard (3...120).contains(credential.name.utf8.count), isPlain else {
            throw ServiceError(
                .badRequest,
                "The name '\(NameRule.shown(credential.name))' is invalid: use 3 to 120 letters, digits, '-' and '_'.",
                target: "name")
        }
        guard credential.issuer.hasPrefix("https://") || credential.issuer.hasPrefix("http://"),
            (9...600).contains(credential.issuer.utf8.count),
            credential.issuer.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ServiceError(
                .badRequest,
                "The issuer '\(NameRule.shown(credential.issuer))' is invalid: it must be the URL that the issuer's tokens "
                    + "have in 'iss', with at most 600 characters.",
                target: "properties.issuer")
        }
        guard (1...600).contains(credential.subject.utf8.count) else {
            throw ServiceError(
                .badRequest,
                "The subject must have 1 to 600 bytes and has \(credential.subject.utf8.count).",
                target: "properties.subject")
        }
        let audiences = credential.audiences
        guard (1...10).contains(audiences.count), audiences.allSatisfy({ (1...600).contains($0.utf8.count) }) else {
            throw ServiceError(
                .badRequest, "audiences must have 1 to 10 entries of 1 to 600 bytes.", target: "properties.audiences")
        }
        guard credential.description.map({ $0.count <= 600 }) ?? true else {
            throw ServiceError(
                .badRequest, "The description has more than 600 characters.", target: "properties.description")
        }
    }
}

extension StoreTransaction {
    /// The service principal that the credential belongs to, in the caller's tenant.
    fileprivate func owner(of id: ResourceID, _ caller: Caller) throws -> Versioned<ServicePrincipal> {
        let clientID = id.value(of: "servicePrincipals") ?? ""
        if let principal = try servicePrincipal(clientID: clientID),
            principal.value.tenantID.equalsIgnoringCase(caller.tenantID)
        {
            return principal
        }
        throw ServiceError(.resourceNotFound, "The service principal '\(NameRule.shown(clientID))' was not found.")
    }
}
