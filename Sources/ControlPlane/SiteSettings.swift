public import RelayModel
import RelayStore
import SharedAccess

/// The parts of `siteConfig` that may hold secrets. They are taken and kept encrypted, and answered to those alone who may
/// list them.
extension ControlPlane {
    private static let secretSettings = [
        "appSettings", "azureStorageAccounts", "connectionStrings", "machineKey", "metadata", "publishingPassword",
    ]
    private static let field = "settings"

    /// The app or slot of that ID, or above it, with its settings that may hold secrets: for those who may list them.
    public func secretSettings(_ id: ResourceID) throws -> (site: Versioned<Site>, settings: JSONObject) {
        let site = try site(id)
        return (site, try opened(site.value.settings) ?? JSONObject())
    }

    private func opened(_ sealed: Site.SealedSettings) throws -> JSONObject? {
        try sealed.bytes.flatMap {
            try JSONValue(text: vault.open(text: $0, bindingID: sealed.bindingID, field: Self.field).reveal()).object
        }
    }

    /// Takes the secret settings out of the properties, which must be without `null`, and seals them together with
    /// those that the app has; those that are not given stay.
    func settings(
        taking properties: inout JSONObject, over present: Site.SealedSettings?
    ) throws -> Site.SealedSettings {
        let bindingID = present?.bindingID ?? "site/\(RandomID.next())"
        var given = JSONObject()
        if var configuration = properties["siteConfig"]?.object {
            for name in Self.secretSettings {
                guard let setting = configuration[name] else { continue }
                given.append(name, setting)
                configuration[name] = nil
            }
            properties["siteConfig"] = .object(configuration)
        }
        guard !given.isEmpty else { return present ?? Site.SealedSettings(bindingID: bindingID, bytes: nil) }
        var after = try present.flatMap { try opened($0) } ?? JSONObject()
        for member in given.members { after[member.name] = member.value }
        return try sealed(after, over: Site.SealedSettings(bindingID: bindingID, bytes: present?.bytes))
    }

    private func sealed(_ settings: JSONObject, over present: Site.SealedSettings) throws -> Site.SealedSettings {
        let text = Secret(JSONValue.object(settings.sortedByName).text)
        return Site.SealedSettings(
            bindingID: present.bindingID,
            bytes: try vault.reseal(text: text, over: present.bytes, bindingID: present.bindingID, field: Self.field)
        )
    }

    /// Changes the settings of the app or slot above the operation's resource.
    /// - Returns: the app or slot, with its settings as they are now.
    public func changeSecretSettings(
        _ operation: Operation, _ change: @escaping @Sendable (inout JSONObject) throws -> Void
    ) async throws -> (site: Versioned<Site>, settings: JSONObject) {
        try await perform(operation) { transaction in
            let present = try transaction.requireSite(operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            let before = try opened(present.value.settings) ?? JSONObject()
            var settings = before
            try change(&settings)
            guard settings != before else { return (present, settings) }
            var value = present.value
            value.settings = try sealed(settings, over: value.settings)
            let plan = try transaction.requirePlan(of: present)
            return (try transaction.update(present, to: value, plan: plan), settings)
        }
    }

    /// The name and password with which files would be published to the app or slot. They stay the same as long as it is
    /// there and open nothing: nobody answers at the place that they are for.
    public func publishingCredentials(_ id: ResourceID) throws -> (site: Versioned<Site>, password: Secret<String>) {
        let site = try site(id)
        return (site, try hostKey("publishing", of: site))
    }

    /// The keys with which the functions of an app would be called; like its publishing credentials.
    public func functionKeys(_ id: ResourceID) throws -> (master: Secret<String>, function: Secret<String>) {
        let site = try site(id)
        return (try hostKey("master", of: site), try hostKey("function", of: site))
    }

    private func hostKey(_ name: String, of site: Versioned<Site>) throws -> Secret<String> {
        let context = "\(site.value.settings.bindingID)/\(name)"
        let bytes = try vault.derive(for: .publishingCredentials, context: context).reveal()
        return Secret(bytes.map { (byte: UInt8) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())
    }
}
