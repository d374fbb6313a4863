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

    /// Parts of an app's configuration that may hold secrets, in lower case: POST …/list tells them. Those without are read
    /// like anything else.
    static let listedConfigurations: Set<String> = [
        "appsettings", "authsettings", "azurestorageaccounts", "backup", "connectionstrings", "metadata",
        "pushsettings",
    ]
    private static let readableConfigurations = [
        ("config", "authsettingsV2"), ("config", "logs"), ("config", "slotConfigNames"), ("sourcecontrols", "web"),
        ("basicPublishingCredentialsPolicies", "ftp"), ("basicPublishingCredentialsPolicies", "scm"),
    ]

    /// What an app and a slot have alike. Their configuration is a part of their own document.
    private func readContent(_ path: RequestPath) async throws -> Found {
        var bindings = try await portable(path.segment("hybridConnectionRelays"))
        var found = Found(resources: try await portable(path.segment("hybridconnection")))
        if includesKeys {
            bindings = try await BoundedWork.map(bindings) { try await withKey($0) }
            for name in Self.listedConfigurations.sorted() {
                guard let part = try await answerIfPresent(path.child("config", name).segment("list")) else { continue }
                found.resources += configuration(part)
            }
        }
        // A slot has no names of its own.
        for (folder, name) in Self.readableConfigurations {
            guard let part = try await client.getIfPresent(path.child(folder, name)) else { continue }
            found.resources += configuration(part)
        }
        found.resources += bindings
        return found
    }

    /// A part of an app's configuration; none when nobody ever set it, or when it shows secrets that are not to be read.
    private func configuration(_ part: JSONValue) -> [PortableResource] {
        guard let properties = part["properties"]?.object, !Self.isUnset(properties),
            includesKeys || properties == properties.withoutSecrets
        else { return [] }
        return [part].compactMap { PortableResource($0) }
    }

    private static func isUnset(_ properties: JSONObject) -> Bool {
        let unset: [JSONObject] = [
            [:], ["enabled": false], ["isPushEnabled": false], ["platform": ["enabled": false]], ["allow": true],
        ]
        return unset.contains(properties) || properties["repoUrl"]?.isNull == true
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
