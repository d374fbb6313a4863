import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebRelayServiceConnectionTests {
    private let secret = "Endpoint=sb://old/;SharedSecretValue=legacy-secret-in-clear"

    private func input(
        resourceType: String? = nil, hostname: String? = nil, port: Int? = nil, entityConnectionString: String? = nil
    ) -> RelayServiceConnectionInput {
        RelayServiceConnectionInput(
            resourceType: resourceType, hostname: hostname, port: port, biztalkURI: nil,
            entityConnectionString: entityConnectionString.map(Secret.init), resourceConnectionString: nil
        )
    }

    private func estate() async throws -> (WebEstate, ResourceID) {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        return (estate, estate.app("shop").child("hybridconnection", "old-orders"))
    }

    @Test func `a retired connection is kept and replaced but its secrets stay`() async throws {
        let (estate, id) = try await estate()
        let put = { (input: RelayServiceConnectionInput) in
            try await estate.controlPlane.putRelayServiceConnection(input, estate.operation(id))
        }
        let first = try await put(
            input(resourceType: "SqlServer", hostname: "sql00", port: 1433, entityConnectionString: secret)
        )
        #expect(first.id.path == id.path)
        #expect(first.value.connectionStrings.entity != nil)
        #expect(
            try await put(
                input(resourceType: "SqlServer", hostname: "sql00", port: 1433, entityConnectionString: secret)
            ).etag == first.etag
        )

        let second = try await put(input(hostname: "sql01"))

        #expect(second.value.hostname == "sql01")
        #expect(second.value.resourceType == nil)
        #expect(second.value.port == nil)
        #expect(second.value.connectionStrings == first.value.connectionStrings)
        #expect(try estate.files(containing: "legacy-secret").isEmpty)
    }

    @Test func `a PATCH changes what it names`() async throws {
        let (estate, id) = try await estate()
        let patch = { (input: RelayServiceConnectionInput) in
            try await estate.controlPlane.patchRelayServiceConnection(input, estate.operation(id))
        }
        #expect(await WebEstate.error { try await patch(input(port: 1)) }?.code == .resourceNotFound)
        _ = try await estate.controlPlane.putRelayServiceConnection(
            input(hostname: "sql00", port: 1433), estate.operation(id)
        )

        let patched = try await patch(input(port: 1434))

        #expect(patched.value.hostname == "sql00")
        #expect(patched.value.port == 1434)
    }

    @Test func `a retired connection is deleted once and counts for no limit`() async throws {
        let (estate, id) = try await estate()
        _ = try await estate.controlPlane.putRelayServiceConnection(input(), estate.operation(id))
        let delete = { try await estate.controlPlane.deleteRelayServiceConnection(estate.operation(id)) }

        let listed = try estate.controlPlane.relayServiceConnections(estate.app("shop"), page: .everything)
        #expect(listed.map(\.value.entityName) == ["old-orders"])
        #expect(try estate.controlPlane.planUse(estate.plan()).current == 0)
        try await delete()
        #expect(await WebEstate.error { try await delete() }?.code == .resourceNotFound)
        #expect(await WebEstate.error { try estate.controlPlane.relayServiceConnection(id) }?.code == .resourceNotFound)
    }

    @Test(arguments: [-1, 65_536])
    func `a retired connection with a port out of range is refused`(_ port: Int) async throws {
        let (estate, id) = try await estate()

        let error = await WebEstate.error {
            try await estate.controlPlane.putRelayServiceConnection(input(port: port), estate.operation(id))
        }

        #expect(error?.target == "properties.port")
    }
}
