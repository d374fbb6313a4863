public import RelayModel
import RelayStore

extension ControlPlane {
    /// Whether an app could have the name. The ID is a subscription's.
    public func siteNameAvailability(of name: String, in id: ResourceID) throws -> NameAvailability {
        if let broken = NameRule.site.brokenRule(name) {
            return .invalid("The app name '\(NameRule.shown(name))' is invalid: \(broken).")
        }
        return try store.read { transaction in
            _ = try transaction.requireSubscription(of: id)
            return try transaction.site(named: name) == nil ? .available : .inUse
        }
    }

    /// What stands against creating an app or a plan in the resource group; `nil` when it could be created. The plan of
    /// an app and the size of a plan are looked at when the client knows them.
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
