import RelayProtocol
import Testing

struct HTTPRelayTargetTests {
    private static func target(_ text: String, _ form: HTTPRelayTarget.PathForm = .unescaped) throws -> String {
        HTTPRelayTarget.requestTarget(try RelayRequestTarget(text, isUpgrade: false), pathForm: form)
    }

    // R83: as a published client's test has it, and some rows more.
    @Test(arguments: [
        ("?a=1&a=2", "?a=1&a=2"), ("?a=1&a=2&", "?a=1&a=2&"), ("?&&&", "?&&&"), ("?foo=bar&", "?foo=bar&"),
        ("?&foo=bar", "?&foo=bar"), ("?sb-hc-id=1", ""), ("?sb-hc-id=1&custom=value", "?custom=value"),
        ("?custom=value&sb-hc-id=1", "?custom=value"), ("?sb-hc-undefined", "?sb-hc-undefined"),
        ("?sb-hc-undefined=true", ""), ("?sb-hc-whatever=", ""), ("?sb-hc-whatever=&foo=bar", "?foo=bar"),
        ("?CustomValue", "?CustomValue"), ("?custom-Value", "?custom-Value"), ("?&custom&value&", "?&custom&value&"),
        ("?&&value&&", "?&&value&&"), ("?+", "?+"), ("?%2B", "?%2B"), ("?%20", "?%20"), ("?", ""),
        ("?%2f%3a%3d%26", "?%2f%3a%3d%26"), ("?key='value'", "?key='value'"), ("?api-version=abc", "?api-version=abc"),
        ("?name=%C3%b8", "?name=%C3%b8"), ("?&&a&", "?&&a&"), ("?SB-HC-Token=x&a", "?a"),
        ("?sb%2Dhc%2Dtoken=x&a", "?a"),
        ("?%53b-hc-token=x", ""), ("?a&sb-hc-x=1&b&sb-hc-y=2&", "?a&b&"), ("?sb-hc-x=1&", ""),
        ("?sb-hc=1&sb_hc_id=2", "?sb-hc=1&sb_hc_id=2"), ("?xsb-hc-id=1", "?xsb-hc-id=1"), ("?=sb-hc-id", "?=sb-hc-id"),
        ("?a=sb-hc-id=1", "?a=sb-hc-id=1"), ("?%zz=1", "?%zz=1"), ("?%73b-hc-bare", "?%73b-hc-bare"), ("?a?b", "?a?b"),
        ("?statusCode=400&sb-hc-id=1", "?statusCode=400"),
    ])
    func `the relay's parameters leave the query and nothing else changes`(_ query: String, _ rest: String) throws {
        #expect(try Self.target("/hyco\(query)") == "/hyco\(rest)")
        #expect(try Self.target("/hyco\(query)", .raw) == "/hyco\(rest)")
    }

    // R82, R84
    @Test(arguments: [
        ("/hyco", "/hyco"), ("/hyco/", "/hyco/"), ("/hyco/extra%20Path", "/hyco/extra Path"),
        ("/hyco/a%2Fb%3Fc%23d%25e%5Cf", "/hyco/a%2Fb%3Fc%23d%25e%5Cf"), ("/hyco/a%2fb%5c", "/hyco/a%2fb%5c"),
        ("/hyco/%0A%1f%7F", "/hyco/%0A%1f%7F"), ("/hyco/%22%41%7E", "/hyco/\"A~"),
        ("/hyco/%C3%A9%E2%82%AC", "/hyco/é€"), ("/hyco/%C3", "/hyco/%C3"), ("/hyco/%C3%A9%FF", "/hyco/%C3%A9%FF"),
        ("/hyco/é%CC%81", "/hyco/é\u{301}"), ("/hyco/%C2%85", "/hyco/%C2%85"), ("/hyco/%E9t%E9", "/hyco/%E9t%E9"),
        ("/hyco/%2520", "/hyco/%2520"), ("/hy%63o", "/hyco"), ("/hyco/%F0%9F%8F%AD", "/hyco/🏭"),
        ("/hyco/%ED%A0%80", "/hyco/%ED%A0%80"), ("/hyco/a%20b?c%20d=%41", "/hyco/a b?c%20d=%41"),
    ])
    func `escapes of the path that cannot change its structure are undone`(_ text: String, _ expected: String) throws {
        #expect(try Self.target(text) == expected)
        #expect(try Self.target(text, .raw) == text)
    }
}
