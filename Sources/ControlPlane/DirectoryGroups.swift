public import RelayModel
public import RelayStore

/// What a client may set on a group; what is absent stays as it is.
public struct DirectoryGroupInput: Sendable {
    public var displayName: String?
    public var description: String?

    public init(displayName: String?, description: String?) {
        self.displayName = displayName
        self.description = description
    }
}

extension ControlPlane {
    /// The group of the ID `/providers/Causeway.Relay/groups/{display name or object ID}`.
    public func group(_ id: ResourceID, of caller: Caller) throws -> Versioned<DirectoryGroup> {
        try store.read { try $0.requireGroup(id.groupName, ofTenant: caller.tenantID) }
    }

    /// Those of the caller's tenant, ordered by object ID.
    public func groups(of caller: Caller, page: Page) throws -> [Versioned<DirectoryGroup>] {
        try store.read { try $0.directoryGroups(ofTenant: caller.tenantID, page: page) }
    }

    /// Creates the group, under its display name or an object ID, or changes what is given.
    public func putGroup(
        _ input: DirectoryGroupInput, _ operation: Operation
    ) async throws -> PutOutcome<DirectoryGroup> {
        let name = operation.resourceID.groupName
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let present = try transaction.group(name, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            let isID = UUIDText.isValid(name)
            guard let displayName = input.displayName ?? present?.value.displayName ?? (isID ? nil : name) else {
                throw ServiceError(
                    .badRequest,
                    "The property 'properties.displayName' is required for a new group that is named by an ID.",
                    target: "properties.displayName"
                )
            }
            try transaction.checkName(displayName, of: present, tenantID)
            if let present {
                var value = present.value
                value.displayName = displayName
                value.description = input.description ?? value.description
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            let objectID = isID ? name.asciiLowercased : UUIDText.random()
            guard try transaction.principal(objectID: objectID) == nil else {
                throw ServiceError(
                    .conflict, "The object ID '\(objectID)' is in use. Choose another one.", target: "name")
            }
            if let role = try transaction.allRoleAssignments().first(where: {
                $0.value.principalID.equalsIgnoringCase(objectID)
            }) {
                throw ServiceError(
                    .conflict,
                    "The object ID '\(objectID)' has the role assignment '\(role.value.name)' already. Choose another one.",
                    target: "name")
            }
            let group = DirectoryGroup(
                tenantID: tenantID, objectID: objectID, displayName: displayName, description: input.description
            )
            return PutOutcome(resource: try transaction.insert(group), isNew: true)
        }
    }

    /// Deletes the group with its memberships and role assignments.
    /// - Returns: whether there was one.
    public func deleteGroup(_ operation: Operation) async throws -> Bool {
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let present = try transaction.group(operation.resourceID.groupName, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.keepingOwner(ofTenant: tenantID) { try transaction.delete(present) }
            return true
        }
    }

    // MARK: Members

    /// The direct members of the group, ordered by object ID.
    public func members(ofGroup id: ResourceID, of caller: Caller, page: Page) throws -> [DirectoryPrincipal] {
        try store.read { transaction in
            let group = try transaction.requireGroup(id.groupName, ofTenant: caller.tenantID)
            return try transaction.memberIDs(of: group, page: page).compactMap {
                try transaction.principal(objectID: $0)
            }
        }
    }

    /// The direct member of the ID `{group}/members/{objectId}`.
    public func member(_ id: ResourceID, of caller: Caller) throws -> DirectoryPrincipal {
        try store.read { transaction in
            let group = try transaction.requireGroup(id.groupName, ofTenant: caller.tenantID)
            guard try transaction.isMember(id.name, of: group),
                let member = try transaction.principal(objectID: id.name)
            else {
                throw ServiceError(
                    .resourceNotFound,
                    "'\(NameRule.shown(id.name))' is no member of the group '\(group.value.displayName)'."
                )
            }
            return member
        }
    }

    /// Adds the member; the operation is on `{group}/members/{objectId}`.
    /// - Returns: the member, and whether it is a new one.
    public func putMember(_ operation: Operation) async throws -> (member: DirectoryPrincipal, isNew: Bool) {
        let id = operation.resourceID
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let group = try transaction.requireGroup(id.groupName, ofTenant: tenantID)
            guard let member = try transaction.principal(objectID: id.name),
                member.tenantID.equalsIgnoringCase(tenantID)
            else {
                throw ServiceError(
                    .principalNotFound,
                    "Principal '\(NameRule.shown(id.name))' does not exist in the directory \(tenantID).",
                    target: "name"
                )
            }
            guard !member.objectID.equalsIgnoringCase(group.value.objectID) else {
                throw ServiceError(.badRequest, "A group cannot be a member of itself.", target: "name")
            }
            if try transaction.isMember(member.objectID, of: group) { return (member, false) }
            guard try transaction.memberCount(of: group) < Limits.groupMembersMax else {
                throw ServiceError(
                    .quotaExceeded,
                    "The group '\(group.value.displayName)' has \(Limits.groupMembersMax) members, the most that there can be."
                )
            }
            try transaction.addMember(member.objectID, to: group)
            return (member, true)
        }
    }

    /// Takes the member out; the operation is on `{group}/members/{objectId}`.
    /// - Returns: whether it was one.
    public func deleteMember(_ operation: Operation) async throws -> Bool {
        let id = operation.resourceID
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let group = try transaction.requireGroup(id.groupName, ofTenant: tenantID)
            guard try transaction.isMember(id.name, of: group) else { return false }
            try transaction.keepingOwner(ofTenant: tenantID) { try transaction.removeMember(id.name, from: group) }
            return true
        }
    }
}

extension ResourceID {
    fileprivate var groupName: String { value(of: "groups") ?? "" }
}

extension StoreTransaction {
    /// The group of that display name or object ID, when it is one of the tenant.
    fileprivate func group(_ name: String, ofTenant tenantID: String) throws -> Versioned<DirectoryGroup>? {
        guard UUIDText.isValid(name) else { return try directoryGroup(named: name, ofTenant: tenantID) }
        guard let group = try directoryGroup(objectID: name), group.value.tenantID.equalsIgnoringCase(tenantID) else {
            return nil
        }
        return group
    }

    fileprivate func requireGroup(_ name: String, ofTenant tenantID: String) throws -> Versioned<DirectoryGroup> {
        if let group = try group(name, ofTenant: tenantID) { return group }
        throw ServiceError(.resourceNotFound, "The group '\(NameRule.shown(name))' was not found.")
    }

    /// Names of groups are unique in their tenant, so that they can stand in a path; one in the form of an ID could not.
    fileprivate func checkName(
        _ displayName: String, of present: Versioned<DirectoryGroup>?, _ tenantID: String
    ) throws {
        try DirectoryRule.check(displayName: displayName)
        guard !UUIDText.isValid(displayName), displayName != ".", displayName != ".." else {
            throw ServiceError(
                .badRequest, "The display name of a group must not have the form of an ID.",
                target: "properties.displayName"
            )
        }
        guard let other = try directoryGroup(named: displayName, ofTenant: tenantID), other.rowID != present?.rowID
        else {
            return
        }
        throw ServiceError(
            .conflict, "The group '\(NameRule.shown(displayName))' exists: \(other.value.objectID).",
            target: "properties.displayName"
        )
    }
}
