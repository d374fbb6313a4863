import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Tenants, subscriptions and places over REST.
struct SubscriptionController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// The one tenant that the caller signed in at.
    func listTenants(_ call: Call) async throws -> Answer {
        let own = try controlPlane.tenants(of: call.caller).map(\.value).filter {
            $0.tenantID.equalsIgnoringCase(call.caller.tenantID)
        }
        return try call.page(of: own, name: \.tenantID) { TenantDocument.render($0) }
    }

    /// Those at, above or below which the caller has a role.
    func list(_ call: Call) async throws -> Answer {
        let visible = try controlPlane.subscriptions().filter {
            try accessControl.hasAnyRight(call.caller, under: .subscription($0.subscriptionID))
        }
        return try call.page(of: visible, name: \.subscriptionID) { SubscriptionDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let subscription = try visibleSubscription(call, "Microsoft.Resources/subscriptions/read")
        return Answer(.ok, SubscriptionDocument.render(subscription), etag: subscription.etag)
    }

    func listLocations(_ call: Call) async throws -> Answer {
        let subscription = try visibleSubscription(call, "Microsoft.Resources/subscriptions/locations/read")
        let regions = Region.all.map { LocationDocument.render($0, subscriptionID: subscription.subscriptionID) }
        return Answer(.ok, ["value": .array(regions)])
    }

    /// Operations end before they are answered, so whoever asks for the result of one is told that it has ended.
    func operationResult(_ call: Call) async throws -> Answer {
        Answer(.ok)
    }

    private func visibleSubscription(_ call: Call, _ action: String) throws -> Subscription {
        try accessControl.checkAnyRight(call.caller, action: action, under: call.resourceID)
        return try controlPlane.subscription(call.resourceID)
    }
}
