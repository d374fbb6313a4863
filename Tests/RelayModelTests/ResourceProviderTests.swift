import RelayModel
import Testing

struct ResourceProviderTests {
    @Test func `api-versions are dates, the newest first`() {
        for type in ResourceProvider.all.flatMap(\.resourceTypes) {
            #expect(!type.apiVersions.isEmpty)
            #expect(type.apiVersions == type.apiVersions.sorted(by: >), "\(type.name)")
            #expect(type.apiVersions.allSatisfy { Timestamp(iso8601: String($0.prefix(10))) != nil }, "\(type.name)")
        }
    }

    @Test func `a provider is found without regard to case`() throws {
        #expect(try ResourceProvider.find("MICROSOFT.relay").namespace == "Microsoft.Relay")
        let error = #expect(throws: ServiceError.self) { try ResourceProvider.find("Microsoft.Unheard") }
        #expect(error?.code == .invalidResourceNamespace)
    }

    @Test func `tracked types are those with a location`() {
        let tracked = ResourceProvider.all.flatMap { provider in
            provider.resourceTypes.filter(\.isTracked).map { "\(provider.namespace)/\($0.name)" }
        }

        #expect(
            tracked == [
                "Microsoft.Relay/namespaces", "Microsoft.Web/serverfarms", "Microsoft.Web/sites",
                "Microsoft.Web/sites/slots",
            ]
        )
    }

    @Test func `regions have the names that their display names come to`() throws {
        for region in Region.all {
            #expect(try Location(region.displayName).name == region.name)
            #expect(Region.find(region.location) == region)
        }
        #expect(Region.all.count > 45)
        #expect(Region.find(try Location("West US"))?.regionalDisplayName == "(US) West US")
        #expect(Region.local.regionalDisplayName == "Local")
        #expect(Region.find(try Location("moon")) == nil)
    }
}
