import RelayModel

/// The folder in which `causeway serve` on this machine keeps its files; clients read two of them.
package struct DataDirectory: Sendable {
    package static let defaultPath = "./causeway-data"

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// What `bootstrap.json` and `runtime.json` say; `nil` when there is neither. The first may have been removed by an
    /// operator who keeps the secret elsewhere, the second is there only while the server runs.
    /// - Throws: `ClientError` when a file is there and cannot be read or understood.
    func settings() throws(ClientError) -> LocalServerSettings? {
        let bootstrap = try document("bootstrap.json")
        let runtime = try document("runtime.json")
        guard bootstrap != nil || runtime != nil else { return nil }
        let caFile = bootstrap?["caFile"]?.string
        return LocalServerSettings(
            directory: path,
            given: GivenSettings(
                tenantID: bootstrap?["tenantId"]?.string,
                clientID: bootstrap?["clientId"]?.string,
                clientSecret: bootstrap?["clientSecret"]?.string.map { Secret($0) },
                subscriptionID: bootstrap?["subscriptionId"]?.string,
                caFile: existingFile(caFile)
            ),
            endpoints: [
                runtime?["managementEndpoint"]?.string, bootstrap?["managementEndpoint"]?.string,
                runtime?["managementAddress"]?.string,
            ].compactMap { $0 }
        )
    }

    func missing() -> ClientError {
        ClientError(
            .settings,
            "no server has been started in \(path); start `causeway serve`, or set CAUSEWAY_MANAGEMENT_ENDPOINT, "
                + "CAUSEWAY_TENANT_ID, CAUSEWAY_CLIENT_ID and CAUSEWAY_CLIENT_SECRET for a server elsewhere"
        )
    }

    private func document(_ name: String) throws(ClientError) -> JSONValue? {
        let file = "\(path)/\(name)"
        guard let bytes = try FileContents.readIfPresent(file) else { return nil }
        guard let document = try? JSONValue(utf8: bytes), document.object != nil else {
            throw ClientError(.settings, "\(file) is not the JSON document that `causeway serve` writes")
        }
        return document
    }

    /// The CA file as the server wrote its path, else the one of that name here: the folder may have been moved or
    /// mounted elsewhere.
    private func existingFile(_ written: String?) -> String? {
        let name = written?.split(separator: "/").last.map(String.init) ?? "ca.pem"
        let candidates = [written, written.map { "\(path)/\($0)" }, "\(path)/tls/\(name)"].compactMap { $0 }
        return candidates.first(where: FileContents.exists) ?? written
    }
}
