import Foundation
import RelayModel
import SharedAccess
import Testing

@testable import EstateTransfer

struct EstateExportTests {
    private static let rule =
        "/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Relay/namespaces/n/authorizationRules/r"
    private static let opener = PassphraseSeal.Opener.keyFile(Secret([UInt8](repeating: 7, count: 32)))

    private static func export() throws -> EstateExport {
        let rule = try ResourceID(rule)
        let resource = try #require(
            PortableResource(["id": .string(rule.path), "name": "r", "properties": ["rights": ["Send"]]]))
        let keys = AccessKeyPair(id: rule, primary: Secret("first"), secondary: Secret("second"))
        return EstateExport(
            subscriptionID: "s-1", exportedAt: Timestamp(millisecondsSinceEpoch: 0), resources: [resource], keys: [keys]
        )
    }

    @Test func `a sealed document is read with its opener and shows no key`() throws {
        let document = try Self.export().sealed(for: Self.opener)
        let read = try EstateExport.read(document) { Self.opener }

        #expect(!document.text.contains("first"))
        #expect(try read.keys == Self.export().keys)
        #expect(try read.resources == Self.export().resources)
    }

    @Test func `what only differs in how its JSON is laid out is read`() throws {
        let document = try Self.export().sealed(for: Self.opener)

        #expect(try EstateExport.read(JSONValue(text: document.prettyText)) { Self.opener }.keys.count == 1)
    }

    @Test func `another key and an altered head are refused`() throws {
        var document = try #require(Self.export().sealed(for: Self.opener).object)
        let other = PassphraseSeal.Opener.keyFile(Secret([UInt8](repeating: 8, count: 32)))

        #expect(throws: ServiceError.self) { try EstateExport.read(.object(document)) { other } }
        document["subscriptionId"] = "s-2"
        #expect(throws: ServiceError.self) { try EstateExport.read(.object(document)) { Self.opener } }
    }

    @Test(arguments: [
        #"{}"#, #"{"format":"causeway-export","version":2}"#, #"{"format":"causeway-export","version":1}"#,
        #"{"format":"causeway-export","version":1,"subscriptionId":"s","resources":[{"id":"/subscriptions/s/x/y/z/1"}]}"#,
        #"{"format":"causeway-export","version":1,"subscriptionId":"s","resources":[],"keys":[{"id":"/a/b"}]}"#,
        #"{"format":"causeway-export","version":1,"encryption":{"algorithm":"none"},"body":""}"#,
    ])
    func `what is no export is refused`(_ text: String) throws {
        let document = try JSONValue(text: text)

        #expect(throws: ServiceError.self) { try EstateExport.read(document) { Self.opener } }
    }

    @Test func `resource IDs lead to the other subscription and what people wrote does not`() throws {
        let site = try #require(
            PortableResource([
                "id": "/subscriptions/OLD/resourceGroups/g/providers/Microsoft.Web/sites/s",
                "tags": ["of": "/subscriptions/old/x"],
                "properties": [
                    "serverFarmId": "/subscriptions/old/resourceGroups/g/providers/Microsoft.Web/serverfarms/p",
                    "elsewhere": "/subscriptions/older/x",
                ],
            ]))
        let mapped = SubscriptionMap([("old", "new")]).mapped(site)

        #expect(mapped.id.path == "/subscriptions/new/resourceGroups/g/providers/Microsoft.Web/sites/s")
        #expect(mapped.properties["serverFarmId"]?.string?.hasPrefix("/subscriptions/new/") == true)
        #expect(mapped.properties["elsewhere"] == "/subscriptions/older/x")
        #expect(mapped.document["tags"]?["of"] == "/subscriptions/old/x")

        let name = try #require(
            PortableResource(
                tagName: ["id": "/subscriptions/old/tagNames/n", "tagName": "n"],
                values: [["tagValue": "/subscriptions/old/x"]]))
        let mappedName = SubscriptionMap([("old", "new")]).mapped(name)
        #expect(mappedName.id.path == "/subscriptions/new/tagNames/n")
        #expect(mappedName.document["values"] == ["/subscriptions/old/x"])
    }

    @Test(
        arguments: [
            ("/subscriptions/s", nil), ("/subscriptions/s/resourceGroups/g", "/subscriptions/s"),
            ("/subscriptions/s/providers/Microsoft.Relay", "/subscriptions/s"),
            ("/subscriptions/s/providers/Microsoft.Authorization/locks/l", "/subscriptions/s"),
            ("/subscriptions/s/resourceGroups/g/providers/P/namespaces/n", "/subscriptions/s/resourceGroups/g"),
            (
                "/subscriptions/s/resourceGroups/g/providers/P/namespaces/n/hybridConnections/h",
                "/subscriptions/s/resourceGroups/g/providers/P/namespaces/n"
            ),
            (
                "/subscriptions/s/resourceGroups/g/providers/P/sites/a/hybridConnectionNamespaces/n/relays/r",
                "/subscriptions/s/resourceGroups/g/providers/P/sites/a"
            ),
            (
                "/subscriptions/s/resourceGroups/g/providers/P/sites/a/providers/Microsoft.Authorization/locks/l",
                "/subscriptions/s/resourceGroups/g/providers/P/sites/a"
            ),
        ] as [(String, String?)])
    func `the parent of a resource is found`(_ path: String, _ parent: String?) throws {
        #expect(try ResourceID(path).parent?.path == parent)
    }
}
