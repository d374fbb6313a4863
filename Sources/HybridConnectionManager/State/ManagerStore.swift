import Foundation
package import LocalFiles
package import ManagementClient
import RelayModel
import SharedAccess

/// What a manager keeps over restarts: its hybrid connections and its sign-in, in one file that is written as a whole. Keys
/// and secrets in it are encrypted under a key of their own file.
package struct ManagerStore: Sendable {
    /// Everything that is kept.
    package struct Content: Sendable {
        package var records: [ManagerRecord] = []
        package var signIn: ClientSettings?

        package init() {}
    }

    private static let version = 1

    package let folder: String
    private let vault: KeyVault
    private let lock: FileLock?

    /// Opens the folder, and makes it when it is missing.
    /// - Parameters:
    ///   - folder: the state directory.
    ///   - keyFile: the base64 text of 32 bytes; `nil` for a file in the folder, made at the first start.
    /// - Throws: ``FileFailure`` when it cannot be used, or another manager has it.
    package init(folder: String, keyFile: String?) throws(FileFailure) {
        self.folder = folder
        try WholeFile.makeFolder(folder)
        switch try FileLock.take("\(folder)/lock") {
        case .held(let lock): self.lock = lock
        case .taken(let owner):
            throw FileFailure(
                "the state directory \(folder) is in use by another manager (process \(owner)); stop that one first, or "
                    + "give this one a --state-directory of its own")
        }
        vault = try Self.vault(keyFile ?? "\(folder)/hcm.key", creates: keyFile == nil)
    }

    private static func vault(_ path: String, creates: Bool) throws(FileFailure) -> KeyVault {
        if !WholeFile.exists(path), creates {
            let key = KeyVault.randomMasterKey()
            try WholeFile.write(Array((Data(key.reveal()).base64EncodedString() + "\n").utf8), to: path, mode: 0o600)
        }
        if let mode = WholeFile.mode(of: path), mode & 0o077 != 0 {
            throw FileFailure(
                "the key file \(path) can be read by others (mode \(String(mode, radix: 8))); set it to 600")
        }
        let text = String(decoding: try WholeFile.read(path), as: UTF8.self)
        guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let vault = try? KeyVault(masterKey: Secret(Array(bytes)))
        else { throw FileFailure("the key file \(path) is not the base64 form of 32 bytes") }
        return vault
    }

    private var path: String { "\(folder)/connections.json" }

    /// - Throws: ``FileFailure`` when the file is there and cannot be understood or decrypted.
    package func load() throws(FileFailure) -> Content {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path)
        } catch {
            if error.isMissing { return Content() }
            throw error
        }
        guard let document = try? JSONValue(utf8: bytes) else {
            throw FileFailure("\(path) is not the JSON document that a manager writes")
        }
        guard let version = document["version"]?.integer, version <= Int64(Self.version) else {
            throw FileFailure("\(path) was written by a newer version of the manager")
        }
        var content = Content()
        for item in document["connections"]?.array ?? [] {
            guard let record = try record(item) else {
                throw FileFailure("\(path) has a hybrid connection that cannot be understood")
            }
            content.records.append(record)
        }
        content.signIn = try signIn(document["signIn"])
        return content
    }

    /// - Throws: ``FileFailure`` when it cannot be written; what was kept before is as it was.
    package func save(_ content: Content) throws(FileFailure) {
        var document: JSONObject = ["version": JSONValue(Self.version)]
        var items: [JSONValue] = []
        for record in content.records { items.append(try self.document(of: record)) }
        document.append("connections", .array(items))
        if let signIn = content.signIn { document.append("signIn", try self.document(ofSignIn: signIn)) }
        try WholeFile.write(
            Array((JSONValue.object(document).prettyText + "\n").utf8), to: path, mode: 0o600)
    }

    // MARK: Hybrid connections

    private func document(of record: ManagerRecord) throws(FileFailure) -> JSONValue {
        var object: JSONObject = [
            "id": .string(record.id), "host": .string(record.host), "port": JSONValue(record.port),
            "entity": .string(record.entity), "createdOn": .string(record.createdOn.iso8601),
            "lastUpdated": .string(record.lastUpdated.iso8601),
        ]
        switch record.credential {
        case .key(let name, let key):
            object.append("keyName", .string(name))
            object.append("sealedKey", .string(try seal(key.base64, "\(record.id)/key")))
        case .signature(let token):
            object.append("sealedSignature", .string(try seal(token, "\(record.id)/signature")))
        }
        if let endpoint = record.endpoint { object.append("endpoint", .string(endpoint.description)) }
        if let resource = record.resource {
            object.append(
                "resource",
                [
                    "subscriptionId": .string(resource.subscriptionID),
                    "resourceGroup": .string(resource.resourceGroup), "namespace": .string(resource.namespace),
                    "ruleName": .string(resource.ruleName),
                ])
        }
        return .object(object)
    }

    private func record(_ item: JSONValue) throws(FileFailure) -> ManagerRecord? {
        guard let id = item["id"]?.string, let host = item["host"]?.string, let port = item["port"]?.integer,
            let entity = item["entity"]?.string,
            let createdOn = item["createdOn"]?.string.flatMap(Timestamp.init(iso8601:)),
            let lastUpdated = item["lastUpdated"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        let credential: ConnectionString.Credential
        if let name = item["keyName"]?.string, let sealed = item["sealedKey"]?.string {
            credential = .key(name: name, SharedAccessKey(unchecked: try open(sealed, "\(id)/key").reveal()))
        } else if let sealed = item["sealedSignature"]?.string {
            credential = .signature(try open(sealed, "\(id)/signature"))
        } else {
            return nil
        }
        let resource = item["resource"].flatMap { resource -> ManagerRecord.Resource? in
            guard let subscriptionID = resource["subscriptionId"]?.string,
                let group = resource["resourceGroup"]?.string, let namespace = resource["namespace"]?.string,
                let rule = resource["ruleName"]?.string
            else { return nil }
            return ManagerRecord.Resource(
                subscriptionID: subscriptionID, resourceGroup: group, namespace: namespace, ruleName: rule)
        }
        return ManagerRecord(
            id: id, host: host, port: Int(port), entity: entity, credential: credential, resource: resource,
            endpoint: item["endpoint"]?.string.flatMap(TCPEndpoint.init(text:)), createdOn: createdOn,
            lastUpdated: lastUpdated)
    }

    // MARK: Sign-in

    private func document(ofSignIn settings: ClientSettings) throws(FileFailure) -> JSONValue {
        var object: JSONObject = [
            "endpoint": .string(settings.endpoint.url), "tenantId": .string(settings.tenantID),
            "clientId": .string(settings.clientID),
            "sealedSecret": .string(try seal(settings.clientSecret, "sign-in/\(settings.clientID)")),
        ]
        if let subscription = settings.subscriptionID { object.append("subscriptionId", .string(subscription)) }
        if let caFile = settings.caFile { object.append("caFile", .string(caFile)) }
        return .object(object)
    }

    private func signIn(_ item: JSONValue?) throws(FileFailure) -> ClientSettings? {
        guard let item, let endpoint = item["endpoint"]?.string.flatMap({ try? ManagementEndpoint($0) }),
            let tenantID = item["tenantId"]?.string, let clientID = item["clientId"]?.string,
            let sealed = item["sealedSecret"]?.string
        else { return nil }
        return ClientSettings(
            endpoint: endpoint, tenantID: tenantID, clientID: clientID,
            clientSecret: try open(sealed, "sign-in/\(clientID)"), subscriptionID: item["subscriptionId"]?.string,
            caFile: item["caFile"]?.string)
    }

    // MARK: Encryption

    private func seal(_ secret: Secret<String>, _ context: String) throws(FileFailure) -> String {
        guard
            let sealed = try? vault.seal(
                Secret(Array(secret.reveal().utf8)), for: .sharedAccessKeys, context: "hcm/\(context)")
        else { throw FileFailure("a key could not be encrypted") }
        return Data(sealed).base64EncodedString()
    }

    private func open(_ text: String, _ context: String) throws(FileFailure) -> Secret<String> {
        guard let bytes = Data(base64Encoded: text),
            let clear = try? vault.open(Array(bytes), for: .sharedAccessKeys, context: "hcm/\(context)")
        else {
            throw FileFailure(
                "\(path) has a key that cannot be decrypted: it was written with another key file; bring that "
                    + "key file back, or remove the entry from the file and add the hybrid connection again")
        }
        return Secret(String(decoding: clear.reveal(), as: UTF8.self))
    }
}
