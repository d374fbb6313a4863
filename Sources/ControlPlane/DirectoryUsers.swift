public import RelayModel
public import RelayStore

/// A password as the store knows it, hashed with scrypt.
public struct PasswordHash: Sendable {
    public var salt: [UInt8]
    public var hash: [UInt8]

    public init(salt: [UInt8], hash: [UInt8]) {
        self.salt = salt
        self.hash = hash
    }
}

/// What a client may set on a user; what is absent stays as it is.
public struct DirectoryUserInput: Sendable {
    public var displayName: String?
    public var isEnabled: Bool?
    /// A new user needs one.
    public var password: PasswordHash?

    public init(displayName: String?, isEnabled: Bool?, password: PasswordHash?) {
        self.displayName = displayName
        self.isEnabled = isEnabled
        self.password = password
    }
}

extension ControlPlane {
    /// The user of the ID `/providers/Causeway.Relay/users/{user principal name or object ID}`.
    public func user(_ id: ResourceID, of caller: Caller) throws -> Versioned<DirectoryUser> {
        try store.read { try $0.requireUser(id.userName, ofTenant: caller.tenantID) }
    }

    /// Those of the caller's tenant, ordered by user principal name.
    public func users(of caller: Caller, page: Page) throws -> [Versioned<DirectoryUser>] {
        try store.read { try $0.directoryUsers(ofTenant: caller.tenantID, page: page) }
    }

    /// Creates the user, or changes what is given.
    public func putUser(_ input: DirectoryUserInput, _ operation: Operation) async throws -> PutOutcome<DirectoryUser> {
        let name = operation.resourceID.userName
        let tenantID = operation.caller.tenantID
        if let displayName = input.displayName { try DirectoryRule.check(displayName: displayName) }
        return try await perform(operation) { transaction in
            let present = try transaction.user(name, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                let changed = try transaction.keepingOwner(ofTenant: tenantID) {
                    try transaction.update(present, to: present.value.applying(input))
                }
                return PutOutcome(resource: changed, isNew: false)
            }
            try DirectoryRule.check(userPrincipalName: name)
            guard try transaction.directoryUser(named: name) == nil else {
                throw ServiceError(
                    .conflict, "The user principal name '\(name)' is in use. Choose another one.", target: "name"
                )
            }
            guard let password = input.password else {
                throw ServiceError(
                    .badRequest, "The property 'properties.password' is required for a new user.",
                    target: "properties.password"
                )
            }
            let user = DirectoryUser(
                tenantID: tenantID, objectID: UUIDText.random(), userPrincipalName: name,
                displayName: input.displayName ?? name, isEnabled: input.isEnabled ?? true, salt: password.salt,
                hash: password.hash
            )
            return PutOutcome(resource: try transaction.insert(user), isNew: true)
        }
    }

    /// Gives the user another password; tokens to renew a sign-in that were made before are worth nothing.
    public func setPassword(_ password: PasswordHash, _ operation: Operation) async throws {
        try await perform(operation) { transaction in
            let user = try transaction.requireUser(
                operation.resourceID.userName, ofTenant: operation.caller.tenantID)
            try operation.precondition.check(etag: user.etag)
            let input = DirectoryUserInput(displayName: nil, isEnabled: nil, password: password)
            _ = try transaction.update(user, to: user.value.applying(input))
        }
    }

    /// Deletes the user with its role assignments and memberships.
    /// - Returns: whether there was one.
    public func deleteUser(_ operation: Operation) async throws -> Bool {
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let present = try transaction.user(operation.resourceID.userName, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.keepingOwner(ofTenant: tenantID) { try transaction.delete(present) }
            return true
        }
    }
}

extension DirectoryUser {
    fileprivate func applying(_ input: DirectoryUserInput) -> DirectoryUser {
        var user = self
        user.displayName = input.displayName ?? displayName
        user.isEnabled = input.isEnabled ?? isEnabled
        if let password = input.password {
            user.salt = password.salt
            user.hash = password.hash
        }
        // What was signed in before ends with the password, and with being disabled.
        if input.password != nil || isEnabled && !user.isEnabled { user.credentialVersion += 1 }
        return user
    }
}

extension ResourceID {
    fileprivate var userName: String { value(of: "users") ?? "" }
}

extension StoreTransaction {
    /// The user of that user principal name or object ID, when it is one of the tenant.
    func user(_ name: String, ofTenant tenantID: String) throws -> Versioned<DirectoryUser>? {
        let found = UUIDText.isValid(name) ? try directoryUser(objectID: name) : try directoryUser(named: name)
        guard let found, found.value.tenantID.equalsIgnoringCase(tenantID) else { return nil }
        return found
    }

    fileprivate func requireUser(_ name: String, ofTenant tenantID: String) throws -> Versioned<DirectoryUser> {
        if let user = try user(name, ofTenant: tenantID) { return user }
        throw ServiceError(.resourceNotFound, "The user '\(NameRule.shown(name))' was not found.")
    }
}
