package import RelayModel

/// One resource without what only its server knows: times, counts, states, addresses. Two servers that have the same
/// resource give the same one.
package struct PortableResource: Sendable, Hashable {
    package var id: ResourceID
    package var kind: ResourceKind
    /// `id`, `name` and `type`, then what a PUT takes.
    package var document: JSONObject

    /// The portable part of a document of the management API; `nil` when it is of a kind that is not carried over.
    package init?(_ document: JSONValue) {
        guard let object = document.object, let text = object["id"]?.string, let id = try? ResourceID(text),
            let kind = ResourceKind(of: id)
        else { return nil }
        self.init(id: id, kind: kind, document: object)
    }

    package init(id: ResourceID, kind: ResourceKind, document: JSONObject) {
        self.id = id
        self.kind = kind
        var kept: JSONObject = ["id": .string(id.path)]
        for name in ["name", "type"] {
            if let value = document[name], !value.isNull { kept.append(name, value) }
        }
        for name in Self.members(of: kind) {
            guard var value = document[name], !value.isNull else { continue }
            // Which principal an identity is, each server says for itself.
            if name == "identity", var identity = value.object {
                for member in ["principalId", "tenantId"] { identity[member] = nil }
                value = .object(identity)
            }
            kept.append(name, value)
        }
        if let properties = document["properties"]?.object {
            kept.append("properties", .object(Self.portable(properties, of: kind)))
        }
        self.document = kept
    }

    /// A tag name of a list, with some of its values.
    init?(tagName name: JSONValue, values: [JSONValue]) {
        var document = name.object ?? JSONObject()
        document["values"] = .array(values.compactMap { $0["tagValue"] })
        self.init(.object(document))
    }

    /// The body that makes it.
    package var body: JSONObject {
        var body = document
        for name in ["id", "name", "type"] { body[name] = nil }
        return body
    }

    package var properties: JSONObject { document["properties"]?.object ?? JSONObject() }

    private static func members(of kind: ResourceKind) -> [String] {
        switch kind {
        case .resourceGroup: ["location", "managedBy", "tags"]
        case .namespace: ["location", "tags", "sku"]
        case .appServicePlan: ["location", "tags", "sku"]
        case .site, .slot: ["kind", "location", "tags", "identity"]
        case .subscription: ["subscriptionId", "displayName", "tags"]
        case .provider: ["namespace", "registrationState"]
        case .tagName: ["tagName", "values"]
        default: []
        }
    }

    private static func portable(_ properties: JSONObject, of kind: ResourceKind) -> JSONObject {
        if let names = writable(kind) {
            var kept = JSONObject()
            for name in names {
                guard let value = properties[name], !value.isNull, !isEmptySecret(name, value) else { continue }
                kept.append(name, value)
            }
            return kept
        }
        guard let names = readOnly(kind) else {
            return kind == .siteConfiguration || kind == .siteAuthentication ? properties : JSONObject()
        }
        var kept = JSONObject()
        for member in properties.members where !names.contains(member.name.asciiLowercased) && !member.value.isNull {
            kept.append(member.name, member.value)
        }
        if isStopped(properties) { kept.append(state, .string(stopped)) }
        return kept
    }

    private static let state = "state"
    private static let stopped = "Stopped"

    /// Whether an app was stopped. One that is not enabled is shown as stopped, too.
    private static func isStopped(_ properties: JSONObject) -> Bool {
        properties[state]?.string == stopped && properties["enabled"]?.bool != false
    }

    /// Whether it is an app or slot that was stopped; a PUT does not tell that.
    var isStopped: Bool { (kind == .site || kind == .slot) && Self.isStopped(properties) }

    /// Answers have an empty text where there is a secret.
    private static func isEmptySecret(_ name: String, _ value: JSONValue) -> Bool {
        value.string == "" && ["sendKeyValue", "entityConnectionString", "resourceConnectionString"].contains(name)
    }

    /// The properties that a PUT takes, where they are a short list.
    private static func writable(_ kind: ResourceKind) -> [String]? {
        switch kind {
        case .namespace: ["publicNetworkAccess", "minimumTlsVersion"]
        case .networkRuleSet: ["publicNetworkAccess", "defaultAction", "ipRules", "trustedServiceAccessEnabled"]
        case .privateEndpointConnection: ["privateEndpoint", "privateLinkServiceConnectionState"]
        case .hybridConnection: ["requiresClientAuthorization", "userMetadata"]
        case .wcfRelay: ["relayType", "requiresClientAuthorization", "requiresTransportSecurity", "userMetadata"]
        case .hybridConnectionSettings: ["responseDeadlineSeconds"]
        case .authorizationRule: ["rights"]
        case .binding: ["relayArmUri", "hostname", "port", "sendKeyName", "sendKeyValue"]
        case .relayServiceConnection:
            ["resourceType", "hostname", "port", "biztalkUri", "entityConnectionString", "resourceConnectionString"]
        case .link: ["targetId", "notes"]
        case .lock: ["level", "notes", "owners"]
        case .roleAssignment: ["roleDefinitionId", "principalId", "principalType", "description"]
        case .roleDefinition: ["roleName", "description", "type", "permissions", "assignableScopes"]
        case .accessKeys: ["primaryKey", "secondaryKey"]
        case .subscription, .provider, .tagName, .resourceGroup, .appServicePlan, .site, .slot, .siteConfiguration,
            .siteAuthentication:
            nil
        }
    }

    /// The properties of plans and apps that only a server sets, in lower case; Azure's own are among them. Others are
    /// kept as they are, and so are unknown ones.
    private static func readOnly(_ kind: ResourceKind) -> Set<String>? {
        switch kind {
        case .appServicePlan: planReadOnly
        case .site, .slot: siteReadOnly
        default: nil
        }
    }

    private static let planReadOnly: Set<String> = [
        "geographicregion", "georegion", "maximumnumberofworkers", "mdmid", "name", "numberofsites", "numberofworkers",
        "planname", "provisioningstate", "resourcegroup", "serverfarmid", "sku", "status", "subscription", "tags",
        "webspace",
    ]

    private static let siteReadOnly: Set<String> = [
        "adminenabled", "adminruntimesitename", "aseresourceid", "availabilitystate", "computemode",
        "contentavailabilitystate", "csrs", "defaulthostname", "deploymentid", "dnsconfiguration",
        "domainverificationidentifiers", "eligiblelogcategories", "enabledhostnames", "ftppassword", "ftpshostname",
        "ftpusername", "functionexecutionunitscache", "functionsruntimeadminisolationenabled", "geodistributions",
        "homestamp", "hostnamesslstates", "hostnames", "inboundipaddress", "inboundipv6address",
        "inprogressoperationid",
        "isdefaultcontainer", "islinux", "lastmodifiedtimeutc", "maxnumberofworkers", "migrationstate", "name",
        "outboundipaddresses", "outboundipv6addresses", "owner", "possibleinboundipaddresses",
        "possibleinboundipv6addresses", "possibleoutboundipaddresses", "possibleoutboundipv6addresses",
        "privateendpointconnections", "privatelinkidentifiers", "repositorysitename", "resourcegroup",
        "runtimeavailabilitystate",
        "selflink", "serverfarm", "sitedisabledreason", "siteproperties", "sku", "slotname", "slotswapstatus",
        "sslcertificates",
        "state", "storagerecoverydefaultstate", "suspendedtill", "tags", "targetbuildversion", "targetswapslot",
        "trafficmanagerhostnames", "usagestate", "webspace",
    ]
}
