import RelayModel
import SharedAccess

/// What an inventory becomes: its resources, those that they stand on, and the keys of their rules.
extension AzureInventory {
    /// Resources to make, and what of the input is none or cannot be made.
    package func items() -> (items: [ImportItem], report: ImportReport) {
        var work = AzureItems(self)
        work.addResources()
        work.addKeys(keys)
        work.addNotes()
        return (work.items.values.map { $0 } + work.keys, work.inventory.report)
    }
}

/// The way from an inventory to items.
struct AzureItems {
    var inventory: AzureInventory
    /// By their IDs in lower case.
    var items: [String: ImportItem] = [:]
    var keys: [ImportItem] = []
    private let subscriptions: SubscriptionMap

    init(_ inventory: AzureInventory) {
        self.inventory = inventory
        subscriptions = SubscriptionMap(inventory.subscriptions.map { ($0, inventory.subscriptionID) })
    }

    mutating func addResources() {
        let found = inventory.resources.values.compactMap { PortableResource(.object($0)) }
        for resource in found.sorted(by: { $0.id.key < $1.id.key }) {
            let resource = located(subscriptions.mapped(resource))
            let obstacle =
                resource.kind == .site && resource.properties["serverFarmId"] == nil
                ? "nothing says in which App Service plan it lies; add the output of az webapp list" : nil
            items[resource.id.key] = ImportItem(resource, obstacle: obstacle)
        }
        for item in items.values.sorted(by: { $0.id.key < $1.id.key }) { addWhatItNeeds(item) }
    }

    /// A place that this server takes. Azure's own are such places.
    private mutating func located(_ resource: PortableResource) -> PortableResource {
        guard let text = resource.document["location"]?.string, (try? Location(text)) == nil else { return resource }
        var result = resource
        result.document["location"] = "local"
        inventory.report.notes.append("\(resource.id): the location '\(NameRule.shown(text))' becomes local.")
        return result
    }

    private mutating func addWhatItNeeds(_ item: ImportItem) {
        if item.kind == .lock {
            guard item.parent.map({ items[$0.key] != nil }) ?? false else {
                items[item.id.key] = nil
                return inventory.skip(item.id.path, item.kind.words, "what it locks is in none of the files")
            }
            return
        }
        if item.kind == .site, case .resource(let site) = item.content { addPlan(of: site) }
        guard let parent = item.parent else { return }
        require(parent, for: item)
    }

    /// Makes sure that there is what the item belongs to.
    mutating func require(_ id: ResourceID, for child: ImportItem) {
        guard items[id.key] == nil, let kind = ResourceKind(of: id), kind != .subscription else { return }
        let reason = "made because \(child.id.name) belongs to it; it is in none of the files"
        var document: JSONObject = ["id": .string(id.path)]
        var obstacle: String?
        switch kind {
        case .resourceGroup, .namespace: document.append("location", location(of: child))
        case .hybridConnection: document.append("properties", ["requiresClientAuthorization": true])
        default: obstacle = "it is neither in the files nor on this server, and nothing says what it is like"
        }
        let item = ImportItem(
            PortableResource(id: id, kind: kind, document: document), reason: reason, obstacle: obstacle)
        items[id.key] = item
        if let parent = item.parent { require(parent, for: item) }
    }

    private func location(of item: ImportItem) -> JSONValue {
        if case .resource(let resource) = item.content, let location = resource.document["location"] { return location }
        // Of hybrid connections the place stands in the document, but it is not one that they can be given.
        if let text = inventory.resources[item.id.key]?["location"]?.string, (try? Location(text)) != nil {
            return .string(text)
        }
        return "local"
    }

    private mutating func addPlan(of site: PortableResource) {
        guard let text = site.properties["serverFarmId"]?.string, let id = try? ResourceID(text), items[id.key] == nil,
            ResourceKind(of: id) == .appServicePlan
        else { return }
        let printed = inventory.resources[site.id.key]
        // The tier stands beside the properties in what the Azure CLI prints.
        let tier = printed?["sku"]?.string ?? printed?["properties"]?["sku"]?.string ?? ""
        let size = PricingTier.all.first { $0.tier.equalsIgnoringCase(tier) }?.name ?? "B1"
        var document: JSONObject = [
            "id": .string(id.path), "location": site.document["location"] ?? "local",
            "sku": ["name": .string(size), "capacity": 1],
        ]
        if site.properties["reserved"]?.bool == true { document.append("properties", ["reserved": true]) }
        let item = ImportItem(
            PortableResource(id: id, kind: .appServicePlan, document: document),
            reason: "made as \(size) because \(site.id.name) lies in it; it is in none of the files")
        items[id.key] = item
        if let parent = item.parent { require(parent, for: item) }
    }

    mutating func addNotes() {
        let namespaces = items.values.filter { $0.kind == .namespace }.map { $0.id.name.asciiLowercased }.sorted()
        for item in items.values.sorted(by: { $0.id.key < $1.id.key }) where item.kind == .siteConfiguration {
            guard case .resource(let resource) = item.content else { continue }
            for member in resource.properties.members {
                let text = (member.value.string ?? member.value["value"]?.string ?? "").asciiLowercased
                guard let name = namespaces.first(where: { text.contains("//\($0).servicebus.windows.net") }) else {
                    continue
                }
                inventory.report.notes.append(
                    "\(item.id): '\(NameRule.shown(member.name))' still names \(name).servicebus.windows.net.")
            }
        }
        let count = inventory.subscriptions.count
        if count > 1 { inventory.report.notes.append("Resources of \(count) subscriptions come into one.") }
    }
}
