import ManagementClient
import RelayModel

extension EstateReader {
    /// An app with its slots, and what both have.
    func read(site: PortableResource) async throws -> Found {
        let path = try RequestPath(resourceID: site.id.path)
        var found = Found(resources: [site])
        found += try await readContent(path)
        for slot in try await portable(path.segment("slots")) {
            found.resources.append(slot)
            found += try await readContent(RequestPath(resourceID: slot.id.path))
        }
        return found
    }

    /// Parts of an app's configuration that may hold secrets: POST …/list tells them. Those without are read like anything
    /// else.
    static let listedConfigurations: Set<String> = ["appsettings", "connectionstrings", "authsettings"]
    private static let readableConfigurations = ["logs", "slotConfigNames"]

    /// What an app and a slot have alike. Their configuration is a part of their own document.
    private func readContent(_ path: RequestPath) async throws -> Found {
        var bindings = try await portable(path.segment("hybridConnectionRelays"))
        var found = Found(resources: try await portable(path.segment("hybridconnection")))
        if includesKeys {
            bindings = try await BoundedWork.map(bindings) { try await withKey($0) }
            for name in Self.listedConfigurations.sorted() {
                let settings = try await answer(path.child("config", name).segment("list"))
                guard let properties = settings["properties"]?.object, !properties.isEmpty,
                    properties != ["enabled": false]
                else { continue }
                found.resources += [settings].compactMap { PortableResource($0) }
            }
        }
        // A slot has no names of its own.
        for name in Self.readableConfigurations {
            guard let document = try await client.getIfPresent(path.child("config", name)) else { continue }
            found.resources += [document].compactMap { PortableResource($0) }
        }
        found.resources += bindings
        return found
    }

    private func withKey(_ binding: PortableResource) async throws -> PortableResource {
        let answer = try await answer(RequestPath(resourceID: binding.id.path).segment("listKeys"))
        guard let key = answer["properties"]?["sendKeyValue"], key.string?.isEmpty == false else { return binding }
        var properties = binding.properties
        properties["sendKeyValue"] = key
        var result = binding
        result.document["properties"] = .object(properties)
        return result
    }
}
