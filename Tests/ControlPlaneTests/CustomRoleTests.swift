import ControlPlane
import RelayModel
import RelayStore
import Testing

struct CustomRoleTests {
    private static let read = "Microsoft.Relay/namespaces/read"
    private static let listen = "Microsoft.Relay/namespaces/hybridConnections/listen/action"

    private static func id(_ number: Int = 1, at scope: ResourceID) -> ResourceID {
        scope.child(
            "providers/Microsoft.Authorization/roleDefinitions", "0a1b2c3d-4e5f-4a6b-8c7d-00000000000\(number)")
    }

    @discardableResult
    private static func put(
        _ estate: ResourceEstate, _ name: String = "Watcher", number: Int = 1, at scope: ResourceID? = nil,
        permissions: [RolePermission] = [RolePermission(actions: [read])], scopes: [String]? = nil,
        mayWriteAt check: @escaping ControlPlane.RoleWriteCheck = { _ in }
    ) async throws -> PutOutcome<RoleDefinition> {
        let scope = scope ?? estate.group()
        let input = RoleDefinitionInput(
            name: name, description: "", permissions: permissions, assignableScopes: scopes ?? [scope.path]
        )
        let operation = estate.operation(id(number, at: scope), "Microsoft.Authorization/roleDefinitions/write")
        return try await estate.controlPlane.putRoleDefinition(input, operation, mayWriteAt: check)
    }

    private static func estate() async throws -> (ResourceEstate, Caller) {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        return (estate, try await estate.caller("watcher"))
    }

    private static func allows(_ estate: ResourceEstate, _ caller: Caller, at scope: ResourceID) throws -> Bool {
        try estate.accessControl.allows(caller, action: read, at: scope)
    }

    @Test func `a custom role allows what any of its blocks allows`() async throws {
        let (estate, caller) = try await Self.estate()
        let blocks = [
            RolePermission(
                actions: ["Microsoft.Relay/*"], notActions: ["*/write"], dataActions: ["Microsoft.Relay/*"],
                notDataActions: ["*/listen/action"]),
            RolePermission(actions: ["Microsoft.Relay/namespaces/write"]),
        ]
        let role = try await Self.put(estate, permissions: blocks).resource.value
        try await estate.assign(role, to: caller, at: estate.group())
        let scope = estate.connection("orders")
        let allows = { (action: String) in try estate.accessControl.allows(caller, action: action, at: scope) }

        #expect(try allows(Self.read))
        #expect(try allows("Microsoft.Relay/namespaces/write"))
        #expect(try !allows("Microsoft.Relay/namespaces/hybridConnections/write"))
        #expect(try !estate.accessControl.allowsDataAction(caller, action: Self.listen, at: scope))
        let send = "Microsoft.Relay/namespaces/hybridConnections/send/action"
        #expect(try estate.accessControl.allowsDataAction(caller, action: send, at: scope))
    }

    @Test func `a repeated question about a custom role costs no SQL`() async throws {
        let (estate, caller) = try await Self.estate()
        let role = try await Self.put(estate).resource.value
        try await estate.assign(role, to: caller, at: estate.group())
        #expect(try Self.allows(estate, caller, at: estate.group()))

        try estate.store.close()

        #expect(try Self.allows(estate, caller, at: estate.group()))
    }

    @Test func `a role is given only at its assignable scopes, and a change holds at once`() async throws {
        let (estate, caller) = try await Self.estate()
        let role = try await Self.put(estate).resource.value

        let above = await refusal { try await estate.assign(role, to: caller, at: ResourceEstate.subscription) }
        #expect(above?.code == .roleDefinitionDoesNotExist)
        try await estate.assign(role, to: caller, at: estate.group())
        #expect(try Self.allows(estate, caller, at: estate.group()))
        try await Self.put(estate, permissions: [RolePermission(actions: ["Microsoft.Web/*"])])
        #expect(try !Self.allows(estate, caller, at: estate.group()))
        let left = await refusal {
            try await Self.put(
                estate, at: ResourceEstate.subscription,
                scopes: ["/subscriptions/\(ResourceEstate.otherSubscriptionID)"])
        }
        #expect([.badRequest, .roleDefinitionHasAssignments].contains(left?.code))
    }

    @Test func `bad roles are refused with Azure's codes`() async throws {
        let (estate, _) = try await Self.estate()
        try await Self.put(estate)
        let long = String(repeating: "x", count: 513)

        #expect(
            await refusal { try await Self.put(estate, "watcher", number: 2) }?.code
                == .roleDefinitionWithSameNameExists)
        #expect(
            await refusal { try await Self.put(estate, "Owner", number: 2) }?.code == .roleDefinitionWithSameNameExists)
        #expect(await refusal { try await Self.put(estate, "A", number: 2, scopes: []) }?.code == .badRequest)
        #expect(await refusal { try await Self.put(estate, long, number: 2) }?.code == .badRequest)
        let elsewhere = ["/subscriptions/\(ResourceEstate.otherSubscriptionID)"]
        #expect(await refusal { try await Self.put(estate, "A", number: 2, scopes: elsewhere) }?.code == .badRequest)
        let none = ["/subscriptions/\(ResourceEstate.subscriptionID)/resourceGroups/none"]
        #expect(
            await refusal { try await Self.put(estate, "A", number: 2, scopes: none) }?.code == .resourceGroupNotFound)
        let input = RoleDefinitionInput(name: "A", description: "", permissions: [], assignableScopes: ["/"])
        for (name, code) in [
            ("mine", ServiceError.Code.invalidRoleDefinitionID), (RoleDefinition.owner.id, .badRequest),
        ] {
            let id = ResourceID.tenant.child("providers/Microsoft.Authorization/roleDefinitions", name)
            let refused = await refusal {
                try await estate.controlPlane.putRoleDefinition(input, estate.operation(id), mayWriteAt: { _ in })
            }
            #expect(refused?.code == code)
        }
    }

    @Test func `who writes a role needs the right at every assignable scope`() async throws {
        let (estate, _) = try await Self.estate()
        let refused = await refusal {
            try await Self.put(estate, at: estate.group(), scopes: [estate.group().path, "/"]) { scope in
                if scope == .tenant { throw ServiceError(.authorizationFailed, "no") }
            }
        }

        #expect(refused?.code == .authorizationFailed)
    }

    @Test func `a role that is given is not deleted`() async throws {
        let (estate, caller) = try await Self.estate()
        let role = try await Self.put(estate).resource.value
        try await estate.assign(role, to: caller, at: estate.group())
        let operation = estate.operation(Self.id(at: estate.group()), "x/delete")
        let delete = { try await estate.controlPlane.deleteRoleDefinition(operation, mayDeleteAt: { _ in }) }

        #expect(await refusal { try await delete() }?.code == .roleDefinitionHasAssignments)
        let assignment = estate.operation(estate.assignment(1, at: estate.group()), "x/delete")
        _ = try await estate.controlPlane.deleteRoleAssignment(assignment)
        #expect(try await delete()?.value.name == "Watcher")
        #expect(try await delete() == nil)
    }

    @Test func `a list shows what can be given at a scope, and below it when asked`() async throws {
        let (estate, _) = try await Self.estate()
        try await Self.put(estate)
        let list = { (scope: ResourceID, filter: String) in
            try estate.controlPlane.roleDefinitions(
                at: scope, of: estate.owner, filter: FilterExpression(filter)
            ).map(\.role.name)
        }

        #expect(try list(estate.group(), "type eq 'CustomRole'") == ["Watcher"])
        #expect(try list(ResourceEstate.subscription, "type eq 'CustomRole'").isEmpty)
        #expect(try list(ResourceEstate.subscription, "atScopeAndBelow() and type eq 'CustomRole'") == ["Watcher"])
        #expect(try list(estate.group(), "roleName eq 'WATCHER'") == ["Watcher"])
    }
}
