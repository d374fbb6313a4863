import CausewayTesting
import Foundation
import HybridConnectionManager
import LocalFiles
import ManagementClient
import RelayModel
import SharedAccess
import Testing

struct ManagerStateTests {
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)
    private static let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func record(
        _ host: String = "Contoso.Relay.localhost", _ entity: String = "a/b_c.d",
        resource: ManagerRecord.Resource? = nil
    ) throws -> ManagerRecord {
        ManagerRecord(
            id: "id-\(entity)", host: host, port: 9443, entity: entity,
            credential: .key(name: "defaultListener", try SharedAccessKey(base64: Self.key)), resource: resource,
            endpoint: try? TCPEndpoint(host: "db", port: 1433), createdOn: Self.moment, lastUpdated: Self.moment)
    }

    @Test func `what is kept is read back, and no key stands in it`() throws {
        var content = ManagerStore.Content()
        content.records = [
            try record(resource: .init(subscriptionID: "s", resourceGroup: "g", namespace: "Contoso", ruleName: "r")),
            try record("other.example", "x"),
        ]
        content.records[1].credential = .signature(Secret("SharedAccessSignature sr=x&sig=y"))
        content.signIn = ClientSettings(
            endpoint: try ManagementEndpoint("https://localhost:8443"), tenantID: "t", clientID: "c",
            clientSecret: Secret("the client's secret"), subscriptionID: "s", caFile: "ca.pem")
        do { try ManagerStore(folder: folder.path, keyFile: nil).save(content) }

        let read = try ManagerStore(folder: folder.path, keyFile: nil).load()
        #expect(read.records == content.records)
        #expect(read.signIn?.clientSecret.reveal() == "the client's secret")
        #expect(read.signIn?.endpoint == content.signIn?.endpoint)
        #expect(read.signIn?.caFile == "ca.pem")
        let text = try String(contentsOfFile: "\(folder.path)/connections.json", encoding: .utf8)
        let hex = Self.key.utf8.map { String($0, radix: 16) }.joined()
        for secret in [Self.key, Data(Self.key.utf8).base64EncodedString(), hex, "sig=y", "client's secret"] {
            #expect(!text.contains(secret))
        }
        #expect(WholeFile.mode(of: "\(folder.path)/connections.json") == 0o600)
        #expect(WholeFile.mode(of: "\(folder.path)/hcm.key") == 0o600)
    }

    @Test func `another key file opens nothing, and says so`() throws {
        var content = ManagerStore.Content()
        content.records = [try record()]
        do { try ManagerStore(folder: folder.path, keyFile: nil).save(content) }
        try FileManager.default.removeItem(atPath: "\(folder.path)/hcm.key")

        let store = try ManagerStore(folder: folder.path, keyFile: nil)
        let failure = #expect(throws: FileFailure.self) { try store.load() }
        #expect(failure?.description.contains("cannot be decrypted") ?? false)
    }

    @Test func `one manager has the folder`() throws {
        let store = try ManagerStore(folder: folder.path, keyFile: nil)

        let failure = #expect(throws: FileFailure.self) { try ManagerStore(folder: folder.path, keyFile: nil) }
        #expect(failure?.description.contains("in use by another manager") ?? false)
        withExtendedLifetime(store) {}
    }

    @Test func `a key file that others can read is refused`() throws {
        let path = "\(folder.path)/key"
        try WholeFile.write(Array(Data(count: 32).base64EncodedString().utf8), to: path, mode: 0o644)

        let failure = #expect(throws: FileFailure.self) { try ManagerStore(folder: folder.path, keyFile: path) }
        #expect(failure?.description.contains("set it to 600") ?? false)
    }

    @Test(arguments: ["{", "[]", "{\"version\":2}", "{\"version\":1,\"connections\":[{}]}"])
    func `a file that is none of ours is not taken for an empty one`(_ text: String) throws {
        try WholeFile.write(Array(text.utf8), to: "\(folder.path)/connections.json", mode: 0o600)
        let store = try ManagerStore(folder: folder.path, keyFile: nil)

        #expect(throws: FileFailure.self) { try store.load() }
    }

    @Test func `a hybrid connection is meant by its namespace's name or host, in any case`() throws {
        let record = try record()

        #expect(record.isMeant(namespace: "contoso", name: "A/B_C.D"))
        #expect(record.isMeant(namespace: "contoso.relay.localhost", name: "a/b_c.d"))
        #expect(!record.isMeant(namespace: "fabrikam", name: "a/b_c.d"))
        #expect(!record.isMeant(namespace: "contoso", name: "a"))
        #expect(record.serviceBusEndpoint == "sb://contoso.relay.localhost:9443/")
    }
}
