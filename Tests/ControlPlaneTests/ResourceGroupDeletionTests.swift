import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceGroupDeletionTests {
    @Test func `everything in the group goes with it, and nothing else`() async throws {
        let estate = try await ResourceEstate()
        for group in ["factory", "office"] {
            try await estate.putGroup(group)
            try await estate.putNamespace("\(group)-relay", group: group)
            try await estate.putPlan(group: group)
            try await estate.putApp(estate.app("\(group)-shop", group: group), plan: estate.plan(group: group))
        }
        try await estate.putConnection("orders")
        let app = estate.app("factory-shop")
        try await estate.putApp(app.child("slots", "staging"), plan: estate.plan())
        try await estate.bind(app, "orders")

        try await estate.controlPlane.deleteResourceGroup(estate.operation(estate.group(), "x/delete"))

        let rest = try estate.store.read { transaction in
            try transaction.trackedResources(
                subscription: ResourceEstate.subscriptionID, group: nil, page: .everything
            )
        }
        #expect(rest.map(\.id.resourceGroup) == ["office", "office", "office"])
        #expect(try !estate.controlPlane.resourceGroupExists(estate.group()))
        try await estate.putGroup()
        try await estate.putNamespace()
        #expect(try estate.controlPlane.hybridConnections(estate.namespace(), page: .everything).isEmpty)
    }

    @Test func `locks and role assignments below the group go with it`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putGroup("factory2")
        let reader = try await estate.caller("reader")
        try await estate.assign(.reader, to: reader, at: estate.namespace(), number: 1)
        try await estate.assign(.reader, to: reader, at: estate.group("factory2"), number: 2)
        try await estate.putLock(.notSpecified, at: estate.namespace())

        try await estate.controlPlane.deleteResourceGroup(estate.operation(estate.group(), "x/delete"))

        let (locks, assignments) = try estate.store.read { transaction in
            (
                try transaction.locks(below: ResourceEstate.subscription),
                try transaction.allRoleAssignments().map(\.value.scope)
            )
        }
        #expect(locks.isEmpty)
        #expect(assignments == [.tenant, estate.group("factory2")])
    }

    @Test func `a lock on anything in the group keeps it`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putConnection("orders")
        try await estate.putLock(.canNotDelete, at: estate.connection("orders"))

        let refused = await refusal {
            try await estate.controlPlane.deleteResourceGroup(
                estate.operation(estate.group(), "Microsoft.Resources/subscriptions/resourceGroups/delete")
            )
        }

        #expect(refused?.code == .scopeLocked)
        #expect(try estate.controlPlane.hybridConnections(estate.namespace(), page: .everything).count == 1)
    }

    @Test func `a plan that runs an app of another group keeps its group`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup("plans")
        try await estate.putGroup("apps")
        try await estate.putPlan(group: "plans")
        try await estate.putApp(estate.app("guest", group: "apps"), plan: estate.plan(group: "plans"))

        let refused = await refusal {
            try await estate.controlPlane.deleteResourceGroup(estate.operation(estate.group("plans"), "x/delete"))
        }

        #expect(refused?.code == .conflict)
        #expect(refused?.message.contains("'guest'") == true)
        try await estate.controlPlane.deleteResourceGroup(estate.operation(estate.group("apps"), "x/delete"))
        try await estate.controlPlane.deleteResourceGroup(estate.operation(estate.group("plans"), "x/delete"))
    }
}
