import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Apps and their deployment slots over REST.
struct SiteController: Sendable {
    private let controlPlane: ControlPlane
    private let hostSuffix: String

    /// The suffix is what stands after an app's own label in its host name.
    init(_ controlPlane: ControlPlane, hostSuffix: String) {
        self.controlPlane = controlPlane
        self.hostSuffix = hostSuffix
    }

    func listInSubscription(_ call: Call) async throws -> Answer {
        try list(call, controlPlane.sites(subscription: call.resourceID, page: call.page()))
    }

    func listInGroup(_ call: Call) async throws -> Answer {
        let includesSlots = try call.flag("includeSlots") ?? false
        return try list(
            call, controlPlane.sites(group: call.resourceID, includingSlots: includesSlots, page: call.page())
        )
    }

    func listInPlan(_ call: Call) async throws -> Answer {
        try list(call, controlPlane.sites(plan: call.resourceID, page: call.page()))
    }

    func listSlots(_ call: Call) async throws -> Answer {
        try list(call, controlPlane.slots(call.resourceID, page: call.page()))
    }

    func get(_ call: Call) async throws -> Answer {
        answer(try controlPlane.site(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        answer(try await controlPlane.putSite(input(call), call.operation))
    }

    func patch(_ call: Call) async throws -> Answer {
        answer(try await controlPlane.patchSite(input(call), call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        let deletesEmptyPlan = try call.flag("deleteEmptyServerFarm") ?? true
        return .deleted(try await controlPlane.deleteSite(deletesEmptyPlan: deletesEmptyPlan, call.operation))
    }

    func checkNameAvailability(_ call: Call) async throws -> Answer {
        let question = try SiteNameDocument.parse(await call.body())
        let availability = try controlPlane.siteNameAvailability(of: question.name, in: call.resourceID)
        let document =
            switch availability {
            case .inUse where question.isSite:
                SiteNameDocument.render(
                    reason: "AlreadyExists",
                    message: "The app name '\(question.name)' is already taken on this installation."
                )
            case .invalid(let message): SiteNameDocument.render(reason: "Invalid", message: message)
            case .available, .inUse: SiteNameDocument.render(reason: "", message: "")
            }
        return Answer(.ok, document)
    }

    func validate(_ call: Call) async throws -> Answer {
        let wish = try WebValidationDocument.parse(await call.body())
        let obstacle = try controlPlane.obstacle(
            toCreating: wish.kind, named: wish.name, location: wish.location, serverFarmID: wish.serverFarmID,
            pricingTier: wish.pricingTier, in: call.resourceID
        )
        return Answer(.ok, WebValidationDocument.render(obstacle: obstacle))
    }

    private func input(_ call: Call) async throws -> SiteInput {
        let fields = try SiteDocument.parse(await call.body())
        return SiteInput(
            location: fields.location, kind: fields.kind, tags: fields.tags, serverFarmID: fields.serverFarmID,
            isEnabled: fields.isEnabled, properties: fields.properties, identity: fields.identity
        )
    }

    private func list(_ call: Call, _ sites: [Versioned<Site>]) throws -> Answer {
        try call.list(sites, name: \.value.fullName) { SiteDocument.render($0, hostSuffix: hostSuffix) }
    }

    private func answer(_ site: Versioned<Site>) -> Answer {
        Answer(.ok, SiteDocument.render(site, hostSuffix: hostSuffix), etag: site.etag)
    }
}

extension Call {
    /// A query parameter that is `true` or `false`; `nil` when it is absent.
    /// - Throws: `ServiceError` with `badRequest` when it is anything else.
    fileprivate func flag(_ name: String) throws(ServiceError) -> Bool? {
        guard let text = query[name] else { return nil }
        switch text.asciiLowercased {
        case "true": return true
        case "false": return false
        default:
            throw ServiceError(
                .badRequest, "The value '\(NameRule.shown(text))' of \(name) must be true or false.", target: name
            )
        }
    }
}
