import Foundation
package import LocalFiles
import ManagementClient
package import RelayModel

/// The hybrid connections of a manager as a file declares them, for those who keep their configuration in a repository.
///
///     connections:
///       - connection-string-file: /run/secrets/orders-db
///       - connection-string-environment: BILLING_DB
///       - connection-string: Endpoint=sb://…
///       - subscription: …
///         resource-group: factory
///         namespace: factory-relay
///         name: orders-db
package struct ManagerConfiguration: Sendable, Hashable {
    package enum Entry: Sendable, Hashable {
        case connectionString(Secret<String>)
        case resource(Resource)
    }

    /// A hybrid connection by its place in the management API.
    package struct Resource: Sendable, Hashable {
        package var subscriptionID: String?
        package var resourceGroup: String
        package var namespace: String
        package var name: String

        package init(subscriptionID: String?, resourceGroup: String, namespace: String, name: String) {
            self.subscriptionID = subscriptionID
            self.resourceGroup = resourceGroup
            self.namespace = namespace
            self.name = name
        }

        package func isMeant(by record: ManagerRecord) -> Bool {
            guard let resource = record.resource else { return false }
            return resource.resourceGroup.equalsIgnoringCase(resourceGroup)
                && resource.namespace.equalsIgnoringCase(namespace) && record.entity.equalsIgnoringCase(name)
        }
    }

    package var entries: [Entry]

    private static let stringKeys = ["connection-string", "connection-string-file", "connection-string-environment"]
    private static let resourceKeys = ["subscription", "resource-group", "namespace", "name"]

    /// Reads the text of a file.
    /// - Parameters:
    ///   - yaml: the text.
    ///   - environment: of the process.
    ///   - onFile: told of each file that it reads a connection string from.
    /// - Throws: ``FileFailure`` that names the entry and what is wrong with it, never a key.
    package init(
        yaml: String, environment: [String: String], onFile: (String) -> Void = { _ in }
    ) throws(FileFailure) {
        guard let document = try YAMLText.parse(yaml) else {
            entries = []
            return
        }
        guard let mapping = document.object else {
            throw FileFailure("it must be a mapping with the key 'connections'")
        }
        for member in mapping.members where member.name != "connections" {
            throw FileFailure("it has the unknown key '\(NameRule.shown(member.name))'; the only key is 'connections'")
        }
        guard let list = mapping["connections"] else {
            entries = []
            return
        }
        guard let items = list.array else { throw FileFailure("'connections' must be a list") }
        var entries: [Entry] = []
        for (index, item) in items.enumerated() {
            do throws(FileFailure) {
                entries.append(try Self.entry(item, environment, onFile))
            } catch {
                throw FileFailure("entry \(index + 1) of 'connections': \(error)")
            }
        }
        self.entries = entries
    }

    private static func entry(
        _ item: JSONValue, _ environment: [String: String], _ onFile: (String) -> Void
    ) throws(FileFailure) -> Entry {
        guard let object = item.object else { throw FileFailure("it must be a mapping") }
        for member in object.members where !(stringKeys + resourceKeys).contains(member.name) {
            throw FileFailure(
                "unknown key '\(NameRule.shown(member.name))'; known keys are "
                    + (stringKeys + resourceKeys).joined(separator: ", "))
        }
        let strings = stringKeys.filter { object[$0] != nil }
        guard strings.count <= 1, strings.isEmpty || !object.members.contains(where: { resourceKeys.contains($0.name) })
        else { throw FileFailure("give one way to the key only") }
        if let key = strings.first {
            let value = object[key]?.string ?? ""
            if key == "connection-string-file" { onFile(value) }
            return .connectionString(try string(key, value, environment))
        }
        func text(_ name: String) throws(FileFailure) -> String {
            guard let text = object[name]?.string, !text.isEmpty else { throw FileFailure("'\(name)' is missing") }
            return text
        }
        return .resource(
            Resource(
                subscriptionID: object["subscription"]?.string, resourceGroup: try text("resource-group"),
                namespace: try text("namespace"), name: try text("name")))
    }

    private static func string(
        _ key: String, _ value: String, _ environment: [String: String]
    ) throws(FileFailure) -> Secret<String> {
        let text: String
        switch key {
        case "connection-string-file": text = String(decoding: try WholeFile.read(value), as: UTF8.self)
        case "connection-string-environment":
            guard let found = environment[value] else {
                throw FileFailure("the environment has no variable '\(NameRule.shown(value))'")
            }
            text = found
        default: text = value
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { throw FileFailure("the connection string is empty") }
        return Secret(trimmed)
    }
}
