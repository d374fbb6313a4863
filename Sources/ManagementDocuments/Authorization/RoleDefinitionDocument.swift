package import RelayModel

/// The JSON body of a role.
package enum RoleDefinitionDocument {
    package struct Fields: Sendable {
        package var name: String
        package var description: String
        package var permissions: [RolePermission]
        package var assignableScopes: [String]
    }

    /// Reads the body of a PUT.
    /// - Throws: `ServiceError` with `invalidActionOrNotAction` for a pattern that can stand for no operation.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        if let type = try properties.string("type"), !type.isEmpty,
            !type.equalsIgnoringCase(RoleDefinition.Kind.custom.rawValue)
        {
            throw ServiceError(
                .badRequest, "The type of a role that is written is CustomRole and not '\(NameRule.shown(type))'.",
                target: "properties.type"
            )
        }
        var permissions: [RolePermission] = []
        for block in try properties.objects("permissions") ?? [] { permissions.append(try permission(block)) }
        return Fields(
            name: try properties.requiredString("roleName"), description: try properties.string("description") ?? "",
            permissions: permissions, assignableScopes: try properties.strings("assignableScopes") ?? []
        )
    }

    private static func permission(_ block: DocumentReader) throws(ServiceError) -> RolePermission {
        for name in ["condition", "conditionVersion"] {
            guard let condition = try block.string(name), !condition.isEmpty else { continue }
            throw ServiceError(
                .badRequest, "Conditions of permissions are not supported; leave '\(name)' out.",
                target: "properties.permissions"
            )
        }
        return RolePermission(
            actions: try patterns("actions", block), notActions: try patterns("notActions", block),
            dataActions: try patterns("dataActions", block), notDataActions: try patterns("notDataActions", block)
        )
    }

    private static func patterns(_ name: String, _ block: DocumentReader) throws(ServiceError) -> [String] {
        let patterns = try block.strings(name) ?? []
        for pattern in patterns where !isAction(pattern) {
            throw ServiceError(
                .invalidActionOrNotAction,
                "'\(NameRule.shown(pattern))' does not match any of the actions supported by the providers: \(name) are "
                    + "'{provider}/{type}/{read | write | delete | action}' of at most \(Limits.roleActionMax) characters, "
                    + "with '*' for any part.",
                target: "properties.permissions"
            )
        }
        return patterns
    }

    /// Actions of providers that this server does not have are kept: a role may come from elsewhere as it is.
    private static func isAction(_ pattern: String) -> Bool {
        guard (1...Limits.roleActionMax).contains(pattern.utf8.count),
            pattern.utf8.allSatisfy({ isLetterOrDigit($0) || "*./-_".utf8.contains($0) })
        else { return false }
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains(""), let last = parts.last else { return false }
        if last.hasSuffix("*") { return isOurs(pattern) }
        return parts.count > 1 && ["read", "write", "delete", "action"].contains(last.asciiLowercased)
            && isOurs(pattern)
    }

    /// Whether the pattern stands for an operation of Causeway.Relay, when it names that provider.
    private static func isOurs(_ pattern: String) -> Bool {
        guard pattern.asciiLowercased.hasPrefix("causeway.relay/") else { return true }
        let action = ActionPattern(pattern)
        return ProviderOperation.causeway.contains { action.matches($0.name) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// The ID of a role as it is seen from a scope: below the scope's subscription, or below the tenant.
    package static func id(of guid: String, at scope: ResourceID) -> ResourceID {
        let root = scope.subscriptionID.map(ResourceID.subscription) ?? .tenant
        return root.child("providers/Microsoft.Authorization/roleDefinitions", guid)
    }

    /// `createdAt` and `updatedAt`: of a custom role.
    package static func render(
        _ role: RoleDefinition, at scope: ResourceID, createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil
    ) -> JSONValue {
        var object = JSONObject(id: id(of: role.id, at: scope), type: "Microsoft.Authorization/roleDefinitions")
        var properties: JSONObject = [
            "roleName": .string(role.name),
            "description": .string(role.description),
            "type": .string(role.kind.rawValue),
            "permissions": .array(role.permissions.map(PermissionDocument.render)),
            "assignableScopes": .array(role.assignableScopes.map { .string($0.path) }),
        ]
        if let createdAt { properties.append("createdOn", createdAt.json) }
        if let updatedAt { properties.append("updatedOn", updatedAt.json) }
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The JSON object of one block of a role.
package enum PermissionDocument {
    package static func render(_ block: RolePermission) -> JSONValue {
        [
            "actions": array(block.actions), "notActions": array(block.notActions),
            "dataActions": array(block.dataActions), "notDataActions": array(block.notDataActions),
        ]
    }

    private static func array(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
}
