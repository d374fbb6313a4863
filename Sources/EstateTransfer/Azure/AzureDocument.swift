import RelayModel

/// One resource as the tools of the real service print it, brought into the form of the management API.
enum AzureDocument {
    /// What stands beside the properties. The Azure CLI prints everything else in the same object, without properties.
    private static let outer: Set<String> = [
        "etag", "extendedlocation", "id", "identity", "kind", "location", "managedby", "name", "plan", "properties",
        "resourcegroup", "sku", "systemdata", "tags", "type", "zones", "scope", "dependson", "apiversion", "comments",
        "condition",
    ]

    /// The document with its properties in one object.
    static func nested(_ document: JSONObject) -> JSONObject {
        var result = JSONObject()
        var properties = document["properties"]?.object ?? JSONObject()
        let isFlat = document["properties"]?.object == nil
        for member in document.members where !member.value.isNull {
            let name = member.name.asciiLowercased
            if name == "properties" { continue }
            if isFlat, !outer.contains(name) {
                properties[member.name] = member.value
            } else {
                result[member.name] = member.value
            }
        }
        result["properties"] = .object(properties)
        return result
    }

    /// The app as it is made: what only Azure knows is left out.
    static func site(_ document: JSONObject) -> JSONObject {
        var result = document
        var properties = document["properties"]?.object ?? JSONObject()
        // Older versions of the Azure CLI call it so.
        if properties["serverFarmId"] == nil, let plan = properties["appServicePlanId"] {
            properties["serverFarmId"] = plan
        }
        properties["appServicePlanId"] = nil
        if let configuration = properties["siteConfig"]?.object {
            let filled = withoutNull(configuration)
            properties["siteConfig"] = filled.isEmpty ? nil : .object(filled)
        }
        result["properties"] = .object(withoutNull(properties))
        if let identity = document["identity"]?.object {
            var kept: JSONObject = ["type": identity["type"] ?? "None"]
            if let assigned = identity["userAssignedIdentities"]?.object, !assigned.isEmpty {
                var names = JSONObject()
                for member in assigned.members { names.append(member.name, .object(JSONObject())) }
                kept.append("userAssignedIdentities", .object(names))
            }
            result["identity"] = kept["type"] == "None" ? nil : .object(kept)
        }
        return result
    }

    /// Parts of an app's configuration that are never shown: settings become resources of their own, the others go.
    static func settings(takenFrom site: inout JSONObject) -> [(name: String, properties: JSONObject)] {
        guard var properties = site["properties"]?.object, var configuration = properties["siteConfig"]?.object else {
            return []
        }
        var found: [(name: String, properties: JSONObject)] = []
        if let list = configuration["appSettings"]?.array {
            found.append(("appsettings", named(list) { $0["value"] ?? "" }))
        }
        if let list = configuration["connectionStrings"]?.array {
            let strings = named(list) {
                ["value": $0["connectionString"] ?? "", "type": $0["type"] ?? "Custom"]
            }
            found.append(("connectionstrings", strings))
        }
        for name in ["appSettings", "azureStorageAccounts", "connectionStrings", "machineKey", "publishingPassword"] {
            configuration[name] = nil
        }
        properties["siteConfig"] = configuration.isEmpty ? nil : .object(configuration)
        site["properties"] = .object(properties)
        return found.filter { !$0.properties.isEmpty }
    }

    private static func named(_ list: [JSONValue], _ value: (JSONValue) -> JSONValue) -> JSONObject {
        var result = JSONObject()
        for entry in list {
            if let name = entry["name"]?.string { result[name] = value(entry) }
        }
        return result
    }

    private static func withoutNull(_ object: JSONObject) -> JSONObject {
        var result = JSONObject()
        for member in object.members where !member.value.isNull {
            result.append(member.name, member.value.object.map { .object(withoutNull($0)) } ?? member.value)
        }
        return result
    }

    /// The object of the later document over that of the earlier one; what is `null` or empty there stays.
    static func merged(_ earlier: JSONObject, _ later: JSONObject) -> JSONObject {
        var result = earlier
        for member in later.members where !member.value.isNull {
            if let object = member.value.object, let present = result[member.name]?.object {
                result[member.name] = .object(merged(present, object))
            } else {
                result[member.name] = member.value
            }
        }
        return result
    }
}
