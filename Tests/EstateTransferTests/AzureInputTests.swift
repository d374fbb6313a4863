import Foundation
import RelayModel
import Testing

@testable import EstateTransfer

struct AzureInputTests {
    @Test(arguments: [
        (#"{"a":1}{"b":2}"#, 2), ("[1]\r\n\r\n {}\n", 2), (#"{"a":"}{[\""}"#, 1), ("  \n", 0),
    ])
    func `documents behind one another are read one by one`(_ text: String, _ count: Int) throws {
        #expect(try JSONSequence.documents(Array(text.utf8), file: "f").count == count)
        let wide = Data([0xFF, 0xFE]) + text.utf16.reduce(into: Data()) { $0 += [UInt8($1 & 0xFF), UInt8($1 >> 8)] }
        #expect(try JSONSequence.documents(Array(wide), file: "f").count == count)
    }

    @Test(arguments: ["WARNING: a", "[1", "{}x", "]", "{]"])
    func `something else is refused with the name of the file`(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try JSONSequence.documents(Array(text.utf8), file: "f.json") }

        #expect(error?.message.contains("f.json") == true)
    }

    @Test func `properties that stand at the top go where they belong`() {
        let flat: JSONObject = ["id": "/a/b", "name": "b", "location": "x", "tags": .null, "rights": ["Send"]]
        let nested: JSONObject = ["id": "/a/b", "properties": ["rights": ["Send"]], "resourceGroup": "g"]

        #expect(AzureDocument.nested(flat)["properties"] == ["rights": ["Send"]])
        #expect(AzureDocument.nested(flat)["tags"] == nil)
        #expect(AzureDocument.nested(nested)["properties"] == ["rights": ["Send"]])
    }

    @Test(arguments: [
        ("[parameters('a')]", "one"), ("[concat(parameters('a'), '/it''s')]", "one/it's"), ("[[x]", "[x]"),
        ("[resourceId('P/t', toLower('N'))]", "/subscriptions/s/resourceGroups/g/providers/P/t/n"),
        ("[resourceGroup().name]", "g"), ("plain", "plain"),
    ])
    func `an expression is worked out`(_ text: String, _ value: String) throws {
        #expect(try Self.scope.resolved(.string(text)) == .string(value))
    }

    @Test(arguments: [
        "[parameters('none')]", "[uniqueString('a')]", "[concat('a', ]", "[concat('a']", "['a' 'b']", "[()]", "[]",
    ])
    func `an expression that is not understood is refused`(_ text: String) {
        #expect(throws: ServiceError.self) { try Self.scope.resolved(.string(text)) }
    }

    private static let scope = TemplateScope(
        group: .resourceGroup("g", subscription: "s"), ["parameters": ["a": ["defaultValue": "one"]]])

    @Test func `a key that fits no rule is told and does not spoil the others`() throws {
        var inventory = AzureInventory(subscriptionID: "s", resourceGroup: "g", isDryRun: false)
        let string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=k"
        inventory.add(["keyName": "r", "primaryKey": "k", "primaryConnectionString": .string(string)], file: "f")
        inventory.add(["keyName": "r", "primaryKey": "k"], file: "f")
        let made = inventory.items()

        #expect(made.items.isEmpty)
        #expect(made.report.count(.failed) == 2)
        #expect(!made.report.document.text.contains("SharedAccessKey="))
    }
}
