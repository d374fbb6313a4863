import ManagementClient
import Testing

struct ServerSentEventTests {
    private static let text =
        "retry: 2000\n\n: still here\n\nid: 1\ndata: {\"a\":1}\n\nid: 2\r\ndata:x\r\ndata:  y\r\n\r\n"
        + "data: \u{E9}:b\n\ndata\n\nid: 9\n\ndata: open"
    private static let events = [
        ServerSentEvent(id: "1", data: "{\"a\":1}"), ServerSentEvent(id: "2", data: "x\n y"),
        ServerSentEvent(id: "2", data: "\u{E9}:b"), ServerSentEvent(id: "2", data: ""),
    ]

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `events are the same however the bytes are cut`(_ length: Int) throws {
        var reader = ServerSentEventReader()
        var rest = Array(Self.text.utf8)[...]
        var found: [ServerSentEvent] = []
        while !rest.isEmpty {
            found += try reader.read(rest.prefix(length))
            rest = rest.dropFirst(length)
        }

        #expect(found == Self.events)
        #expect(try reader.read(Array("\n\n".utf8)) == [ServerSentEvent(id: "9", data: "open")])
    }

    @Test func `a line without an end is refused`() {
        var reader = ServerSentEventReader()
        #expect(throws: ClientError.self) {
            try reader.read(Array(repeating: UInt8(ascii: "a"), count: 1024 * 1024 + 1))
        }
    }
}
