import RelayModel

/// For whom a token may be: this server under its names, or one of Azure's names for the same things, which clients use
/// when nobody told them another one.
package struct Audiences: Sendable {
    private static let azureManagement = ["https://management.azure.com", "https://management.core.windows.net"]
    /// What a client asks for that wants to listen and send.
    static let relay = "https://relay.azure.net"
    private static let azureRelay = [relay, "https://servicebus.azure.net"]

    /// The first one stands in tokens whose request named no audience.
    private let management: [String]

    /// - Parameter endpoints: the URLs of this server's management API.
    package init(endpoints: [String]) {
        management = endpoints.map(Self.normal) + Self.azureManagement
    }

    /// The audience that a token request asks for.
    /// - Parameter resource: a resource, or a scope ending in `/.default`; `nil` asks for the management API.
    /// - Returns: `nil` when it is none that this server answers for.
    package func audience(for resource: String?) -> String? {
        guard let resource, !resource.isEmpty else { return management.first }
        let scopes = resource.split(separator: " ").filter { !["openid", "profile", "offline_access"].contains($0) }
        guard let scope = scopes.first else { return management.first }
        let asked = Self.normal(String(scope))
        return (management + Self.azureRelay).first { $0 == asked }
    }

    package func isManagement(_ audience: String) -> Bool { management.contains(Self.normal(audience)) }

    /// Whether a token for that audience is for listening and sending.
    package func isRelay(_ audience: String) -> Bool { Self.azureRelay.contains(Self.normal(audience)) }

    /// Without `/.default` and without slashes at the end; clients send one, two or none.
    private static func normal(_ text: String) -> String {
        var rest = Substring(text)
        for ending in ["/.default", "/user_impersonation"] where rest.hasSuffix(ending) {
            rest = rest.dropLast(ending.count)
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        return String(rest).asciiLowercased
    }
}
