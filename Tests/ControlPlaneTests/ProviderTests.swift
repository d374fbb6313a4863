import ControlPlane
import RelayModel
import Testing

struct ProviderTests {
    private static func change(
        _ estate: ResourceEstate, _ namespace: String, isRegistered: Bool
    ) async throws -> ProviderRegistration {
        let operation = estate.operation(ResourceEstate.subscription.child("providers", namespace))
        return try await isRegistered
            ? estate.controlPlane.registerProvider(operation) : estate.controlPlane.unregisterProvider(operation)
    }

    @Test func `every provider is registered from the start`() async throws {
        let estate = try await ResourceEstate()

        let providers = try estate.controlPlane.providers(subscription: ResourceEstate.subscription)

        #expect(
            providers.map(\.provider.namespace) == [
                "Causeway.Relay", "Microsoft.Authorization", "Microsoft.Insights", "Microsoft.Relay",
                "Microsoft.Resources", "Microsoft.Web",
            ]
        )
        #expect(providers.allSatisfy { $0.isRegistered })
    }

    @Test func `what is unregistered makes no resources until it is registered again`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()

        #expect(try await !Self.change(estate, "microsoft.RELAY", isRegistered: false).isRegistered)
        #expect(try await !Self.change(estate, "Microsoft.Relay", isRegistered: false).isRegistered)
        #expect(await refusal { try await estate.putNamespace() }?.code == .missingSubscriptionRegistration)
        #expect(try await Self.change(estate, "Microsoft.Relay", isRegistered: true).isRegistered)
        try await estate.putNamespace()
        let provider = try estate.controlPlane.provider("Microsoft.Relay", subscription: ResourceEstate.subscription)
        #expect(provider.isRegistered)
    }

    @Test func `what is in use or always there cannot be unregistered`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()

        let used = await refusal { try await Self.change(estate, "Microsoft.Relay", isRegistered: false) }
        let always = await refusal { try await Self.change(estate, "Microsoft.Resources", isRegistered: false) }

        #expect(used?.code == .conflict)
        #expect(always?.code == .conflict)
        #expect(try await Self.change(estate, "Microsoft.Resources", isRegistered: true).isRegistered)
        #expect(try await !Self.change(estate, "Microsoft.Web", isRegistered: false).isRegistered)
    }

    @Test func `a provider that there is not is refused`() async throws {
        let estate = try await ResourceEstate()

        let codes = [
            await refusal { try await Self.change(estate, "Microsoft.Unheard", isRegistered: true) }?.code,
            await refusal {
                try estate.controlPlane.provider("Microsoft.Unheard", subscription: ResourceEstate.subscription)
            }?.code,
            await refusal { try estate.controlPlane.providers(subscription: .subscription("none")) }?.code,
        ]

        #expect(codes == [.invalidResourceNamespace, .invalidResourceNamespace, .subscriptionNotFound])
    }
}
