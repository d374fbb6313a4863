import RelayModel
import SharedAccess

/// Keys find their rules by what their connection strings say.
extension AzureItems {
    /// Rules that the tools of the service make by themselves, and what they are good for.
    private static let usualRules = ["defaultsender": "Send", "defaultlistener": "Listen"]

    mutating func addKeys(_ printed: [AzureInventory.PrintedKeys]) {
        let namespaces = items.values.filter { $0.kind == .namespace }.map { ($0.id.name.asciiLowercased, $0.id) }
        // Names are unique, so it does not matter which group says it; the first one, so that it is always the same.
        let byName = Dictionary(namespaces) { $0.key < $1.key ? $0 : $1 }
        for keys in printed { add(keys, namespaces: byName) }
    }

    private mutating func add(_ keys: AzureInventory.PrintedKeys, namespaces: [String: ResourceID]) {
        guard let text = keys.connectionString, let string = try? ConnectionString(text) else {
            return inventory.fail(
                keys.keyName, "keys", "without a connection string nobody can tell which rule they belong to")
        }
        let name = String(string.host.prefix { $0 != "." })
        let shown = [name, string.entityPath, keys.keyName].compactMap { $0 }.joined(separator: "/")
        for key in [keys.primary, keys.secondary].compactMap({ $0 })
        where (try? SharedAccessKey(base64: key.reveal())) == nil {
            return inventory.fail(shown, "keys", "a key is not the base64 form of \(SharedAccessKey.byteCount) bytes")
        }
        guard let namespace = namespaces[name.asciiLowercased] ?? namespaceByOption(name) else {
            return inventory.fail(
                shown, "keys",
                "the namespace \(name) is in none of the files; add the output of az relay namespace list, or name its "
                    + "resource group with --resource-group")
        }
        let owner = string.entityPath.map { entity($0, of: namespace) } ?? namespace
        let rule = owner.child("authorizationRules", keys.keyName)
        let item = ImportItem(AccessKeyPair(id: rule, primary: keys.primary, secondary: keys.secondary))
        guard addRule(rule, of: owner, isNamespace: string.entityPath == nil, for: item) else {
            return inventory.fail(
                shown, "keys",
                "nothing says what the rule \(keys.keyName) allows; add the output of authorization-rule list")
        }
        self.keys.append(item)
    }

    /// The namespace in the resource group of the command line, when that names one.
    private func namespaceByOption(_ name: String) -> ResourceID? {
        inventory.resourceGroup.map {
            ResourceID.resourceGroup($0, subscription: inventory.subscriptionID)
                .resource(provider: "Microsoft.Relay", type: "namespaces", name: name)
        }
    }

    /// A hybrid connection, unless the files know a WCF relay of that name.
    private func entity(_ path: String, of namespace: ResourceID) -> ResourceID {
        let name = String(path.map { $0 == "/" ? "~" : $0 })
        let relay = namespace.child("wcfRelays", name)
        return items[relay.key] == nil ? namespace.child("hybridConnections", name) : relay
    }

    /// - Returns: whether there is such a rule, or one can be made.
    private mutating func addRule(
        _ rule: ResourceID, of owner: ResourceID, isNamespace: Bool, for item: ImportItem
    ) -> Bool {
        if items[rule.key] != nil { return true }
        let right = Self.usualRules[rule.name.asciiLowercased]
        let isRoot = isNamespace && rule.name == "RootManageSharedAccessKey"
        guard isRoot || right != nil else { return false }
        let rights: [JSONValue] = right.map { [.string($0)] } ?? ["Listen", "Manage", "Send"]
        let document: JSONObject = ["id": .string(rule.path), "properties": ["rights": .array(rights)]]
        let made = ImportItem(
            PortableResource(id: rule, kind: .authorizationRule, document: document),
            reason: "made because its keys are given; it is in none of the files")
        items[rule.key] = made
        require(owner, for: made)
        return true
    }
}
