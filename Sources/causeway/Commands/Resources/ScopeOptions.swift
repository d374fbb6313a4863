import ArgumentParser
import ManagementClient

/// What something applies to: a subscription, a resource group or one resource.
struct ScopeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The scope as a resource ID, in place of the options below.", valueName: "id"))
    var scope: String?

    @Option(
        name: [.customShort("g"), .customLong("resource-group")],
        help: ArgumentHelp("The resource group (default: the whole subscription).", valueName: "group")
    )
    var group: String?

    @Option(help: ArgumentHelp("A namespace in the group.", valueName: "name"))
    var namespace: String?

    @Option(help: ArgumentHelp("A hybrid connection in the namespace.", valueName: "name"))
    var hybridConnection: String?

    @Option(help: ArgumentHelp("A WCF relay in the namespace.", valueName: "name"))
    var wcfRelay: String?

    @Option(help: ArgumentHelp("An App Service plan in the group.", valueName: "name"))
    var plan: String?

    @Option(help: ArgumentHelp("An app in the group.", valueName: "name"))
    var site: String?

    @Option(help: ArgumentHelp("A slot of the app.", valueName: "name"))
    var slot: String?

    func validate() throws {
        let inGroup = [namespace, plan, site].compactMap { $0 }
        guard scope == nil || (group == nil && inGroup.isEmpty) else {
            throw ValidationError("Give --scope or the options that name the resource, not both.")
        }
        guard inGroup.count <= 1 else { throw ValidationError("Give one of --namespace, --plan and --site.") }
        guard inGroup.isEmpty || group != nil else {
            throw ValidationError("--namespace, --plan and --site need --resource-group.")
        }
        guard namespace != nil || (hybridConnection == nil && wcfRelay == nil) else {
            throw ValidationError("--hybrid-connection and --wcf-relay need --namespace.")
        }
        guard hybridConnection == nil || wcfRelay == nil else {
            throw ValidationError("Give --hybrid-connection or --wcf-relay, not both.")
        }
        guard slot == nil || site != nil else { throw ValidationError("--slot needs --site.") }
    }

    func path(in client: ManagementClient) throws -> RequestPath {
        if let scope { return try RequestPath(resourceID: scope) }
        guard let group else { return try .subscription(of: client) }
        let path = try RequestPath.resourceGroup(group, in: client)
        if let plan { return try path.plan(plan) }
        if let site { return try path.site(site, slot: slot) }
        guard let namespace else { return path }
        let relay = try path.relayNamespace(namespace)
        if let hybridConnection { return try relay.hybridConnection(hybridConnection) }
        if let wcfRelay { return try relay.wcfRelay(wcfRelay) }
        return relay
    }
}
