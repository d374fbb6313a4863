import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Tenants and subscriptions over REST, for those who manage them.
struct TenancyController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func listTenants(_ call: Call) async throws -> Answer {
        let tenants = try controlPlane.tenants(of: call.caller).sorted { $0.value.tenantID < $1.value.tenantID }
        return try call.page(of: tenants, name: \.value.tenantID) { TenancyDocument.render($0) }
    }

    func getTenant(_ call: Call) async throws -> Answer {
        let tenant = try controlPlane.tenant(call.resourceID, of: call.caller)
        return Answer(.ok, TenancyDocument.render(tenant), etag: tenant.etag)
    }

    /// 201 with the administrator's secret for a new one, 200 for one that was there.
    func putTenant(_ call: Call) async throws -> Answer {
        let fields = try TenancyDocument.parse(await call.bodyIfPresent())
        let outcome = try await controlPlane.putTenant(
            displayName: fields.displayName, administratorClientID: fields.administratorClientID, call.operation
        )
        guard let administrator = outcome.administrator, let secret = outcome.newSecret?.secret else {
            return Answer(.ok, TenancyDocument.render(outcome.tenant), etag: outcome.tenant.etag)
        }
        let document = TenancyDocument.render(outcome.tenant, administrator: (administrator, secret))
        return Answer(.created, document, etag: outcome.tenant.etag)
    }

    func deleteTenant(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteTenant(call.operation))
    }

    func listSubscriptions(_ call: Call) async throws -> Answer {
        let subscriptions = try controlPlane.subscriptions(of: call.caller)
        return try call.page(of: subscriptions, name: \.subscriptionID) { TenancyDocument.render($0) }
    }

    func getSubscription(_ call: Call) async throws -> Answer {
        let subscription = try controlPlane.subscription(call.resourceID)
        return Answer(.ok, TenancyDocument.render(subscription), etag: subscription.etag)
    }

    func putSubscription(_ call: Call) async throws -> Answer {
        let fields = try TenancyDocument.parse(await call.bodyIfPresent())
        let outcome = try await controlPlane.putSubscription(displayName: fields.displayName, call.operation)
        let document = TenancyDocument.render(outcome.subscription)
        return Answer(outcome.isNew ? .created : .ok, document, etag: outcome.subscription.etag)
    }

    func deleteSubscription(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteSubscription(call.operation))
    }
}
