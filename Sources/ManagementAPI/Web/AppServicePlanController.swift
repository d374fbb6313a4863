import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// App Service plans over REST.
struct AppServicePlanController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func listInSubscription(_ call: Call) async throws -> Answer {
        let plans = try controlPlane.appServicePlans(subscription: call.resourceID, page: call.page())
        return try call.list(plans, name: \.nameAndGroup) { Self.render($0) }
    }

    func listInGroup(_ call: Call) async throws -> Answer {
        let plans = try controlPlane.appServicePlans(group: call.resourceID, page: call.page())
        return try call.list(plans, name: \.plan.value.name) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.appServicePlan(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.putAppServicePlan(input(call), call.operation))
    }

    func patch(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.patchAppServicePlan(input(call), call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteAppServicePlan(call.operation))
    }

    func usages(_ call: Call) async throws -> Answer {
        let use = try controlPlane.planUse(call.resourceID)
        return Answer(.ok, PlanUseDocument.usages(current: use.current, maximum: use.maximum))
    }

    func capabilities(_ call: Call) async throws -> Answer {
        Answer(.ok, PlanUseDocument.capabilities(maximum: try controlPlane.planUse(call.resourceID).maximum))
    }

    func limits(_ call: Call) async throws -> Answer {
        let use = try controlPlane.planUse(call.resourceID)
        return Answer(.ok, PlanUseDocument.limits(of: use.planID, current: use.current, maximum: use.maximum))
    }

    private func input(_ call: Call) async throws -> AppServicePlanInput {
        let fields = try AppServicePlanDocument.parse(await call.body())
        return AppServicePlanInput(
            location: fields.location, kind: fields.kind, tags: fields.tags, pricingTier: fields.pricingTier,
            capacity: fields.capacity, properties: fields.properties
        )
    }

    private static func answer(_ view: AppServicePlanView) -> Answer {
        Answer(.ok, render(view), etag: view.plan.etag)
    }

    private static func render(_ view: AppServicePlanView) -> JSONValue {
        AppServicePlanDocument.render(view.plan, siteCount: view.siteCount)
    }
}
