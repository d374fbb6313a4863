package import ManagementClient
package import RelayClient
package import RelayModel
package import SharedAccess

/// A hybrid connection that an app may use: the host and port that the app connects to, and the way that leads there.
package struct AppBinding: Sendable, Hashable {
    /// What the app connects to; names match without regard to case.
    package var endpoint: TCPEndpoint
    /// `nil` when the hybrid connection does not exist any more.
    package var relay: RelayEndpoint?
    package var credential: ConnectionString.Credential
    /// `Current`, `Stale` or `Unknown`; `nil` when nobody knows.
    package var sendKeyState: String?

    package init(
        endpoint: TCPEndpoint, relay: RelayEndpoint?, credential: ConnectionString.Credential,
        sendKeyState: String? = nil
    ) {
        self.endpoint = endpoint
        self.relay = relay
        self.credential = credential
        self.sendKeyState = sendKeyState
    }

    /// What tells one from another: an app has each endpoint once.
    package var key: String { "\(endpoint.host.asciiLowercased):\(endpoint.port)" }

    /// Whether the endpoint is an address and no name: no resolver is ever asked for it.
    package var isAddress: Bool { endpoint.host.isIPAddress }
}

extension String {
    /// Whether the text is an IP address, with or without brackets.
    package var isIPAddress: Bool {
        if contains(":") { return true }
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && Int(part) ?? 256 < 256
            }
    }
}

/// Reads the hybrid connections of an app from the management API. Keys are read when a binding is new or has changed, since
/// each reading of a key stands in the activity log.
package actor BindingSource {
    private struct Known {
        var etag: String?
        var credential: ConnectionString.Credential
    }

    private let client: ManagementClient
    private let site: RequestPath
    private var keys: [String: Known] = [:]

    /// `site`: the resource ID of an app or a slot.
    package init(_ client: ManagementClient, site: RequestPath) {
        self.client = client
        self.site = site
    }

    /// - Throws: `ManagementError` when the app is not there or may not be read, `ClientError` when nobody answers.
    package func load() async throws -> [AppBinding] {
        let list = try await client.perform(ManagementRequest("GET", site.segment("hybridConnectionRelays"))).json()
        var bindings: [AppBinding] = []
        var present: Set<String> = []
        for document in list["value"]?.array ?? [] {
            guard let id = document["id"]?.string, let properties = document["properties"],
                let host = properties["hostname"]?.string, let port = properties["port"]?.integer,
                let endpoint = TCPEndpoint(text: "\(host):\(port)")
            else { continue }
            present.insert(id)
            bindings.append(
                AppBinding(
                    endpoint: endpoint, relay: Self.relay(properties), credential: try await credential(id, properties),
                    sendKeyState: properties["causeway"]?["sendKeyState"]?.string))
        }
        keys = keys.filter { present.contains($0.key) }
        return bindings
    }

    /// Where senders reach it: as this server says; of a server of another kind, by Azure's rule of namespace and suffix. A
    /// server of ours says nothing when the hybrid connection is gone. Its namespace's name is no host of Azure's then.
    private static func relay(_ properties: JSONValue) -> RelayEndpoint? {
        guard let entity = properties["relayName"]?.string, let namespace = properties["serviceBusNamespace"]?.string
        else { return nil }
        if let own = properties["causeway"] {
            return own["relayEndpoint"]?.string.flatMap { TCPEndpoint(text: $0) }.map {
                RelayEndpoint(host: $0.host, port: $0.port, entity: entity)
            }
        }
        let suffix = properties["serviceBusSuffix"]?.string ?? ".servicebus.windows.net"
        return RelayEndpoint(host: "\(namespace)\(suffix)", port: 443, entity: entity)
    }

    private func credential(_ id: String, _ properties: JSONValue) async throws -> ConnectionString.Credential {
        let etag = properties["causeway"]?["etag"]?.string
        if let known = keys[id], known.etag == etag, etag != nil { return known.credential }
        let path = try RequestPath(resourceID: id).segment("listKeys")
        let answer = try await client.perform(ManagementRequest("POST", path)).json()
        let name = answer["properties"]?["sendKeyName"]?.string ?? properties["sendKeyName"]?.string ?? ""
        let key = answer["properties"]?["sendKeyValue"]?.string ?? ""
        let credential = ConnectionString.Credential.key(name: name, SharedAccessKey(unchecked: key))
        keys[id] = Known(etag: etag, credential: credential)
        return credential
    }
}
