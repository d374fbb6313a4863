import ManagementDocuments
import RelayModel
import Testing

struct SiteConfigurationDocumentTests {
    @Test func `application settings become the list that an app's document has`() throws {
        let list = try SiteConfigurationDocument.parseTexts(
            ["properties": ["GREETING": "hello", "GONE": .null, "EMPTY": ""]])
        #expect(list == [["name": "GREETING", "value": "hello"], ["name": "EMPTY", "value": ""]])
        #expect(try SiteConfigurationDocument.parseTexts(["properties": [:]]) == [])
    }

    @Test(arguments: [["A": 1], ["A": ["secret"]], ["A": ["value": "secret"]], ["A": true]] as [JSONValue])
    func `a setting that is no text is named, and its value is not`(_ properties: JSONValue) {
        let error = #expect(throws: ServiceError.self) {
            try SiteConfigurationDocument.parseTexts(["properties": properties])
        }
        #expect(error?.target == "properties.A")
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [["A": "secret"], ["A": ["value": "secret"]], ["A": ["type": "SQLServer"]]] as [JSONValue])
    func `a connection string wants a value and a type`(_ properties: JSONValue) {
        let error = #expect(throws: ServiceError.self) {
            try SiteConfigurationDocument.parseConnectionStrings(["properties": properties])
        }
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [nil, .linux, .windows] as [RuntimeStackDocument.System?])
    func `every version that is listed has a runtime of the system that was asked for`(
        _ system: RuntimeStackDocument.System?
    ) {
        let stacks = RuntimeStackDocument.render(system)["value"]?.array ?? []
        #expect(stacks.count > 2)
        for stack in stacks {
            for major in stack["properties"]?["majorVersions"]?.array ?? [] {
                for minor in major["minorVersions"]?.array ?? [] {
                    let names = minor["stackSettings"]?.object?.members.map(\.name) ?? []
                    #expect(!names.isEmpty)
                    #expect(system != .linux || names == ["linuxRuntimeSettings"])
                    #expect(system != .windows || names == ["windowsRuntimeSettings"])
                }
            }
        }
    }
}
