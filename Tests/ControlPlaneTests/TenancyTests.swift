import ControlPlane
import RelayModel
import RelayStore
import Testing

struct TenancyTests {
    private static let otherTenant = "9c2f1a7c-3e5d-4b0e-8f57-61c09d3a4b99"
    private static let otherSubscription = "00000000-0000-4000-8000-00000000000b"

    private static func id(_ type: String, _ name: String) -> ResourceID {
        ResourceID.tenant.child("providers", "Causeway.Relay").child(type, name)
    }

    private static func operation(_ estate: ResourceEstate, _ id: ResourceID, _ caller: Caller) -> Operation {
        var operation = estate.operation(id)
        operation.caller = caller
        return operation
    }

    /// Another tenant with a subscription, and its Owner.
    private static func other(_ estate: ResourceEstate) async throws -> Caller {
        let outcome = try await estate.controlPlane.putTenant(
            displayName: "Plant", administratorClientID: "plant-admin", estate.operation(id("tenants", otherTenant)))
        let principal = try #require(outcome.administrator)
        let caller = Caller(
            tenantID: principal.tenantID, objectID: principal.objectID, clientID: principal.clientID, displayName: "")
        _ = try await estate.controlPlane.putSubscription(
            displayName: nil, operation(estate, id("subscriptions", otherSubscription), caller))
        return caller
    }

    @Test func `an Owner at the tenant is Owner of its own tenant alone`() async throws {
        let estate = try await ResourceEstate()
        let other = try await Self.other(estate)
        let theirs = ResourceID.subscription(Self.otherSubscription)
        let allows = { (caller: Caller, scope: ResourceID) in
            try estate.accessControl.allows(caller, action: "a/write", at: scope)
        }

        #expect(try allows(other, theirs))
        #expect(try allows(other, .tenant))
        #expect(try !allows(other, ResourceEstate.subscription))
        #expect(try !allows(estate.owner, theirs))
        #expect(try !allows(estate.owner, Self.id("subscriptions", Self.otherSubscription)))
        #expect(try !estate.accessControl.hasAnyRight(estate.owner, under: theirs))
        var disguised = estate.owner
        disguised.tenantID = Self.otherTenant
        #expect(try !allows(disguised, theirs))
        #expect(try !allows(disguised, .tenant))
    }

    @Test func `nothing of another tenant is listed, found or given a role`() async throws {
        let estate = try await ResourceEstate()
        let other = try await Self.other(estate)
        let plane = estate.controlPlane

        #expect(
            try plane.servicePrincipals(of: other, page: .everything).map(\.principal.value.clientID) == ["plant-admin"]
        )
        #expect(
            await refusal { try plane.servicePrincipal(Self.id("servicePrincipals", "admin"), of: other) }?.code
                == .resourceNotFound)
        #expect(try plane.subscriptions(of: other).map(\.subscriptionID) == [Self.otherSubscription])
        #expect(try plane.tenants(of: other).map(\.value.tenantID) == [Self.otherTenant])
        #expect(try plane.tenants(of: estate.owner).count == 2)
        #expect(
            try plane.principals([estate.owner.objectID, other.objectID], of: other).map(\.objectID) == [other.objectID]
        )
        let list = try plane.roleAssignments(
            at: .tenant, of: other, filter: nil, page: .everything, identities: estate.accessControl.identities)
        #expect(list.map(\.value.principalID) == [other.objectID])
        let input = RoleAssignmentInput(
            roleDefinitionID: RoleDefinition.reader.id, principalID: estate.owner.objectID, principalType: nil,
            description: nil)
        let assignment = Self.operation(estate, estate.assignment(7, at: .tenant), other)
        #expect(await refusal { try await plane.putRoleAssignment(input, assignment) }?.code == .principalNotFound)
        let first = ResourceID.tenant.child(
            "providers/Microsoft.Authorization/roleAssignments", "00000000-0000-4000-8000-000000000001")
        #expect(try await plane.deleteRoleAssignment(Self.operation(estate, first, other)) == nil)
        let principal = Self.operation(estate, Self.id("servicePrincipals", "admin"), other)
        #expect(try await !plane.deleteServicePrincipal(principal))
        let take = await refusal {
            try await plane.putServicePrincipal(displayName: nil, isEnabled: false, principal)
        }
        #expect(take?.code == .conflict)
        let member = Self.operation(
            estate, Self.id("groups", "g").child("members", estate.owner.objectID), other)
        _ = try await plane.putGroup(
            DirectoryGroupInput(displayName: nil, description: nil),
            Self.operation(estate, Self.id("groups", "g"), other))
        #expect(await refusal { try await plane.putMember(member) }?.code == .principalNotFound)
        #expect(try plane.groups(of: estate.owner, page: .everything).isEmpty)
    }

    @Test func `only the first tenant manages tenants, and a tenant goes when it has no subscription`() async throws {
        let estate = try await ResourceEstate()
        let other = try await Self.other(estate)
        let plane = estate.controlPlane
        let third = Self.operation(estate, Self.id("tenants", "9c2f1a7c-3e5d-4b0e-8f57-61c09d3a4b98"), other)

        let make = await refusal {
            try await plane.putTenant(displayName: nil, administratorClientID: nil, third)
        }
        #expect(make?.code == .authorizationFailed)
        let tenant = Self.id("tenants", Self.otherTenant)
        #expect(
            await refusal { try await plane.deleteTenant(Self.operation(estate, tenant, other)) }?.code
                == .authorizationFailed)
        #expect(await refusal { try await plane.deleteTenant(estate.operation(tenant)) }?.code == .conflict)
        let subscription = Self.id("subscriptions", Self.otherSubscription)
        #expect(try await !plane.deleteSubscription(estate.operation(subscription)))
        #expect(try await plane.deleteSubscription(Self.operation(estate, subscription, other)))
        #expect(try await plane.deleteTenant(estate.operation(tenant)))
        #expect(try estate.store.read { try $0.principal(objectID: other.objectID) } == nil)
        let own = Self.id("tenants", ResourceEstate.tenantID)
        #expect(await refusal { try await plane.deleteTenant(estate.operation(own)) }?.code == .conflict)
    }

    @Test func `a subscription is renamed, and deleted only when it is empty`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let id = Self.id("subscriptions", ResourceEstate.subscriptionID)
        let outcome = try await estate.controlPlane.putSubscription(displayName: "Factory", estate.operation(id))

        #expect((outcome.isNew, outcome.subscription.displayName) == (false, "Factory"))
        #expect(
            await refusal { try await estate.controlPlane.deleteSubscription(estate.operation(id)) }?.code == .conflict)
        let bad = estate.operation(Self.id("subscriptions", "mine"))
        let refused = await refusal { try await estate.controlPlane.putSubscription(displayName: nil, bad) }
        #expect(refused?.code == .badRequest)
        let other = Self.id("subscriptions", ResourceEstate.otherSubscriptionID)
        #expect(try await estate.controlPlane.deleteSubscription(estate.operation(other)))
        #expect(try estate.controlPlane.subscriptions(of: estate.owner).count == 1)
    }
}
