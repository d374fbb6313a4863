import HTTPTypes
import RelayModel

extension ManagementAPI {
    /// Everything that is answered, in the order of the documents in `openapi/`.
    package var routes: [Route] {
        let templateRoutes = templateRoutes
        return templateRoutes + DeploymentRoutes.all(self, others: templateRoutes) + documentRoutes + signInRoutes
    }

    /// What a deployment can ask for in the name of its caller.
    private var templateRoutes: [Route] {
        relayRoutes + WebRoutes.all(controlPlane, accessControl, now: now)
            + ResourceRoutes.all(controlPlane, accessControl)
            + AuthorizationRoutes.all(controlPlane, accessControl) + InsightsRoutes.all(controlPlane, now: now)
            + CausewayRoutes.all(self) + DirectoryRoutes.all(self) + GraphRoutes.all(self)
    }

    private var relayRoutes: [Route] {
        namespaceRoutes + networkRoutes + entityRoutes
            + ruleRoutes("\(Self.namespace)", "Microsoft.Relay/namespaces")
            + ruleRoutes("\(Self.hybridConnection)", "Microsoft.Relay/namespaces/hybridConnections")
            + ruleRoutes("\(Self.wcfRelay)", "Microsoft.Relay/namespaces/wcfRelays")
    }

    private static let subscription = "/subscriptions/{subscriptionId}"
    private static let provider = "\(subscription)/resourceGroups/{resourceGroupName}/providers/Microsoft.Relay"
    private static let namespace = "\(provider)/namespaces/{namespaceName}"
    private static let hybridConnection = "\(namespace)/hybridConnections/{hybridConnectionName}"
    private static let wcfRelay = "\(namespace)/wcfRelays/{relayName}"

    private var namespaceRoutes: [Route] {
        let namespaces = RelayNamespaceController(controlPlane)
        let subscription = "\(Self.subscription)/providers/Microsoft.Relay"
        let read = "Microsoft.Relay/namespaces/read"
        let operationResult = "Microsoft.Relay/namespaces/operationresults/read"
        return [
            Route(
                .post, "\(subscription)/checkNameAvailability", "Microsoft.Relay/checkNameAvailability/action", .action,
                handler: namespaces.checkNameAvailability),
            Route(.get, "\(subscription)/namespaces", read, .collection, handler: namespaces.listInSubscription),
            Route(.get, "\(Self.provider)/namespaces", read, .collection, handler: namespaces.listInGroup),
            Route(.get, Self.namespace, read, isCacheable: true, handler: namespaces.get),
            Route(.put, Self.namespace, "Microsoft.Relay/namespaces/write", handler: namespaces.put),
            Route(.patch, Self.namespace, "Microsoft.Relay/namespaces/write", handler: namespaces.patch),
            Route(.delete, Self.namespace, "Microsoft.Relay/namespaces/delete", handler: namespaces.delete),
            Route(
                .get, "\(Self.namespace)/operationresults/{operationName}", operationResult,
                handler: namespaces.operationResult),
            Route(
                .get, "\(subscription)/locations/{location}/namespaceOperationResults/{operationId}", operationResult,
                handler: namespaces.namespaceOperationResult),
        ]
    }

    private var networkRoutes: [Route] {
        let network = NetworkController(controlPlane)
        let ruleSet = "\(Self.namespace)/networkRuleSets/default"
        let connections = "\(Self.namespace)/privateEndpointConnections"
        let connection = "\(connections)/{privateEndpointConnectionName}"
        let links = "\(Self.namespace)/privateLinkResources"
        let right = "Microsoft.Relay/namespaces"
        return [
            Route(
                .get, "\(Self.namespace)/networkRuleSets", "\(right)/networkRuleSets/read", .collection,
                handler: network.listRuleSets),
            Route(.get, ruleSet, "\(right)/networkRuleSets/read", isCacheable: true, handler: network.getRuleSet),
            Route(.put, ruleSet, "\(right)/networkRuleSets/write", handler: network.putRuleSet),
            Route(
                .get, connections, "\(right)/privateEndpointConnections/read", .collection,
                handler: network.listConnections),
            Route(.get, connection, "\(right)/privateEndpointConnections/read", handler: network.getConnection),
            Route(.put, connection, "\(right)/privateEndpointConnections/write", handler: network.putConnection),
            Route(.delete, connection, "\(right)/privateEndpointConnections/delete", handler: network.deleteConnection),
            Route(
                .get, "\(connection)/operationStatus/{operationId}", "\(right)/privateEndpointConnections/read",
                handler: network.operationStatus),
            Route(.get, links, "\(right)/privateLinkResources/read", .collection, handler: network.listLinks),
            Route(
                .get, "\(links)/{privateLinkResourceName}", "\(right)/privateLinkResources/read",
                handler: network.getLink),
        ]
    }

    private var entityRoutes: [Route] {
        let connections = HybridConnectionController(
            controlPlane, serverDeadlineSeconds: settings.responseDeadlineSeconds
        )
        let relays = WCFRelayController(controlPlane)
        let connection = "Microsoft.Relay/namespaces/hybridConnections"
        let relay = "Microsoft.Relay/namespaces/wcfRelays"
        let deadline = "\(Self.hybridConnection)/providers/Causeway.Relay/settings/default"
        let live = "\(Self.hybridConnection)/providers/Causeway.Relay/connections"
        return [
            Route(
                .get, "\(Self.namespace)/hybridConnections", "\(connection)/read", .collection,
                handler: connections.list),
            Route(.get, Self.hybridConnection, "\(connection)/read", isCacheable: true, handler: connections.get),
            Route(.put, Self.hybridConnection, "\(connection)/write", handler: connections.put),
            Route(.delete, Self.hybridConnection, "\(connection)/delete", handler: connections.delete),
            Route(.get, deadline, "\(connection)/read", handler: connections.getSettings),
            Route(.put, deadline, "\(connection)/write", handler: connections.putSettings),
            Route(
                .get, live, "Causeway.Relay/connections/read", .collection, handler: connections.listLiveConnections),
            Route(.get, "\(Self.namespace)/wcfRelays", "\(relay)/read", .collection, handler: relays.list),
            Route(.get, Self.wcfRelay, "\(relay)/read", isCacheable: true, handler: relays.get),
            Route(.put, Self.wcfRelay, "\(relay)/write", handler: relays.put),
            Route(.delete, Self.wcfRelay, "\(relay)/delete", handler: relays.delete),
        ]
    }

    /// The six operations on rules, and the two that only 2016-07-01 has, at one of the three levels.
    private func ruleRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let rules = AuthorizationRuleController(controlPlane)
        let collection = "\(parent)/authorizationRules"
        let rule = "\(collection)/{authorizationRuleName}"
        let right = "\(parentRight)/authorizationRules"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: rules.list),
            Route(.post, collection, "\(right)/action", .collection, versions: .legacyRelay, handler: rules.list),
            Route(.get, rule, "\(right)/read", isCacheable: true, handler: rules.get),
            Route(.put, rule, "\(right)/write", handler: rules.put),
            Route(.post, rule, "\(right)/action", versions: .legacyRelay, handler: rules.put),
            Route(.delete, rule, "\(right)/delete", handler: rules.delete),
            Route(.post, "\(rule)/listKeys", "\(right)/listKeys/action", .action, handler: rules.listKeys),
            Route(
                .post, "\(rule)/regenerateKeys", "\(right)/regenerateKeys/action", .action,
                handler: rules.regenerateKeys),
        ]
    }

    private var documentRoutes: [Route] {
        let documents = OpenAPIController()
        return [
            Route(.get, "/openapi", "", versions: .none, isPublic: true, handler: documents.list),
            Route(.get, "/openapi/{document}", "", versions: .none, isPublic: true, handler: documents.get),
        ]
    }

    private var signInRoutes: [Route] {
        let signIn = SignInController(self)
        let tokens = TokenController(self)
        let page = DevicePageController(self)
        let discovery = ".well-known/openid-configuration"
        return [
            Route(.get, "/metadata/endpoints", "", versions: .none, isPublic: true, handler: signIn.metadata),
            Route(.get, "/{tenant}/v2.0/\(discovery)", "", versions: .none, isPublic: true, handler: signIn.discovery),
            Route(.get, "/{tenant}/\(discovery)", "", versions: .none, isPublic: true, handler: signIn.discovery),
            Route(
                .get, "/adfs/{tenant}/v2.0/\(discovery)", "", versions: .none, isPublic: true,
                handler: signIn.discovery),
            Route(.get, "/{tenant}/discovery/v2.0/keys", "", versions: .none, isPublic: true, handler: signIn.keys),
            Route(.post, "/{tenant}/oauth2/v2.0/token", "", versions: .none, isPublic: true, handler: tokens.token),
            Route(.post, "/{tenant}/oauth2/token", "", versions: .none, isPublic: true, handler: tokens.token),
            Route(
                .post, "/{tenant}/oauth2/v2.0/devicecode", "", versions: .none, isPublic: true,
                handler: tokens.deviceCode),
            Route(
                .post, "/{tenant}/oauth2/devicecode", "", versions: .none, isPublic: true, handler: tokens.deviceCode),
            Route(.get, "/common/userrealm/{userName}", "", versions: .none, isPublic: true, handler: signIn.userRealm),
            Route(.get, "/devicelogin", "", versions: .none, isPublic: true, handler: page.show),
            Route(.post, "/devicelogin", "", versions: .none, isPublic: true, handler: page.submit),
            Route(
                .get, "/metadata/identity/oauth2/token", "", versions: .none, isPublic: true,
                handler: tokens.managedIdentity),
            Route(.get, "/msi/token", "", versions: .none, isPublic: true, handler: tokens.managedIdentity),
        ]
    }
}
