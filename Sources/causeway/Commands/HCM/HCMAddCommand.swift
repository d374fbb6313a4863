import ArgumentParser
import ManagementClient
import RelayModel

/// `causeway hcm add`: by a connection string, by names, or by choosing from a list.
struct HCMAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a hybrid connection to the running manager.",
        discussion: """
            With a gateway connection string, given as @FILE, as - for the standard input, or as the string itself (which \
            others can see in the list of processes). Or, after `causeway hcm login`, by the names of its namespace and \
            resource group. Without either it asks: first for the subscription, then for the hybrid connection.

            Examples: causeway hcm add @listener-string.txt
                      causeway hcm add -rg factory -ns factory-relay -n orders-db
            """
    )

    @Argument(help: ArgumentHelp("The gateway connection string of the hybrid connection.", valueName: "source"))
    var connectionString: String?

    @Option(
        name: [.customLong("subscription"), .customShort("s")],
        help: ArgumentHelp("The subscription (default: that of the sign-in).", valueName: "guid"))
    var subscription: String?

    @Option(
        name: [.customLong("resource-group"), .customLong("rg", withSingleDash: true)],
        help: ArgumentHelp("The resource group of the namespace.", valueName: "name"))
    var resourceGroup: String?

    @Option(
        name: [.customLong("namespace"), .customLong("ns", withSingleDash: true)],
        help: ArgumentHelp("The namespace.", valueName: "name"))
    var namespace: String?

    @Option(
        name: [.customLong("name"), .customShort("n")],
        help: ArgumentHelp("The hybrid connection.", valueName: "name"))
    var name: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var manager: ManagerOptions

    private var names: [String?] { [resourceGroup, namespace, name] }

    func validate() throws {
        let given = names.compactMap { $0 }.count
        guard connectionString == nil || given == 0 && subscription == nil else {
            throw ValidationError("Give a connection string or names, not both.")
        }
        guard given == 0 || given == names.count else {
            throw ValidationError("Give --resource-group, --namespace and --name together.")
        }
    }

    func run() async throws {
        let body: JSONValue
        if let connectionString {
            let string = try SecretInput.read(connectionString, what: "connection string")
            body = ["connectionString": .string(string.reveal())]
        } else if let resourceGroup, let namespace, let name {
            body = Self.body(subscription, resourceGroup, namespace, name)
        } else {
            body = try await choose()
        }
        let added = try await manager.send("POST", "/connections", body: body)
        try output.show(added, columns: ManagedColumns.list)
        try StandardStream.error.write(line: "Added. `causeway hcm list` shows when it is connected.")
    }

    private static func body(
        _ subscription: String?, _ group: String, _ namespace: String, _ name: String
    ) -> JSONValue {
        var object: JSONObject = [
            "resourceGroup": .string(group), "namespace": .string(namespace), "name": .string(name),
        ]
        if let subscription { object.append("subscription", .string(subscription)) }
        return .object(object)
    }

    // MARK: Choosing

    private func choose() async throws -> JSONValue {
        let subscription = try await chosenSubscription()
        let available = try await manager.send("GET", "/available", query: ["subscription": subscription])
        let all = available.array ?? []
        guard !all.isEmpty else {
            throw ClientError(
                .input,
                "the subscription has no hybrid connection that can be added: one requires client authorization and names its "
                    + "endpoint in its metadata")
        }
        try list(all, ["name", "location", "namespace", "endpoint"])
        let item = all[try ask("Hybrid connection", all.count)]
        return Self.body(
            subscription, item["resourceGroup"]?.string ?? "", item["namespace"]?.string ?? "",
            item["name"]?.string ?? "")
    }

    private func chosenSubscription() async throws -> String {
        if let subscription { return subscription }
        let subscriptions = try await manager.send("GET", "/subscriptions").array ?? []
        guard !subscriptions.isEmpty else { throw ClientError(.input, "the sign-in sees no subscription") }
        guard subscriptions.count > 1 else { return subscriptions[0]["id"]?.string ?? "" }
        try list(subscriptions, ["name", "id"])
        return subscriptions[try ask("Subscription", subscriptions.count)]["id"]?.string ?? ""
    }

    private func list(_ documents: [JSONValue], _ fields: [String]) throws {
        let numbered = documents.enumerated().map { index, document in
            var object: JSONObject = ["number": JSONValue(index + 1)]
            for field in fields { object.append(field, document[field] ?? .null) }
            return JSONValue.object(object)
        }
        let columns = [Column("ID", path: "number")] + fields.map { Column($0.uppercased(), path: $0) }
        try StandardStream.error.write(line: Table(numbered, columns: columns).text)
    }

    /// Asks for a number until it gets one of the list.
    private func ask(_ what: String, _ count: Int) throws -> Int {
        while true {
            try StandardStream.error.write(Array("\(what) (1 to \(count)): ".utf8))
            guard let line = readLine() else { throw ClientError(.input, "nothing was chosen") }
            if let number = Int(line.filter { !$0.isWhitespace }), (1...count).contains(number) { return number - 1 }
        }
    }
}
