import CausewayServer

/// What a person sees once the server is ready: where it is, and the next commands to paste. Never a secret.
struct Banner {
    private let running: Server.Running

    init(_ running: Server.Running) {
        self.running = running
    }

    var text: String {
        let runtime = running.runtime
        let directory = Self.quoted(running.directory.path)
        let domain = runtime.relayDomain
        return """

            Causeway \(Server.version) is ready.

              Management API   \(runtime.managementEndpoint)
              Relay            \(runtime.relayAddress)  (namespace ns at ns.\(domain))
              Health, metrics  http://\(runtime.operationsAddress)
              Data             \(running.directory.path)

            Next, in another terminal:

              export CAUSEWAY_DATA_DIRECTORY=\(directory)
              causeway group create --name demo --location local
              causeway namespace create --resource-group demo --name demo-relay --location local
              causeway hybrid-connection create --resource-group demo --namespace demo-relay --name db --endpoint localhost:5432
              causeway keys list --resource-group demo --namespace demo-relay --hybrid-connection db --name defaultSender

            The same with curl:

              TOKEN=$(causeway token)
              curl --cacert "$CAUSEWAY_DATA_DIRECTORY/tls/ca.pem" -H "Authorization: Bearer $TOKEN" \\
                "\(runtime.managementEndpoint)/subscriptions?api-version=2022-12-01"
            \(credentials)
            Programs that do not resolve *.localhost by themselves want a line for each namespace in /etc/hosts:

              127.0.0.1 demo-relay.\(domain)


            """
    }

    private var credentials: String {
        guard running.bootstrap != nil else { return "" }
        return """

            The administrator's client ID and secret stand in \(running.directory.bootstrapFile).

            """
    }

    private static func quoted(_ path: String) -> String {
        path.allSatisfy { $0.isLetter || $0.isNumber || "/._-".contains($0) }
            ? path : "'\(path.replacing("'", with: "'\\''"))'"
    }
}
