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
        ] + family("roleAssignments", "a role assignment").all
            + family("roleDefinitions", "a role definition").all + [
                family("classicAdministrators", "a classic administrator").read,
                family("denyAssignments", "a deny assignment").read,
            ]
    }()

    static let insights: [ProviderOperation] = [
        ("eventtypes/values", "an event"), ("metrics", "the metrics"), ("metricDefinitions", "the metrics"),
        ("metricNamespaces", "the metrics"),
    ].map { type, noun in
        OperationFamily(providerName: "Microsoft Insights", type: "Microsoft.Insights/\(type)", noun: noun).read
    }

    static let resources: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Microsoft Resources", type: "Microsoft.Resources/\(type)", noun: noun)
        }
        let seen = [
            family("subscriptions", "a subscription"), family("subscriptions/locations", "a location"),
            family("subscriptions/operationresults", "an operation result"),
            family("subscriptions/providers", "a provider"), family("subscriptions/resources", "a resource"),
            family("deployments/operations", "an operation of a deployment"),
            family("deployments/operationstatuses", "the state of a deployment"),
        ].map(\.read)
        let deployments = family("deployments", "a deployment")
        let groups = family("subscriptions/resourceGroups", "a resource group")
        let tagValues = family("subscriptions/tagNames/tagValues", "a tag value")
        let actions = [
            groups.make("moveResources/action", "Move resources", "Move resources into another resource group."),
            groups.make("validateMoveResources/action", "Validate move", "Ask whether resources could be moved."),
            groups.make("exportTemplate/action", "Export template", "Write a template of a resource group."),
            deployments.make("validate/action", "Validate deployment", "Check a template."),
            deployments.make("whatIf/action", "Predict deployment", "Tell what a template would change."),
            deployments.make("cancel/action", "Cancel deployment", "End a deployment early."),
            deployments.make("exportTemplate/action", "Export template of deployment", "Read the template."),
        ]
        return seen + groups.all + family("tags", "the tags").all + deployments.all + actions
            + family("links", "a link").all + family("subscriptions/tagNames", "a tag name").all
            + [tagValues.write, tagValues.delete]
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
        let plans = [
            ("capabilities", "the capabilities of a plan"), ("usages", "the usage of a plan"),
            ("sites", "an app of a plan"), ("hybridConnectionPlanLimits", "the limits of a plan"),
            ("hybridConnectionRelays", "a hybrid connection of a plan"),
            ("hybridConnectionNamespaces/relays/sites", "an app of a hybrid connection"),
        ].map { family("serverfarms/\($0)", $1).read }
        let provider = OperationFamily(providerName: "Microsoft Web Apps", type: "Microsoft.Web", noun: "a provider")
        let others = [
            family("webAppStacks", "a runtime").read, family("checknameavailability", "whether a name is free").read,
            provider.make("validate/action", "Validate", "Ask whether an app could be created."),
        ]
        return family("serverfarms", "an App Service plan").all + family("sites", "an app").all
            + family("sites/slots", "a deployment slot").all + bindings + plans + others
            + ["sites", "sites/slots"].flatMap { apps($0) + partsOfApps($0) }
            + [family("geoRegions", "a place for apps").read]
    }()

    /// What stands below apps and is kept without effect, and what is done to them.
    private static func partsOfApps(_ parent: String) -> [ProviderOperation] {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Microsoft Web Apps", type: "Microsoft.Web/\(type)", noun: noun)
        }
        let app = family(parent, "an app")
        let policies = family("\(parent)/basicPublishingCredentialsPolicies", "how files are published to an app")
        let looks = [
            ("functions", "a function of an app"), ("hostNameBindings", "a host name of an app"),
            ("siteextensions", "an extension of an app"),
        ].map { family("\(parent)/\($0)", $1).read }
        return family("\(parent)/sourcecontrols", "the repository of an app").all
            + family("\(parent)/networkConfig", "the network of an app").all
            + [family("\(parent)/config", "the configuration of an app").delete, policies.read, policies.write] + looks
            + [
                app.make("start/action", "Start app", "Show an app as running."),
                app.make("stop/action", "Stop app", "Show an app as stopped."),
                app.make("restart/action", "Restart app", "Record a restart."),
                app.make("syncfunctiontriggers/action", "Look for functions", "Record that functions are looked for."),
                app.make("host/listkeys/action", "List function keys", "Read the keys of functions."),
            ]
    }

    private static func apps(_ parent: String) -> [ProviderOperation] {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Microsoft Web Apps", type: "Microsoft.Web/\(type)", noun: noun)
        }
        let config = family("\(parent)/config", "the configuration of an app")
        return [
            config.read, config.write, config.make("list/action", "List settings", "Read the settings of an app."),
            family("\(parent)/hybridConnectionRelays", "a hybrid connection of an app").read,
            family(parent, "an app").make(
                "publishxml/action", "Get publishing profile", "Read the publishing profile."),
        ] + family("\(parent)/hybridconnection", "an older hybrid connection of an app").all
    }

    static let causeway: [ProviderOperation] = {
        let family = { (type: String, noun: String) in
            OperationFamily(providerName: "Causeway", type: "Causeway.Relay/\(type)", noun: noun)
        }
        let principals = family("servicePrincipals", "a service principal")
        let users = family("users", "a user")
        let keys = OperationFamily(providerName: "Causeway", type: "Causeway.Relay", noun: "a hybrid connection")
        let federated = family("servicePrincipals/federatedCredentials", "a federated credential")
        let directory =
            users.all + family("groups", "a group").all + family("groups/members", "a member of a group").all
            + family("tenants", "a tenant").all + family("subscriptions", "a subscription").all + [
                users.make("setPassword/action", "Set password", "Give a user another password.")
            ]
        return directory + principals.all + federated.all + family("settings", "the settings").all + [
            principals.make("addSecret/action", "Add client secret", "Make a secret of a service principal."),
            principals.make("secrets/delete", "Delete client secret", "Delete a secret of a service principal."),
            keys.make("rotateSendKey/action", "Rotate sending key", "Renew a key and switch all bindings to it."),
            family("usage", "the usage").read, family("events", "the events").read,
            family("connections", "the connections").read,
        ]
    }()
}
