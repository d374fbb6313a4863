public import RelayModel
import RelayStore

extension ControlPlane {
    /// - Parameter id: the subscription's.
    public func siteNameAvailability(of name: String, in id: ResourceID) throws -> NameAvailability {
        if let broken = NameRule.site.brokenRule(name) {
            return .invalid("The app name '\(NameRule.shown(name))' is invalid: \(broken).")
        }
        return try store.read { transaction in
            _ = try transaction.requireSubscription(of: id)
            return try transaction.site(named: name) == nil ? .available : .inUse
        }
    }

    /// Finds out whether an app or a plan could be created in the resource group.
    /// - Parameters:
    ///   - serverFarmID: the plan of an app, when the client knows it.
    ///   - pricingTier: the name of a plan's size, when the client knows it.
    /// - Returns: what stands against it; `nil` when it could.
    public func obstacle(
        toCreating kind: WebResourceKind, named name: String, location: String, serverFarmID: String?,
        pricingTier: String?, in group: ResourceID
    ) throws -> ServiceError? {
        try store.read { transaction in
            _ = try transaction.requireResourceGroup(of: group)
            do {
                _ = try Location(location)
                switch kind {
                case .site:
                    try NameRule.site.check(name)
                    let id = group.resource(provider: "Microsoft.Web", type: "sites", name: name)
                    if try transaction.site(id) == nil { try transaction.requireFree(siteName: name) }
                    if let serverFarmID { _ = try transaction.requirePlan(serverFarmID, for: id) }
                case .serverFarm:
                    try NameRule.appServicePlan.check(name)
                    if let pricingTier { _ = try PricingTier(pricingTier) }
                }
                return nil
            } catch let error as ServiceError {
                return error
            }
        }
    }
}
