import RelayModel

extension ProviderOperation {
    private static let provider = "Microsoft Azure Relay"

    private static func family(_ type: String, _ noun: String) -> OperationFamily {
        OperationFamily(providerName: provider, type: "Microsoft.Relay/\(type)", noun: noun)
    }

    /// The operations of Microsoft.Relay.
    package static let relay: [ProviderOperation] = {
        let service = OperationFamily(providerName: provider, type: "Microsoft.Relay", noun: "a provider")
        let namespaces = family("namespaces", "a namespace")
        return [
            service.make(
                "checkNameAvailability/action", "Check name availability", "Ask whether a namespace name is free."
            ),
            service.make("register/action", "Register provider", "Let a subscription create relay resources."),
            service.make(
                "unregister/action", "Unregister provider", "Keep a subscription from creating relay resources."),
            service.make("operations/read", "List operations", "Read the operations of the provider."),
        ] + namespaces.all + [
            family("namespaces/operationresults", "an operation result").read
        ] + rules("namespaces", "namespace") + network + entities("hybridConnections", "hybrid connection")
            + entities("wcfRelays", "WCF relay") + [
                namespaces.make(
                    "providers/Microsoft.Insights/metricDefinitions/read", "Get metric definitions",
                    "Read which metrics a namespace has.", properties: RelayMetric.serviceSpecification
                )
            ]
    }()

    private static var network: [ProviderOperation] {
        let ruleSets = family("namespaces/networkRuleSets", "a network rule set")
        return [ruleSets.read, ruleSets.write]
            + family("namespaces/privateEndpointConnections", "a private endpoint connection").all
            + [family("namespaces/privateLinkResources", "a private link resource").read]
    }

    private static func entities(_ type: String, _ noun: String) -> [ProviderOperation] {
        let entity = family("namespaces/\(type)", "a \(noun)")
        return entity.all + [
            entity.make("listen/action", "Listen", "Listen on a \(noun).", isDataAction: true),
            entity.make("send/action", "Send", "Send through a \(noun).", isDataAction: true),
        ] + rules("namespaces/\(type)", noun)
    }

    private static func rules(_ parent: String, _ noun: String) -> [ProviderOperation] {
        let rule = family("\(parent)/authorizationRules", "an authorization rule of a \(noun)")
        return rule.all + [
            rule.make("listKeys/action", "List keys of authorization rule", "Read both keys of \(rule.noun)."),
            rule.make(
                "regenerateKeys/action", "Regenerate key of authorization rule", "Replace a key of \(rule.noun)."),
            rule.make(
                "action", "Create or update authorization rule", "Create \(rule.noun) by POST, as older clients do."),
        ]
    }
}
