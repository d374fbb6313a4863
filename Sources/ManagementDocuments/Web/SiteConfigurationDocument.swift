package import RelayModel

/// What stands below an app's `config/` and is a part of its own configuration: `web`, `appsettings`, `connectionstrings`
/// and `metadata`.
package enum SiteConfigurationDocument {
    /// Reads the body of `config/web`.
    /// - Returns: its properties as they were sent; they are a part of the app's `siteConfig`.
    /// - Throws: `ServiceError` when it has no object of properties.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> JSONObject {
        _ = try DocumentReader(body).object("properties")
        return try DocumentReader(body).json("properties")?.object ?? JSONObject()
    }

    /// What is shown of a configuration in which nobody set it: clients look into it without asking whether it is there.
    private static let shownDefaults: JSONObject = ["linuxFxVersion": "", "experiments": ["rampUpRules": []]]

    /// Reads the body of `config/appsettings` or `config/metadata`: a text for each name.
    /// - Returns: the list that `siteConfig.appSettings` has.
    /// - Throws: `ServiceError` that names the setting whose value is no text, never a value.
    package static func parseTexts(_ body: JSONValue) throws(ServiceError) -> JSONValue {
        var settings: [JSONValue] = []
        for member in try parse(body).members where !member.value.isNull {
            guard let text = member.value.string else { throw wrongType(member, "a string") }
            settings.append(["name": .string(member.name), "value": .string(text)])
        }
        return .array(settings)
    }

    /// Reads the body of `config/connectionstrings`: a value and a type for each name.
    /// - Returns: the list that `siteConfig.connectionStrings` has.
    /// - Throws: `ServiceError` that names the connection string that is not of this form.
    package static func parseConnectionStrings(_ body: JSONValue) throws(ServiceError) -> JSONValue {
        var strings: [JSONValue] = []
        for member in try parse(body).members where !member.value.isNull {
            guard let object = member.value.object else { throw wrongType(member, "an object with value and type") }
            let reader = try DocumentReader(.object(object))
            strings.append([
                "name": .string(member.name), "connectionString": .string(try reader.requiredString("value")),
                "type": .string(try reader.requiredString("type")),
            ])
        }
        return .array(strings)
    }

    private static func wrongType(_ member: JSONObject.Member, _ wanted: String) -> ServiceError {
        ServiceError(
            .badRequest,
            "The value of 'properties.\(NameRule.shown(member.name))' must be \(wanted) and is \(member.value.kind).",
            target: "properties.\(NameRule.shown(member.name))")
    }

    /// `config/web`: the app's configuration without what may be secret.
    package static func render(_ site: Versioned<Site>) -> JSONValue {
        var configuration = site.value.properties["siteConfig"]?.object ?? JSONObject()
        // Clients take a list of applications, where there is one, for one with a first element.
        if configuration["virtualApplications"]?.array?.isEmpty == true { configuration["virtualApplications"] = nil }
        for member in shownDefaults.members where configuration[member.name]?.isNull ?? true {
            configuration[member.name] = member.value
        }
        return document(site, "web", configuration)
    }

    /// `config/appsettings`, out of the list of `siteConfig.appSettings`.
    package static func renderApplicationSettings(_ site: Versioned<Site>, _ list: JSONValue?) -> JSONValue {
        document(site, "appsettings", texts(list))
    }

    private static func texts(_ list: JSONValue?) -> JSONObject {
        var texts = JSONObject()
        for entry in list?.array ?? [] {
            guard let name = entry["name"]?.string else { continue }
            texts[name] = entry["value"] ?? .string("")
        }
        return texts
    }

    /// `config/connectionstrings`, out of the list of `siteConfig.connectionStrings`.
    package static func renderConnectionStrings(_ site: Versioned<Site>, _ list: JSONValue?) -> JSONValue {
        var properties = JSONObject()
        for entry in list?.array ?? [] {
            guard let name = entry["name"]?.string else { continue }
            properties[name] = [
                "value": entry["connectionString"] ?? .string(""), "type": entry["type"] ?? .string("Custom"),
            ]
        }
        return document(site, "connectionstrings", properties)
    }

    /// `config/metadata`, out of the list of `siteConfig.metadata`.
    package static func renderMetadata(_ site: Versioned<Site>, _ list: JSONValue?) -> JSONValue {
        document(site, "metadata", texts(list))
    }

    private static func document(_ site: Versioned<Site>, _ name: String, _ properties: JSONObject) -> JSONValue {
        SiteChildDocument.render(site, "config", name, properties)
    }

    /// What clients ask for before they publish: the places would be at the app's host, and nobody runs there. There is no
    /// password.
    package static func publishingProfiles(_ site: Versioned<Site>, hostSuffix: String) -> String {
        let host = "\(site.value.hostLabel).\(hostSuffix)"
        // Labels of host names and app names have nothing that XML would have to escape.
        func profile(_ name: String, _ method: String, _ place: String, _ more: String) -> String {
            "<publishProfile profileName=\"\(site.value.hostLabel) - \(name)\" publishMethod=\"\(method)\" "
                + "publishUrl=\"\(place)\" \(more)userName=\"\" userPWD=\"\" destinationAppUrl=\"http://\(host)\" "
                + "webSystem=\"WebSites\"><databases /></publishProfile>"
        }
        return "<publishData>"
            + profile("Web Deploy", "MSDeploy", "\(host):443", "msdeploySite=\"\(site.value.hostLabel)\" ")
            + profile("FTP", "FTP", "ftps://\(host)/site/wwwroot", "ftpPassiveMode=\"True\" ")
            + "</publishData>"
    }
}
