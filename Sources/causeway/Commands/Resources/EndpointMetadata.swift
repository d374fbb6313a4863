import RelayModel

/// The user metadata of a hybrid connection: a list of keys and values, of which `endpoint` names the TCP endpoint that
/// a manager connects to.
enum EndpointMetadata {
    /// The metadata with the endpoint set and its other items as they were.
    static func text(_ endpoint: TCPEndpoint, replacing existing: String?) -> String {
        let item: JSONValue = ["key": "endpoint", "value": .string(endpoint.description)]
        let others = existing.flatMap { try? JSONValue(text: $0) }?.array ?? []
        return JSONValue.array([item] + others.filter { $0["key"]?.string != "endpoint" }).text
    }

    static func endpoint(of document: JSONValue) -> TCPEndpoint? {
        let text = document["properties"]?["userMetadata"]?.string
        let items = text.flatMap { try? JSONValue(text: $0) }?.array ?? []
        return items.first { $0["key"]?.string == "endpoint" }?["value"]?.string.flatMap(TCPEndpoint.init(text:))
    }
}
