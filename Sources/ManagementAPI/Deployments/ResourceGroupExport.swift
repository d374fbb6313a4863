import ControlPlane
import HTTPTypes
import RelayModel
import TemplateLanguage

/// Reads the resources of a group, as far as the caller may, and writes a template that makes them again.
struct ResourceGroupExport: Sendable {
    /// Resources of one template.
    private static let resourcesMax = 800

    let host: DeploymentHost

    struct Options: Sendable {
        var includesDefaults = false
        var parameterizesNames = true

        /// Names joined by commas: `IncludeParameterDefaultValue`, `SkipResourceNameParameterization`,
        /// `SkipAllParameterization`; `IncludeComments` has no effect.
        init(_ text: String?) {
            for part in (text ?? "").split(separator: ",") {
                switch part.filter({ $0 != " " }).asciiLowercased {
                case "includeparameterdefaultvalue": includesDefaults = true
                case "skipresourcenameparameterization", "skipallparameterization": parameterizesNames = false
                default: break
                }
            }
        }
    }

    /// What stands below each type of resource, as the last part of its collection.
    private static let children: [String: [String]] = [
        "microsoft.relay/namespaces": ["authorizationRules", "hybridConnections", "networkRuleSets", "wcfRelays"],
        "microsoft.relay/namespaces/hybridconnections": ["authorizationRules"],
        "microsoft.relay/namespaces/wcfrelays": ["authorizationRules"],
        "microsoft.web/sites": ["hybridConnectionRelays"],
        "microsoft.web/sites/slots": ["hybridConnectionRelays"],
    ]

    /// The template of the group.
    /// - Parameters:
    ///   - group: the resource group.
    ///   - wanted: IDs of the resources to export; `nil` exports all.
    ///   - options: what becomes a parameter.
    /// - Returns: the template's document.
    /// - Throws: `DeploymentRefusal` when it would be too large, and what the reads throw.
    func template(of group: ResourceID, wanted: [ResourceID]?, _ options: Options) async throws -> JSONObject {
        var resources: [TemplateExport.Resource] = []
        for id in try host.controlPlane.trackedResources(in: group) {
            guard wanted?.contains(where: { $0.contains(id) || id.contains($0) }) ?? true else { continue }
            try await read(id, into: &resources)
        }
        guard resources.count <= Self.resourcesMax else {
            throw DeploymentRefusal(
                code: "ExportTemplateTooLarge",
                "The resource group has \(resources.count) resources; a template has at most \(Self.resourcesMax).")
        }
        let export = TemplateExport(
            resources, parameterizesNames: options.parameterizesNames, includesDefaults: options.includesDefaults,
            cleaning: Self.writable)
        return export.template
    }

    private func read(_ id: ResourceID, into resources: inout [TemplateExport.Resource]) async throws {
        let version = DeploymentHost.apiVersion(of: id)
        guard let document = try await host.getIfAllowed(id, apiVersion: version)?.object else { return }
        resources.append(TemplateExport.Resource(document, apiVersion: version))
        for name in Self.children[id.type?.asciiLowercased ?? ""] ?? [] {
            let collection = ResourceID(unchecked: "\(id.path)/\(name)")
            for child in try await host.list(collection, apiVersion: version) {
                guard let object = child.object, let path = object["id"]?.string, let childID = try? ResourceID(path)
                else { continue }
                let type = childID.type?.asciiLowercased ?? ""
                if Self.children[type] != nil {
                    try await read(childID, into: &resources)
                } else {
                    resources.append(
                        TemplateExport.Resource(object, apiVersion: version, needs: Self.keyRules(object)))
                }
            }
        }
    }

    /// The rules that the key of a binding may be one of: without them, a binding that is made has no key.
    private static func keyRules(_ document: JSONObject) -> [ResourceID] {
        guard let properties = document["properties"], let relay = properties["relayArmUri"]?.string,
            let name = properties["sendKeyName"]?.string, let id = try? ResourceID(relay)
        else { return [] }
        let namespace = "/\(id.segments.dropLast(2).joined(separator: "/"))"
        return [relay, namespace].compactMap { try? ResourceID("\($0)/authorizationRules/\(name)") }
    }

    /// Takes away what the server says and nobody can set.
    static func writable(_ type: String, _ properties: JSONObject) -> JSONObject {
        var result = JSONObject()
        let dropped = readOnly[type.asciiLowercased] ?? []
        for member in properties.members
        where !member.value.isNull && !dropped.contains(member.name.asciiLowercased)
            && !always.contains(member.name.asciiLowercased)
        {
            result.append(member.name, member.value)
        }
        return result
    }

    private static let always: Set<String> = ["provisioningstate", "createdat", "updatedat", "causeway"]

    private static let readOnly: [String: Set<String>] = [
        "microsoft.relay/namespaces": ["status", "servicebusendpoint", "metricid", "privateendpointconnections"],
        "microsoft.relay/namespaces/hybridconnections": ["listenercount"],
        "microsoft.relay/namespaces/wcfrelays": ["listenercount", "isdynamic"],
        "microsoft.web/serverfarms": [
            "status", "numberofsites", "numberofworkers", "subscription", "georegion", "resourcegroup",
            "maximumnumberofworkers", "currentnumberofworkers", "currentworkersize", "currentworkersizeid",
            "workersize",
            "servelfarmid", "serverfarmid", "webspace", "planname", "mdmid", "maximumelasticworkercount", "id", "name",
        ],
        "microsoft.web/sites": siteFacts, "microsoft.web/sites/slots": siteFacts,
        "microsoft.web/sites/hybridconnectionnamespaces/relays": bindingFacts,
        "microsoft.web/sites/slots/hybridconnectionnamespaces/relays": bindingFacts,
    ]

    private static let siteFacts: Set<String> = [
        "state", "hostnames", "defaulthostname", "repositorysitename", "usagestate", "enabledhostnames",
        "availabilitystate", "hostnamesslstates", "lastmodifiedtimeutc", "outboundipaddresses", "resourcegroup", "sku",
        "possibleoutboundipaddresses", "serverfarm", "webspace", "selflink", "name", "id",
    ]

    private static let bindingFacts: Set<String> = [
        "servicebusnamespace", "servicebussuffix", "relayname", "sendkeyvalue",
    ]
}

extension DeploymentHost {
    /// The resource as it is; `nil` when it does not exist or the caller may not see it.
    func getIfAllowed(_ id: ResourceID, apiVersion: String) async throws -> JSONValue? {
        do {
            return try await get(id, apiVersion: apiVersion)
        } catch let error as ServiceError where error.code == .authorizationFailed {
            return nil
        }
    }

    /// All elements of a collection; none when the caller may not see it.
    func list(_ collection: ResourceID, apiVersion: String) async throws -> [JSONValue] {
        var elements: [JSONValue] = []
        var token: String?
        repeat {
            let skip = token.map { [QueryParameters.Pair(name: "$skipToken", value: $0)] } ?? []
            let answer: Answer
            do {
                answer = try await requests.answer(
                    .get, collection, apiVersion: apiVersion,
                    query: [QueryParameters.Pair(name: "$top", value: "1000")] + skip, origin: origin)
            } catch let error as ServiceError where error.code == .authorizationFailed {
                return []
            }
            guard case .json(let document) = answer.body else { return elements }
            elements += document["value"]?.array ?? (document.array ?? [])
            token = document["nextLink"]?.string.flatMap { link in
                link.firstIndex(of: "?").flatMap { QueryParameters(link[link.index(after: $0)...])["$skipToken"] }
            }
        } while token != nil
        return elements
    }
}
