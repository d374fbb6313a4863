import ArgumentParser
import Foundation
import HybridConnectionManager
import RelayModel

/// Which manager a command talks to.
struct ManagerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The socket of the running manager (environment: CAUSEWAY_HCM_SOCKET; default: causeway-hcm.sock in "
                + "$XDG_RUNTIME_DIR, or /run/causeway/hcm.sock for root).",
            valueName: "path"
        )
    )
    var socket: String?

    var path: String { Self.path(socket, ProcessInfo.processInfo.environment) }

    static func path(_ given: String?, _ environment: [String: String]) -> String {
        if let path = given ?? environment["CAUSEWAY_HCM_SOCKET"], !path.isEmpty { return path }
        if geteuid() == 0 { return "/run/causeway/hcm.sock" }
        let folder = environment["XDG_RUNTIME_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return "\(folder ?? "/run/user/\(geteuid())")/causeway-hcm.sock"
    }

    /// Asks the running manager.
    func send(
        _ method: String, _ path: String, query: [String: String] = [:], body: JSONValue? = nil
    ) async throws -> JSONValue {
        try await ManagerClient(path: self.path).send(ManagerAPI.Request(method, path, query: query, body: body))
    }
}

/// Names one hybrid connection of a manager.
struct ManagedNameOptions: ParsableArguments {
    @Option(
        name: [.customLong("namespace"), .customLong("ns", withSingleDash: true)],
        help: ArgumentHelp("The namespace: its name or its host name.", valueName: "name"))
    var namespace: String

    @Option(
        name: [.customLong("name"), .customShort("n")],
        help: ArgumentHelp("The hybrid connection.", valueName: "name"))
    var name: String

    var query: [String: String] { ["namespace": namespace, "name": name] }
}

/// The columns of lists of a manager's hybrid connections.
enum ManagedColumns {
    static let list = [
        Column("NAME", path: "Name"), Column("STATUS", path: "Status"), Column("NAMESPACE", path: "Namespace"),
        Column("ENDPOINT", path: "Endpoint"), Column("LISTENERS", path: "NumberOfListeners"),
        Column("TUNNELS", path: "Tunnels"), Column("TO ENDPOINT", path: "BytesToEndpoint"),
        Column("FROM ENDPOINT", path: "BytesFromEndpoint"), Column("REASON") { reason($0) },
    ]

    /// Why it is not connected, else what went wrong last.
    private static func reason(_ document: JSONValue) -> String {
        if let reason = document["Reason"]?.string { return reason }
        guard let trouble = document["LastError"]?.string, let time = document["LastErrorOn"]?.string else {
            return "-"
        }
        return "last error \(time.prefix(19))Z: \(trouble)"
    }
}
