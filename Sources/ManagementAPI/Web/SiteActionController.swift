import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// What clients do to apps and slots beside writing them, and what they look up there: nothing is run, so all of it is
/// short.
struct SiteActionController: Sendable {
    private let controlPlane: ControlPlane
    private let hostSuffix: String

    init(_ controlPlane: ControlPlane, hostSuffix: String) {
        self.controlPlane = controlPlane
        self.hostSuffix = hostSuffix
    }

    func start(_ call: Call) async throws -> Answer {
        try await controlPlane.setSite(isStopped: false, call.operation)
        return Answer(.ok)
    }

    func stop(_ call: Call) async throws -> Answer {
        try await controlPlane.setSite(isStopped: true, call.operation)
        return Answer(.ok)
    }

    /// For what has no effect here: restarts, looking for functions again.
    func acknowledge(_ call: Call) async throws -> Answer {
        try await controlPlane.touchSite(call.operation)
        return Answer(.ok)
    }

    func listFunctionKeys(_ call: Call) async throws -> Answer {
        let keys = try controlPlane.functionKeys(call.resourceID)
        return Answer(
            .ok,
            SiteChildDocument.renderFunctionKeys(master: keys.master.reveal(), function: keys.function.reveal()))
    }

    /// There is never any: extensions of sites, functions.
    func listNothing(_ call: Call) async throws -> Answer {
        _ = try controlPlane.site(call.resourceID)
        return Answer(.ok, ["value": [], "nextLink": .null])
    }

    func listHostNames(_ call: Call) async throws -> Answer {
        let site = try controlPlane.site(call.resourceID)
        return Answer(
            .ok, ["value": [SiteChildDocument.renderHostName(site, hostSuffix: hostSuffix)], "nextLink": .null])
    }

    func getNetwork(_ call: Call) async throws -> Answer {
        Answer(.ok, SiteChildDocument.renderNetwork(try controlPlane.site(call.resourceID)))
    }

    func putNetwork(_ call: Call) async throws -> Answer {
        let subnet = try SiteChildDocument.parseNetwork(await call.body())
        return Answer(
            .ok, SiteChildDocument.renderNetwork(try await controlPlane.setSite(subnet: subnet, call.operation)))
    }

    func deleteNetwork(_ call: Call) async throws -> Answer {
        _ = try await controlPlane.setSite(subnet: nil, call.operation)
        return Answer(.ok)
    }

    /// Every place is one of every tier.
    func listRegions(_ call: Call) async throws -> Answer {
        let subscription = try controlPlane.subscription(call.resourceID)
        if let tier = call.query["sku"], !PricingTier.all.contains(where: { $0.tier.equalsIgnoringCase(tier) }) {
            throw ServiceError(
                .badRequest, "The value '\(NameRule.shown(tier))' of sku is the name of no tier.", target: "sku")
        }
        let regions = Region.all.map {
            SiteChildDocument.renderRegion($0, subscriptionID: subscription.subscriptionID)
        }
        return Answer(.ok, ["value": .array(regions), "nextLink": .null])
    }
}
