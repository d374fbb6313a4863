import ManagementClient
import RelayModel
import Synchronization

/// The server to which an estate comes: reads what is there, and makes what is not.
struct ImportTarget: Sendable {
    let client: ManagementClient

    /// What is there; `nil` when there is none.
    /// - Throws: `ManagementError` for any other refusal.
    func present(_ item: ImportItem) async throws -> ImportItem.Content? {
        let path = try RequestPath(resourceID: item.id.path)
        switch item.kind {
        case .accessKeys:
            return try await post(path.segment("listKeys")).map { .keys(AccessKeyPair(id: item.id, $0)) }
        case .siteConfiguration where EstateReader.listedConfigurations.contains(item.id.name.asciiLowercased):
            return try await post(path.segment("list")).flatMap { PortableResource($0) }.map { .resource($0) }
        case .binding:
            return try await binding(item, path)
        case .tagName:
            return try await tagName(item.id).map { .resource($0) }
        default:
            return try await client.getIfPresent(path).flatMap { PortableResource($0) }.map { .resource($0) }
        }
    }

    /// With the values that are in use, too.
    private func tagName(_ id: ResourceID) async throws -> PortableResource? {
        let names = try await client.list(RequestPath.subscription(id.subscriptionID ?? "").segment("tagNames"))
        guard let found = names.first(where: { $0["tagName"]?.string?.equalsIgnoringCase(id.name) == true }) else {
            return nil
        }
        return PortableResource(tagName: found, values: found["values"]?.array ?? [])
    }

    private func binding(_ item: ImportItem, _ path: RequestPath) async throws -> ImportItem.Content? {
        guard let document = try await client.getIfPresent(path), var resource = PortableResource(document) else {
            return nil
        }
        guard case .resource(let wanted) = item.content, wanted.properties["sendKeyValue"] != nil else {
            return .resource(resource)
        }
        let key = try await post(path.segment("listKeys"))?["properties"]?["sendKeyValue"]
        var properties = resource.properties
        properties["sendKeyValue"] = key
        resource.document["properties"] = .object(properties)
        return .resource(resource)
    }

    /// Makes the resource, or makes what was found there what it is to be.
    func write(_ item: ImportItem, over present: ImportItem.Content?, isPartial: Bool) async throws {
        let path = try RequestPath(resourceID: item.id.path)
        switch item.content {
        case .keys(let keys): try await write(keys, over: present, path)
        case .resource(let resource): try await write(resource, over: present, isPartial: isPartial, path)
        }
    }

    private func write(
        _ resource: PortableResource, over present: ImportItem.Content?, isPartial: Bool, _ path: RequestPath
    ) async throws {
        switch resource.kind {
        case .provider: try await client.perform(ManagementRequest("POST", path.segment("register")))
        case .subscription:
            let tags = try path.provider("Microsoft.Resources").child("tags", "default")
            let body: JSONValue = [
                "operation": "Merge", "properties": ["tags": resource.document["tags"] ?? .object(JSONObject())],
            ]
            try await client.perform(ManagementRequest("PATCH", tags, body: body))
        case .tagName:
            try await client.perform(ManagementRequest("PUT", path))
            for value in resource.document["values"]?.array ?? [] {
                try await client.perform(ManagementRequest("PUT", path.child("tagValues", value.string ?? "")))
            }
        default:
            var body = resource.body
            if isPartial, case .resource(let present) = present { body = present.body.merging(patch: body) }
            try await client.perform(ManagementRequest("PUT", path, body: .object(body)))
            try await setState(resource, over: present, isPartial: isPartial, path)
        }
    }

    /// Stops an app, or starts it.
    private func setState(
        _ resource: PortableResource, over present: ImportItem.Content?, isPartial: Bool, _ path: RequestPath
    ) async throws {
        var wasStopped = false
        if case .resource(let present) = present { wasStopped = present.isStopped }
        if resource.isStopped, !wasStopped {
            try await client.perform(ManagementRequest("POST", path.segment("stop")))
        } else if !resource.isStopped, wasStopped, !isPartial {
            try await client.perform(ManagementRequest("POST", path.segment("start")))
        }
    }

    /// Each key that is known and is another one.
    private func write(_ keys: AccessKeyPair, over present: ImportItem.Content?, _ path: RequestPath) async throws {
        var found: AccessKeyPair?
        if case .keys(let present) = present { found = present }
        for (slot, key, old) in [
            ("PrimaryKey", keys.primary, found?.primary), ("SecondaryKey", keys.secondary, found?.secondary),
        ] {
            guard let key, key != old else { continue }
            let body: JSONValue = ["keyType": .string(slot), "key": .string(key.reveal())]
            try await client.perform(ManagementRequest("POST", path.segment("regenerateKeys"), body: body))
        }
    }

    /// Why the name of a namespace or app cannot be had; `nil` when it is free.
    func obstacle(_ item: ImportItem) async throws -> String? {
        let subscription = try RequestPath.subscription(item.id.subscriptionID ?? "")
        let path: RequestPath
        switch item.kind {
        case .namespace: path = try subscription.provider("Microsoft.Relay").segment("checkNameAvailability")
        case .site: path = try subscription.provider("Microsoft.Web").segment("checknameavailability")
        default: return nil
        }
        let body: JSONValue = ["name": .string(item.id.name), "type": item.kind == .site ? "Site" : "Namespace"]
        let answer: JSONValue
        do {
            answer = try await client.perform(ManagementRequest("POST", path, body: body)).json()
        } catch let error as ManagementError where error.status == 403 {
            // Who may not ask learns it from the call that makes the resource.
            return nil
        }
        guard answer["nameAvailable"]?.bool == false else { return nil }
        let message = answer["message"]?.string ?? ""
        return "the name '\(item.id.name)' cannot be had on this server"
            + (message.isEmpty ? ": \(answer["reason"]?.string ?? "it is taken")" : ": \(message)")
    }

    private func post(_ path: RequestPath) async throws -> JSONValue? {
        do {
            return try await client.perform(ManagementRequest("POST", path)).json()
        } catch let error as ManagementError where error.status == 404 {
            return nil
        }
    }
}
