import ArgumentParser
import ManagementClient

/// What an authorization rule belongs to: a namespace, or a hybrid connection or WCF relay in it.
struct RuleOwnerOptions: ParsableArguments {
    @OptionGroup var namespace: NamespaceOptions

    @Option(help: ArgumentHelp("The hybrid connection whose rule it is.", valueName: "name"))
    var hybridConnection: String?

    @Option(help: ArgumentHelp("The WCF relay whose rule it is.", valueName: "name"))
    var wcfRelay: String?

    func validate() throws {
        guard hybridConnection == nil || wcfRelay == nil else {
            throw ValidationError("Give --hybrid-connection or --wcf-relay, not both.")
        }
    }

    func path(in client: ManagementClient) throws -> RequestPath {
        let path = try RequestPath.resourceGroup(namespace.group.name, in: client).relayNamespace(namespace.namespace)
        if let hybridConnection { return try path.hybridConnection(hybridConnection) }
        if let wcfRelay { return try path.wcfRelay(wcfRelay) }
        return path
    }
}
