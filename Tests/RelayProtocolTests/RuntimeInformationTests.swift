import RelayModel
import RelayProtocol
import Testing

struct RuntimeInformationTests {
    private static let information = RuntimeInformation(
        path: "a/b", createdAt: Timestamp(millisecondsSinceEpoch: 1_700_000_000_123),
        updatedAt: Timestamp(millisecondsSinceEpoch: 1_700_000_001_000), requiresClientAuthorization: true,
        userMetadata: #"[{"key":"endpoint","value":"sql01:1433"}]"#, listenerCount: 2)

    // R112
    @Test(arguments: [
        ("GET", "X-PROCESS-AT", "ServiceBus", "api-version=2016-07", true),
        ("GET", "x-process-at", " servicebus ", "a&API-Version=2016-07", true),
        ("GET", "X-PROCESS-AT", "ServiceBus", "api-version", true),
        ("GET", "X-PROCESS-AT", "ServiceBus", "api-versions=1", false),
        ("GET", "X-PROCESS-AT", "ServiceBus", nil, false),
        ("GET", "X-PROCESS-AT", "Elsewhere", "api-version=2016-07", false),
        ("GET", "X-PROCESS", "ServiceBus", "api-version=2016-07", false),
        ("PUT", "X-PROCESS-AT", "ServiceBus", "api-version=2016-07", false),
        ("get", "X-PROCESS-AT", "ServiceBus", "api-version=2016-07", false),
    ])
    func `runtime information is asked for with field and parameter`(
        _ method: String, _ name: String, _ value: String, _ query: String?, _ isAsked: Bool
    ) {
        let fields: HeaderFields = [("Host", "h"), (name, value)]

        #expect(RuntimeInformation.isAsked(method: method, fields: fields, query: query) == isAsked)
    }

    // R113, R115
    @Test func `the entry has its elements in the order that is read`() {
        let text = String(decoding: Self.information.atomEntry(host: "ns.example.test"), as: UTF8.self)
        let elements = """
            <Path>a/b</Path><CreatedAt>2023-11-14T22:13:20.1230000Z</CreatedAt>\
            <UpdatedAt>2023-11-14T22:13:21.0000000Z</UpdatedAt>\
            <RequiresClientAuthorization>true</RequiresClientAuthorization>\
            <UserMetadata>[{&quot;key&quot;:&quot;endpoint&quot;,&quot;value&quot;:&quot;sql01:1433&quot;}]</UserMetadata>\
            <ListenerCount>2</ListenerCount></HybridConnectionDescription>
            """

        #expect(
            text.contains(
                #"<content type="application/xml"><HybridConnectionDescription "#
                    + #"xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect""#))
        #expect(text.contains(elements))
        #expect(text.hasPrefix(#"<?xml version="1.0" encoding="utf-8"?><entry xmlns="http://www.w3.org/2005/Atom">"#))
        #expect(text.hasSuffix("</content></entry>"))
        #expect(RuntimeInformation.contentType == "application/atom+xml;type=entry;charset=utf-8")
    }

    @Test func `metadata that is not there has no element`() {
        var information = Self.information
        information.userMetadata = nil
        information.requiresClientAuthorization = false
        let text = String(decoding: information.atomEntry(host: "h"), as: UTF8.self)

        #expect(!text.contains("UserMetadata"))
        #expect(
            text.contains("<RequiresClientAuthorization>false</RequiresClientAuthorization><ListenerCount>2"))
    }

    @Test(arguments: [
        ("</UserMetadata><ListenerCount>9", "&lt;/UserMetadata&gt;&lt;ListenerCount&gt;9"), ("a&amp;b", "a&amp;amp;b"),
        ("]]>", "]]&gt;"), ("a\u{0}\u{8}\u{1B}b", "a\u{FFFD}\u{FFFD}\u{FFFD}b"), ("a\tb\nc\rd", "a\tb\nc&#13;d"),
        ("\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}"), ("é🏭", "é🏭"), ("'\"", "'&quot;"),
    ])
    func `text is escaped for XML`(_ metadata: String, _ escaped: String) {
        var information = Self.information
        information.userMetadata = metadata
        let text = String(decoding: information.atomEntry(host: "h"), as: UTF8.self)

        #expect(text.utf8.split(separator: UInt8(ascii: "\u{1}")).count == 1)
        #expect(text.contains("<UserMetadata>\(escaped)</UserMetadata>"))
        #expect(
            String(decoding: RuntimeInformation.errorXML(status: 401, detail: metadata), as: UTF8.self)
                == "<Error><Code>401</Code><Detail>\(escaped)</Detail></Error>")
    }

    // R114
    @Test func `an error is code and detail`() {
        #expect(
            String(decoding: RuntimeInformation.errorXML(status: 404, detail: "No. TrackingId:1"), as: UTF8.self)
                == "<Error><Code>404</Code><Detail>No. TrackingId:1</Detail></Error>")
    }
}
