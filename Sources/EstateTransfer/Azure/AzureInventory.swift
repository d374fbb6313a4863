package import RelayModel

/// What people bring from the real service: resources and keys out of many files, told apart by what they are.
package struct AzureInventory: Sendable {
    /// Keys as `keys list` prints them: they name no rule but in their connection strings.
    struct PrintedKeys: Sendable {
        var connectionString: String?
        var keyName: String
        var primary: Secret<String>?
        var secondary: Secret<String>?
    }

    let subscriptionID: String
    /// Of what names no resource group; `nil` when it has to name one.
    let resourceGroup: String?
    /// By their IDs in lower case, which lead to the subscription that they come to.
    var resources: [String: JSONObject] = [:]
    var keys: [PrintedKeys] = []
    /// Subscriptions that they come from, in lower case.
    var subscriptions: Set<String> = []
    package internal(set) var report: ImportReport

    package init(subscriptionID: String, resourceGroup: String?, isDryRun: Bool) {
        self.subscriptionID = subscriptionID
        self.resourceGroup = resourceGroup
        report = ImportReport(isDryRun: isDryRun)
    }

    /// Takes up one document: a resource, a list, an answer with `value`, keys, or a template.
    package mutating func add(_ document: JSONValue, file: String) {
        switch document {
        case .array(let elements):
            for element in elements { add(element, file: file) }
        case .object(let object):
            add(object, file: file)
        default:
            skip("", "value", "it is \(document.kind) and no resource (\(file))")
        }
    }

    private mutating func add(_ object: JSONObject, file: String) {
        if object["$schema"] != nil, object["resources"]?.array != nil {
            add(template: object, file: file)
        } else if object["id"] == nil, let values = object["value"]?.array {
            for value in values { add(value, file: file) }
        } else if let name = object["keyName"]?.string, object["primaryKey"] != nil || object["secondaryKey"] != nil {
            let strings = ["primaryConnectionString", "secondaryConnectionString"].compactMap { object[$0]?.string }
            keys.append(
                PrintedKeys(
                    connectionString: strings.first { !$0.isEmpty }, keyName: name,
                    primary: Self.key(object["primaryKey"]),
                    secondary: Self.key(object["secondaryKey"])))
        } else if let id = object["id"]?.string {
            add(resource: AzureDocument.nested(object), id: id)
        } else {
            let name = object["name"]?.string ?? ""
            let advice =
                object["slotSetting"] != nil
                ? "application settings do not say whose they are; bring the answer of az rest --method post --url …/config/"
                    + "appsettings/list" : "it has no resource ID"
            skip(name, object["type"]?.string ?? "document", "\(advice) (\(file))")
        }
    }

    private static func key(_ value: JSONValue?) -> Secret<String>? {
        value?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    mutating func add(resource document: JSONObject, id text: String) {
        let type = document["type"]?.string ?? "document"
        guard let foreign = try? ResourceID(text), let from = foreign.subscriptionID else {
            return skip(text, type, "its ID is not that of a resource in a subscription")
        }
        subscriptions.insert(from.asciiLowercased)
        let id = SubscriptionMap([(from, subscriptionID)]).mapped(foreign)
        guard let kind = ResourceKind(of: id) else {
            return skip(text, type, "resources of this type are not carried over")
        }
        switch kind {
        case .subscription, .provider: return skip(text, kind.words, "the one of this server stays as it is")
        case .roleAssignment, .roleDefinition:
            return skip(text, kind.words, "the principals of another directory are not known here")
        case .lock where id.parent?.resourceGroup == nil:
            return skip(text, kind.words, "it would hold everything in the subscription; set it by hand")
        default: break
        }
        var resource = document
        resource["id"] = .string(id.path)
        if kind == .site || kind == .slot {
            resource = AzureDocument.site(resource)
            for (name, properties) in AzureDocument.settings(takenFrom: &resource) {
                store(["id": .string("\(id.path)/config/\(name)"), "properties": .object(properties)])
            }
        }
        store(resource)
    }

    private mutating func store(_ resource: JSONObject) {
        guard let id = resource["id"]?.string else { return }
        let present = resources[id.asciiLowercased]
        resources[id.asciiLowercased] = present.map { AzureDocument.merged($0, resource) } ?? resource
    }

    mutating func skip(_ id: String, _ what: String, _ reason: String) {
        report.entries.append(ImportReport.Entry(id: id, what: what, outcome: .skipped, reason: reason))
    }

    mutating func fail(_ id: String, _ what: String, _ reason: String) {
        report.entries.append(ImportReport.Entry(id: id, what: what, outcome: .failed, reason: reason))
    }
}
