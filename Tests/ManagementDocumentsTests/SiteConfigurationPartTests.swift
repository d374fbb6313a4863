import ManagementDocuments
import RelayModel
import Testing

struct SiteConfigurationPartTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)

    private static func written(
        _ part: SiteConfigurationPart, _ properties: JSONObject, in settings: JSONObject = [:]
    ) throws -> JSONObject {
        var settings = settings
        try part.write(properties, to: &settings, now: now)
        return settings
    }

    @Test func `sign-in of visitors is off until somebody writes it, and then says in which form`() throws {
        let (first, second) = (SiteConfigurationPart.authentication, SiteConfigurationPart.authenticationV2)
        #expect(first.value(in: [:]) == ["enabled": false])
        #expect(second.value(in: [:]) == ["platform": ["enabled": false]])

        let older = try Self.written(first, ["enabled": true, "clientId": "", "issuer": "https://sts", "x": .null])
        #expect(first.value(in: older) == ["enabled": true, "issuer": "https://sts", "configVersion": "v1"])
        let newer = try Self.written(second, ["platform": ["enabled": true]], in: older)
        #expect(first.value(in: newer)?["configVersion"] == "v2")
        #expect(second.value(in: newer) == ["platform": ["enabled": true]])
    }

    @Test func `logs that are not given are the defaults`() throws {
        let part = SiteConfigurationPart.logs
        let defaults = part.value(in: [:])
        let settings = try Self.written(
            part, ["httpLogs": ["fileSystem": ["enabled": true, "retentionInDays": 3]], "applicationLogs": .null])

        let found = part.value(in: settings)

        #expect(found?["httpLogs"]?["fileSystem"]?["retentionInMb"] == 35)
        #expect(found?["httpLogs"]?["fileSystem"]?["retentionInDays"] == 3)
        #expect(found?["httpLogs"]?["azureBlobStorage"] == defaults?["httpLogs"]?["azureBlobStorage"])
        #expect(found?["applicationLogs"] == defaults?["applicationLogs"])
    }

    @Test func `a schedule of backups always has a start`() throws {
        let part = SiteConfigurationPart.backup
        #expect(part.value(in: [:]) == nil)
        let settings = try Self.written(part, ["enabled": true, "backupSchedule": ["frequencyInterval": 1]])
        #expect(part.value(in: settings)?["backupSchedule"]?["startTime"] == "2026-02-02T02:40:00")
        let given = try Self.written(part, ["backupSchedule": ["startTime": "2026-11-28T01:00:00"]])
        #expect(part.value(in: given)?["backupSchedule"]?["startTime"] == "2026-11-28T01:00:00")

        var without = settings
        #expect(part.remove(from: &without))
        #expect(part.value(in: without) == nil)
        #expect(!part.remove(from: &without))
    }

    @Test(arguments: [[:], ["appSettingNames": ["A"]], ["appSettingNames": .null]] as [JSONObject])
    func `the three lists of names are always there`(_ properties: JSONObject) throws {
        let part = SiteConfigurationPart.slotSettingNames
        let found = try part.value(in: Self.written(part, properties))
        #expect(found?.count == 3)
        #expect(found?.members.allSatisfy { $0.value.array != nil } == true)
    }

    @Test func `mounted storage is one thing, wherever it is written`() throws {
        let part = SiteConfigurationPart.storageAccounts
        let accounts: JSONObject = ["files": ["accessKey": "key", "shareName": "share"]]
        #expect(part.value(in: [:]) == [:])
        #expect(part.value(in: ["azureStorageAccounts": .object(accounts)]) == accounts)
        #expect(try Self.written(part, accounts)["azureStorageAccounts"] == .object(accounts))
        #expect(throws: ServiceError.self) { try Self.written(part, ["files": "key"]) }
    }

    @Test func `a policy is yes or no`() throws {
        for part in SiteConfigurationPart.credentialPolicies {
            #expect(part.value(in: [:]) == ["allow": true])
            #expect(try part.value(in: Self.written(part, ["allow": false, "odd": 1])) == ["allow": false])
            #expect(throws: ServiceError.self) { try Self.written(part, ["allow": "no"]) }
            #expect(throws: ServiceError.self) { try Self.written(part, [:]) }
        }
    }

    @Test func `what is too large is refused with the limit`() {
        let text = String(repeating: "x", count: Limits.siteConfigurationPartMax)
        let error = #expect(throws: ServiceError.self) {
            try Self.written(.pushSettings, ["dynamicTagsJson": .string(text)])
        }
        #expect(error?.message.contains("65536") == true)
    }
}
