public import RelayModel
import RelayStore
import SharedAccess

/// The parts of `siteConfig` that may hold secrets. They are taken and kept encrypted, and answered to those alone who may
/// list them.
extension ControlPlane {
    private static let secretSettings = [
        "appSettings", "azureStorageAccounts", "connectionStrings", "machineKey", "publishingPassword",
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
        let text = Secret(JSONValue.object(after.sortedByName).text)
        return Site.SealedSettings(
            bindingID: bindingID,
            bytes: try vault.reseal(text: text, over: present?.bytes, bindingID: bindingID, field: Self.field)
        )
    }
}
