/// The item of a hybrid connection's user metadata that names the TCP endpoint behind it: the metadata is a list of keys and
/// values in JSON, as the portal of Azure writes it (R115 of the protocol notes).
public enum EndpointMetadata {
    public static let key = "endpoint"

    /// The metadata with the endpoint set and its other items as they were.
    public static func text(_ endpoint: TCPEndpoint, replacing existing: String?) -> String {
        let item: JSONValue = ["key": .string(key), "value": .string(endpoint.description)]
        let others = items(existing).filter { !isEndpoint($0) }
        return JSONValue.array([item] + others).text
    }

    /// - Returns: `nil` when the metadata names none, or none that is `host:port`.
    public static func endpoint(of metadata: String?) -> TCPEndpoint? {
        items(metadata).first(where: isEndpoint)?["value"]?.string.flatMap(TCPEndpoint.init(text:))
    }

    private static func items(_ metadata: String?) -> [JSONValue] {
        metadata.flatMap { try? JSONValue(text: $0) }?.array ?? []
    }

    private static func isEndpoint(_ item: JSONValue) -> Bool {
        item["key"]?.string?.equalsIgnoringCase(key) ?? false
    }
}
