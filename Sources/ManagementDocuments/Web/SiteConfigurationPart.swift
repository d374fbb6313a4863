package import RelayModel

/// One of the parts of an app or slot that are kept as they were sent and have no effect here: what clients of Azure write
/// and want to read again. All of them lie, encrypted, among the settings of the app that may hold secrets.
package struct SiteConfigurationPart: Sendable {
    /// The two last segments of its path, as Azure spells them: `config/logs`.
    package let path: String
    /// What is answered when nothing was written; `nil` when there is nothing then.
    private let unwritten: JSONObject?
    /// Checks what is written, and fills in what clients want to find.
    private let completed: @Sendable (JSONObject, Timestamp) throws(ServiceError) -> JSONObject

    private init(
        _ path: String, unwritten: JSONObject?,
        completed: @escaping @Sendable (JSONObject, Timestamp) throws(ServiceError) -> JSONObject = { value, _ in value
        }
    ) {
        self.path = path
        self.unwritten = unwritten
        self.completed = completed
    }

    // MARK: Which there are

    package static let authentication = SiteConfigurationPart("config/authsettings", unwritten: ["enabled": false]) {
        written, _ in
        // An empty ID would be one for clients.
        var kept = JSONObject(members: written.members.filter { !$0.value.isNull && $0.value != "" })
        // What was read and is written again changes nothing; what says nothing is of the form that it has.
        kept[Self.versionName] = written[Self.versionName] == "v2" ? "v2" : "v1"
        return kept
    }

    package static let authenticationV2 = SiteConfigurationPart(
        "config/authsettingsV2", unwritten: ["platform": ["enabled": false]])

    package static let backup = SiteConfigurationPart("config/backup", unwritten: nil) { written, now in
        var kept = written
        if var schedule = written["backupSchedule"]?.object {
            // A schedule without a start is one that begins now, and clients read the start in any case.
            if schedule["startTime"]?.string == nil { schedule["startTime"] = .string(String(now.iso8601.prefix(19))) }
            kept["backupSchedule"] = .object(schedule)
        }
        return kept
    }

    package static let logs = SiteConfigurationPart("config/logs", unwritten: defaultLogs) { written, _ in
        defaultLogs.overwritten(by: written)
    }

    /// Which settings would stay when slots were swapped.
    package static let slotSettingNames = SiteConfigurationPart(
        "config/slotConfigNames", unwritten: noSlotSettingNames
    ) { written, _ throws(ServiceError) in
        let reader = try DocumentReader(.object(["properties": .object(written)])).object("properties")
        var kept = noSlotSettingNames
        for name in noSlotSettingNames.members.map(\.name) {
            kept[name] = .array(try reader.strings(name)?.map(JSONValue.string) ?? [])
        }
        return kept
    }

    package static let storageAccounts = SiteConfigurationPart("config/azurestorageaccounts", unwritten: [:]) {
        written, _ throws(ServiceError) in
        for member in written.members where member.value.object == nil && !member.value.isNull {
            throw ServiceError(
                .badRequest,
                "The value of 'properties.\(NameRule.shown(member.name))' must be an object and is \(member.value.kind).",
                target: "properties.\(NameRule.shown(member.name))")
        }
        return JSONObject(members: written.members.filter { !$0.value.isNull })
    }

    package static let pushSettings = SiteConfigurationPart("config/pushsettings", unwritten: ["isPushEnabled": false])

    package static let sourceControl = SiteConfigurationPart(
        "sourcecontrols/web",
        unwritten: [
            "repoUrl": .null, "branch": .null, "isManualIntegration": false, "deploymentRollbackEnabled": false,
            "isMercurial": false,
        ])

    /// Whether files may be published with name and password, over FTP and over the other ways.
    package static let credentialPolicies = ["ftp", "scm"].map { name in
        SiteConfigurationPart("basicPublishingCredentialsPolicies/\(name)", unwritten: ["allow": true]) {
            written, _ throws(ServiceError) in
            let reader = try DocumentReader(.object(["properties": .object(written)])).object("properties")
            guard let allow = try reader.bool("allow") else { throw reader.missing("allow") }
            return ["allow": .bool(allow)]
        }
    }

    private static let versionName = "configVersion"

    private static let noSlotSettingNames: JSONObject = [
        "connectionStringNames": [], "appSettingNames": [], "azureStorageConfigNames": [],
    ]

    private static let defaultLogs: JSONObject = [
        "applicationLogs": [
            "fileSystem": ["level": "Off"],
            "azureBlobStorage": ["level": "Off", "sasUrl": .null, "retentionInDays": .null],
        ],
        "httpLogs": [
            "fileSystem": ["retentionInMb": 35, "retentionInDays": .null, "enabled": false],
            "azureBlobStorage": ["sasUrl": .null, "retentionInDays": .null, "enabled": false],
        ],
        "failedRequestsTracing": ["enabled": false],
        "detailedErrorMessages": ["enabled": false],
    ]

    // MARK: Among the settings of an app

    private static let partsName = "parts"

    /// The part as it is kept among the settings; `nil` when there is none.
    package func value(in settings: JSONObject) -> JSONObject? {
        kept(in: settings) ?? unwritten
    }

    private func kept(in settings: JSONObject) -> JSONObject? {
        settingName.map { settings[$0]?.object } ?? settings[Self.partsName]?[path]?.object
    }

    /// Keeps what was written, instead of what there was.
    /// - Throws: `ServiceError` with `badRequest` when it is of the wrong form or too large.
    package func write(_ written: JSONObject, to settings: inout JSONObject, now: Timestamp) throws(ServiceError) {
        let kept = try completed(written, now)
        let size = JSONValue.object(kept).text.utf8.count
        guard size <= Limits.siteConfigurationPartMax else {
            throw ServiceError(
                .badRequest,
                "What is to be kept at '\(path)' has \(size) bytes; it may have \(Limits.siteConfigurationPartMax).",
                target: "properties")
        }
        set(kept, in: &settings)
        guard path == Self.authenticationV2.path else { return }
        // Which of the two forms counts is told by the older one.
        var older = Self.authentication.value(in: settings) ?? JSONObject()
        older[Self.versionName] = "v2"
        Self.authentication.set(older, in: &settings)
    }

    /// - Returns: whether there was something.
    package func remove(from settings: inout JSONObject) -> Bool {
        guard kept(in: settings) != nil else { return false }
        set(nil, in: &settings)
        return true
    }

    private func set(_ value: JSONObject?, in settings: inout JSONObject) {
        if let settingName {
            settings[settingName] = value.map(JSONValue.object)
        } else {
            var parts = settings[Self.partsName]?.object ?? JSONObject()
            parts[path] = value.map(JSONValue.object)
            settings[Self.partsName] = .object(parts)
        }
    }

    /// The name in `siteConfig` under which an app's own document may write the same.
    private var settingName: String? { path == "config/azurestorageaccounts" ? "azureStorageAccounts" : nil }

    // MARK: JSON

    /// The properties of a body.
    package func parse(_ body: JSONValue) throws(ServiceError) -> JSONObject {
        try SiteConfigurationDocument.parse(body)
    }

    package func render(_ site: Versioned<Site>, _ value: JSONObject, showsSecrets: Bool) -> JSONValue {
        let parts = path.split(separator: "/").map(String.init)
        return SiteChildDocument.render(
            site, parts.first ?? "", parts.last ?? "", showsSecrets ? value : value.withoutSecrets)
    }

    package func missing(_ site: Versioned<Site>) -> ServiceError {
        ServiceError(.notFound, "Cannot find \(path) of the app '\(site.value.fullName)': it was never set.")
    }
}

extension JSONObject {
    /// The object with the members of another one in the place of its own; those that the other one lacks, or has as
    /// `null`, stay.
    fileprivate func overwritten(by other: JSONObject) -> JSONObject {
        var result = self
        for member in other.members where !member.value.isNull {
            if let present = result[member.name]?.object, let object = member.value.object {
                result[member.name] = .object(present.overwritten(by: object))
            } else {
                result[member.name] = member.value
            }
        }
        return result
    }
}
