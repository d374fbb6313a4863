import ControlPlane
import RelayModel
import RelayStore
import Testing

struct RoleAssignmentTests {
    private static func put(
        _ estate: ResourceEstate, role: String = RoleDefinition.reader.id, principal: String, type: String? = nil,
        description: String? = nil, number: Int = 1, at scope: ResourceID? = nil, ifNoneMatch: String? = nil
    ) async throws -> PutOutcome<RoleAssignment> {
        let input = RoleAssignmentInput(
            roleDefinitionID: role, principalID: principal, principalType: type, description: description
        )
        let id = estate.assignment(number, at: scope ?? estate.group())
        return try await estate.controlPlane.putRoleAssignment(
            input, estate.operation(id, "Microsoft.Authorization/roleAssignments/write", ifNoneMatch: ifNoneMatch)
        )
    }

    private static func estate() async throws -> (ResourceEstate, Caller) {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        return (estate, try await estate.caller("reader"))
    }

    @Test func `a role is named by its GUID or by any resource ID that ends in it`() async throws {
        let (estate, caller) = try await Self.estate()
        let path =
            "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/ACDD72A7-3385-48ef-bd42-f606fba81ae7"

        let byGUID = try await Self.put(estate, principal: caller.objectID)
        let byPath = try await Self.put(
            estate, role: path, principal: caller.objectID.uppercased(), type: "serviceprincipal", number: 2,
            at: ResourceEstate.subscription
        )

        #expect(byGUID.isNew)
        #expect(byGUID.resource.id == estate.assignment(1, at: estate.group()))
        #expect(byPath.resource.value.roleDefinitionID == RoleDefinition.reader.id)
        #expect(byPath.resource.value.principalID == caller.objectID)
        #expect(byPath.resource.value.principalType == "ServicePrincipal")
    }

    @Test func `the same again is the same, and only the description changes`() async throws {
        let (estate, caller) = try await Self.estate()

        let first = try await Self.put(estate, principal: caller.objectID)
        let same = try await Self.put(estate, principal: caller.objectID)
        let changed = try await Self.put(estate, principal: caller.objectID, description: "why")

        #expect((first.isNew, same.isNew, changed.isNew) == (true, false, false))
        #expect(same.resource.etag == first.resource.etag)
        #expect(changed.resource.etag != first.resource.etag)
        #expect(changed.resource.value.description == "why")
        let refused = await refusal { try await Self.put(estate, principal: caller.objectID, ifNoneMatch: "*") }
        #expect(refused?.code == .preconditionFailed)
    }

    @Test func `a role is given once at a scope, and an assignment does not turn into another`() async throws {
        let (estate, caller) = try await Self.estate()
        let other = try await estate.caller("other")
        _ = try await Self.put(estate, principal: caller.objectID)

        let again = await refusal { try await Self.put(estate, principal: caller.objectID, number: 2) }
        let role = await refusal {
            try await Self.put(estate, role: RoleDefinition.owner.id, principal: caller.objectID)
        }
        let principal = await refusal { try await Self.put(estate, principal: other.objectID) }

        #expect(again?.code == .roleAssignmentExists)
        #expect(role?.code == .conflict)
        #expect(principal?.code == .conflict)
        _ = try await Self.put(estate, principal: other.objectID, number: 2)
        _ = try await Self.put(estate, principal: caller.objectID, number: 2, at: ResourceEstate.subscription)
    }

    @Test func `what an assignment names must be there`() async throws {
        let (estate, caller) = try await Self.estate()
        let named = estate.group().child("providers/Microsoft.Authorization/roleAssignments", "mine")
        let input = RoleAssignmentInput(
            roleDefinitionID: RoleDefinition.reader.id, principalID: caller.objectID, principalType: nil,
            description: nil
        )

        let role = await refusal { try await Self.put(estate, role: "nonsense", principal: caller.objectID) }
        let principal = await refusal { try await Self.put(estate, principal: "reader") }
        let type = await refusal { try await Self.put(estate, principal: caller.objectID, type: "User") }
        let scope = await refusal { try await Self.put(estate, principal: caller.objectID, at: estate.group("none")) }
        let name = await refusal { try await estate.controlPlane.putRoleAssignment(input, estate.operation(named)) }

        #expect(role?.code == .roleDefinitionDoesNotExist)
        #expect(role?.target == "properties.roleDefinitionId")
        #expect(principal?.code == .principalNotFound)
        #expect(principal?.message.contains("its object ID is '\(caller.objectID)'") == true)
        #expect(type?.code == .unmatchedPrincipalType)
        #expect(scope?.code == .resourceGroupNotFound)
        #expect(name?.code == .invalidRoleAssignmentID)
    }

    @Test func `a deletion answers what was taken away`() async throws {
        let (estate, caller) = try await Self.estate()
        let id = try await Self.put(estate, principal: caller.objectID).resource.id
        let delete = { try await estate.controlPlane.deleteRoleAssignment(estate.operation(id, "x/delete")) }

        #expect(try await delete()?.value.principalID == caller.objectID)
        #expect(try await delete() == nil)
        #expect(
            await refusal { try estate.controlPlane.roleAssignment(id, of: estate.owner) }?.code == .resourceNotFound)
    }

    @Test func `a list shows what touches the scope`() async throws {
        let (estate, caller) = try await Self.estate()
        try await estate.putNamespace()
        let other = try await estate.caller("other")
        _ = try await Self.put(estate, principal: caller.objectID, number: 1, at: ResourceEstate.subscription)
        _ = try await Self.put(estate, principal: caller.objectID, number: 2)
        _ = try await Self.put(estate, principal: other.objectID, number: 3)
        _ = try await Self.put(estate, principal: other.objectID, number: 4, at: estate.namespace())
        let list = { (scope: ResourceID, filter: String?) in
            try estate.controlPlane.roleAssignments(
                at: scope, of: estate.owner, filter: filter.map { try FilterExpression($0) }, page: .everything,
                identities: estate.accessControl.identities
            ).map { $0.value.name.suffix(1) }.sorted()
        }

        #expect(try list(estate.group(), nil) == ["1", "1", "2", "3", "4"])
        #expect(try list(estate.group(), "atScope()") == ["1", "1", "2", "3"])
        #expect(try list(estate.namespace(), nil) == ["1", "1", "2", "3", "4"])
        #expect(try list(estate.group(), "principalId eq '\(other.objectID.uppercased())'") == ["3", "4"])
        #expect(try list(estate.group(), "atScope() and assignedTo('\(other.objectID)')") == ["3"])
        #expect(try list(ResourceEstate.subscription, "assignedTo('none')").isEmpty)
        #expect(await refusal { try list(estate.group(), "name eq 'x'") }?.code == .invalidFilter)
        #expect(await refusal { try list(estate.group(), "atScope() or atScope()") }?.code == .invalidFilter)
        #expect(await refusal { try list(estate.group("none"), nil) }?.code == .resourceGroupNotFound)
    }

    @Test func `the last Owner of the tenant stays`() async throws {
        let (estate, caller) = try await Self.estate()
        let first = ResourceID.tenant.child(
            "providers/Microsoft.Authorization/roleAssignments", "00000000-0000-4000-8000-000000000001"
        )
        let remove = { try await estate.controlPlane.deleteRoleAssignment(estate.operation(first, "x/delete")) }
        let disable = { (clientID: String) in
            try await estate.controlPlane.putServicePrincipal(
                displayName: nil, isEnabled: false, estate.operation(estate.principal(clientID))
            )
        }

        #expect(await refusal { try await remove() }?.code == .conflict)
        #expect(await refusal { try await disable("admin") }?.code == .conflict)
        #expect(
            await refusal {
                try await estate.controlPlane.deleteServicePrincipal(estate.operation(estate.principal("admin")))
            }?.code == .conflict
        )
        _ = try await Self.put(estate, role: RoleDefinition.owner.id, principal: caller.objectID, at: .tenant)
        _ = try await disable("reader")
        #expect(await refusal { try await remove() }?.code == .conflict)
        _ = try await estate.controlPlane.putServicePrincipal(
            displayName: nil, isEnabled: true, estate.operation(estate.principal("reader"))
        )
        #expect(try await remove() != nil)
        #expect(try estate.accessControl.allows(caller, action: "a/write", at: .tenant))
    }

    @Test func `roles are listed and found`() async throws {
        let (estate, _) = try await Self.estate()
        let list = { (filter: String?) in
            try estate.controlPlane.roleDefinitions(
                at: estate.group(), of: estate.owner, filter: filter.map { try FilterExpression($0) }
            ).map(\.role.name)
        }
        let id = { (name: String) in
            estate.group().child("providers/Microsoft.Authorization/roleDefinitions", name)
        }

        #expect(try list(nil).count == 7)
        #expect(try list("roleName eq 'azure relay sender'") == ["Azure Relay Sender"])
        #expect(try list("type eq 'BuiltInRole' and atScopeAndBelow()").count == 7)
        #expect(try list("type eq 'CustomRole'").isEmpty)
        #expect(await refusal { try list("color eq 'red'") }?.code == .invalidFilter)
        #expect(
            try estate.controlPlane.roleDefinition(id(RoleDefinition.owner.id), of: estate.owner).role.name == "Owner")
        #expect(
            await refusal { try estate.controlPlane.roleDefinition(id("none"), of: estate.owner) }?.code
                == .resourceNotFound)
    }
}
