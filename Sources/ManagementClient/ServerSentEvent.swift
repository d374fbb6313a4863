/// One event of a stream of server-sent events (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    /// What a client that comes back sends as `Last-Event-ID`.
    package var id: String?
    package var data: String

    package init(id: String?, data: String) {
        self.id = id
        self.data = data
    }
}

/// Reads events from the bytes of a stream, however they are cut. Comments and fields that nobody here uses are dropped.
package struct ServerSentEventReader: Sendable {
    /// Bytes of one line; a longer one is no event of ours.
    private static let lineMax = 1024 * 1024

    private var line: [UInt8] = []
    private var id: String?
    private var data: [String] = []

    package init() {}

    /// - Throws: `ClientError` when a line has no end.
    package mutating func read(_ bytes: some Sequence<UInt8>) throws(ClientError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                guard line.count <= Self.lineMax else {
                    throw ClientError(.answer, "an event of the server has no end")
                }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let event = end(of: String(decoding: line, as: UTF8.self)) { events.append(event) }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func end(of line: String) -> ServerSentEvent? {
        guard !line.isEmpty else {
            defer { data = [] }
            return data.isEmpty ? nil : ServerSentEvent(id: id, data: data.joined(separator: "\n"))
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count < 2 ? "" : parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : String(parts[1])
        switch parts.first {
        case "id": id = value
        case "data": data.append(value)
        default: break
        }
        return nil
    }
}
