import RelayModel

/// Templates as `az group export` writes them: resources whose names are made of parameters.
extension AzureInventory {
    mutating func add(template: JSONObject, file: String) {
        guard let resourceGroup else {
            return skip(
                file, "template", "a template does not say for which resource group it is; add --resource-group")
        }
        let group = ResourceID.resourceGroup(resourceGroup, subscription: subscriptionID)
        let scope = TemplateScope(group: group, template)
        for resource in template["resources"]?.array ?? [] {
            add(templateResource: resource, scope, parent: nil, file: file)
        }
    }

    private mutating func add(
        templateResource value: JSONValue, _ scope: TemplateScope, parent: (type: String, name: String)?, file: String
    ) {
        let writtenType = value["type"]?.string ?? ""
        guard let object = value.object, let writtenName = value["name"]?.string else {
            return skip(file, "template", "a resource in it has no name")
        }
        do {
            let resolved = try scope.resolved(.object(object)).object ?? object
            let ownName = try scope.resolved(.string(writtenName)).string ?? writtenName
            let type = parent.map { "\($0.type)/\(writtenType)" } ?? writtenType
            let name = parent.map { "\($0.name)/\(ownName)" } ?? ownName
            guard let id = scope.id(type: type, name: name) else {
                return skip(name, type, "its name does not fit its type (\(file))")
            }
            var resource = AzureDocument.nested(resolved)
            resource["id"] = .string(id.path)
            resource["name"] = .string(id.name)
            resource["type"] = .string(type)
            add(resource: resource, id: id.path)
            for child in object["resources"]?.array ?? [] {
                add(templateResource: child, scope, parent: (type, name), file: file)
            }
        } catch {
            skip(writtenName, writtenType, "\(error.message) (\(file))")
        }
    }
}
