import ControlPlane
import RelayModel
import Testing

struct ListenerUseTests {
    @Test func `five connections on two managers are ten listeners`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace("Factory-Relay")
        for index in 1...5 {
            try await estate.putConnection("Line-\(index)")
            estate.listeners.set(2, at: "factory-relay/line-\(index)")
        }

        let use = try estate.controlPlane.listenerUse(at: ResourceEstate.subscription)

        #expect(use.listenerCount == 10)
        #expect(use.entries.map(\.connection.id.name) == (1...5).map { "Line-\($0)" })
        #expect(use.entries.allSatisfy { $0.listenerCount == 2 })
    }

    @Test func `a scope counts what lies in it`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putGroup("office")
        try await estate.putNamespace()
        try await estate.putNamespace("office-relay", group: "office")
        try await estate.putConnection("orders")
        try await estate.putConnection("area~line")
        estate.listeners.set(1, at: "factory-relay/orders")
        estate.listeners.set(3, at: "factory-relay/area/line")
        let count = { (scope: ResourceID) in
            let use = try estate.controlPlane.listenerUse(at: scope)
            return "\(use.entries.count) \(use.listenerCount)"
        }

        #expect(try count(ResourceEstate.subscription) == "2 4")
        #expect(try count(estate.group("FACTORY")) == "2 4")
        #expect(try count(estate.group("office")) == "0 0")
        #expect(try count(estate.namespace()) == "2 4")
        #expect(try count(estate.connection("area~line")) == "1 3")
        #expect(try count(estate.connection("ORDERS")) == "1 1")
        #expect(try count(.subscription(ResourceEstate.otherSubscriptionID)) == "0 0")
    }

    @Test func `what has no listeners is refused`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putPlan()
        let use = { (scope: ResourceID) in
            await refusal { try estate.controlPlane.listenerUse(at: scope) }?.code
        }

        #expect(await use(.tenant) == .badRequest)
        #expect(await use(estate.plan()) == .badRequest)
        #expect(await use(estate.namespace()) == .resourceNotFound)
        #expect(await use(estate.group("none")) == .resourceGroupNotFound)
        #expect(await use(.subscription("none")) == .subscriptionNotFound)
    }
}
