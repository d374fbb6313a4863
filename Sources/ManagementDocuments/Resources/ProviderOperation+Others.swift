extension ProviderOperation {
    /// The operations of Microsoft.Authorization.
    package static let authorization: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(
                providerName: "Microsoft Authorization", type: "Microsoft.Authorization/\(type)", noun: noun
            )
        }
        return family("locks", "a lock").all + [
            family("operations", "an operation").read
        ] + family("roleAssignments", "a role assignment").all + [family("roleDefinitions", "a role definition").read]
    }()

    static let insights: [ProviderOperation] = ["metrics", "metricDefinitions", "metricNamespaces"].map { type in
        OperationFamily(
            providerName: "Microsoft Monitoring Insights", type: "Microsoft.Insights/\(type)", noun: "the metrics"
        )
        .read
    }

    static let resources: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Microsoft Resources", type: "Microsoft.Resources/\(type)", noun: noun)
        }
        let deployments = family("deployments", "a deployment")
        let groups = family("subscriptions/resourceGroups", "a resource group")
        return groups.all + family("tags", "the tags").all + deployments.all
            + [
                groups.make("exportTemplate/action", "Export template", "Write a template of a resource group."),
                deployments.make("validate/action", "Validate deployment", "Check a template."),
                deployments.make("whatIf/action", "Predict deployment", "Tell what a template would change."),
                deployments.make("cancel/action", "Cancel deployment", "End a deployment early."),
                deployments.make("exportTemplate/action", "Export template of deployment", "Read the template."),
                family("deployments/operations", "an operation of a deployment").read,
                family("deployments/operationstatuses", "the state of a deployment").read,
            ]
            + ["Microsoft.Insights", "Microsoft.Web"].flatMap { namespace in
                let provider = OperationFamily(providerName: namespace, type: namespace, noun: "a provider")
                return [
                    provider.make("register/action", "Register provider", "Let a subscription create resources of it."),
                    provider.make(
                        "unregister/action", "Unregister provider", "Keep a subscription from creating resources of it."
                    ),
                ]
            }
    }()

    static let web: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Microsoft Web Apps", type: "Microsoft.Web/\(type)", noun: noun)
        }
        let bindings = ["sites", "sites/slots", "serverfarms"].flatMap { parent in
            let binding = family("\(parent)/hybridConnectionNamespaces/relays", "a hybrid connection of an app")
            return binding.all + [
                binding.make(
                    "listKeys/action", "List keys of hybrid connection of an app", "Read the key of \(binding.noun).")
            ]
        }
        return family("serverfarms", "an App Service plan").all + family("sites", "an app").all
            + family("sites/slots", "a deployment slot").all + bindings
    }()

    static let causeway: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Causeway", type: "Causeway.Relay/\(type)", noun: noun)
        }
        let principals = family("servicePrincipals", "a service principal")
        let keys = OperationFamily(providerName: "Causeway", type: "Causeway.Relay", noun: "a hybrid connection")
        let federated = family("servicePrincipals/federatedCredentials", "a federated credential")
        return principals.all + federated.all + family("settings", "the settings").all + [
            principals.make("addSecret/action", "Add client secret", "Make a secret of a service principal."),
            principals.make("secrets/delete", "Delete client secret", "Delete a secret of a service principal."),
            keys.make("rotateSendKey/action", "Rotate sending key", "Renew a key and switch all bindings to it."),
            family("usage", "the usage").read, family("events", "the events").read,
            family("connections", "the connections").read,
        ]
    }()
}
