import CausewayTesting
import HybridConnectionManager
import LocalFiles
import RelayModel
import Testing

struct ManagerConfigurationTests {
    private static let string = "Endpoint=sb://a.example/;SharedAccessKeyName=r;SharedAccessKey=k;EntityPath=e"

    @Test func `all ways to name a hybrid connection are read`() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/string"
        try WholeFile.write(Array("\(Self.string)\n".utf8), to: file, mode: 0o600)
        let configuration = try ManagerConfiguration(
            yaml: """
                connections:
                  - connection-string: \(Self.string)
                  - connection-string-file: \(file)
                  - connection-string-environment: DB
                  - resource-group: g
                    namespace: n
                    name: a/b
                  - {subscription: s, resource-group: g, namespace: n, name: x}
                """,
            environment: ["DB": " \(Self.string) "])

        let entry = ManagerConfiguration.Entry.connectionString(Secret(Self.string))
        #expect(
            configuration.entries == [
                entry, entry, entry,
                .resource(.init(subscriptionID: nil, resourceGroup: "g", namespace: "n", name: "a/b")),
                .resource(.init(subscriptionID: "s", resourceGroup: "g", namespace: "n", name: "x")),
            ])
    }

    @Test(arguments: ["", "# nothing", "connections: []", "{}"])
    func `a file may declare nothing`(_ yaml: String) throws {
        #expect(try ManagerConfiguration(yaml: yaml, environment: [:]).entries.isEmpty)
    }

    @Test(arguments: [
        ("- a", "mapping"), ("conections: []", "unknown key 'conections'"), ("connections: x", "must be a list"),
        ("connections: [x]", "entry 1"), ("connections: [{connection-string: a, name: b}]", "one way"),
        ("connections: [{name: b}]", "'resource-group' is missing"), ("connections: [{nam: b}]", "unknown key 'nam'"),
        ("connections: [{connection-string-file: /nowhere/x}]", "cannot be read"),
        ("connections: [{connection-string-environment: NONE}]", "no variable 'NONE'"),
        ("connections: [{connection-string: ''}]", "empty"), ("connections: [", "not valid YAML"),
    ])
    func `what is wrong is named`(_ yaml: String, _ words: String) {
        let failure = #expect(throws: FileFailure.self) { try ManagerConfiguration(yaml: yaml, environment: [:]) }

        #expect(failure?.description.contains(words) ?? false, "\(failure?.description ?? "")")
    }
}
