import GRDB
public import RelayModel

extension StoreTransaction {
    private static var selectSite: String {
        """
        select x.id, s.subscription_id, g.name, r.name, x.name, x.location, x.kind, x.tags, x.enabled, pg.name, p.name,
            p.sku_name, x.properties, x.identity, x.key_binding_id, x.settings_sealed, x.etag, x.created_at, x.updated_at
        from site x
        join resource_group g on g.id = x.resource_group_id
        join subscription s on s.id = g.subscription_id
        join app_service_plan p on p.id = x.app_service_plan_id
        join resource_group pg on pg.id = p.resource_group_id
        left join site r on r.id = x.site_id
        """
    }

    /// The order of apps and slots, each app before its slots, and the condition for those after `app` or `app/slot`.
    private static let afterFullName = """
        (ifnull(r.name, x.name) collate nocase > ?2
            or (ifnull(r.name, x.name) collate nocase = ?2
                and iif(r.id is null, '', x.name) collate nocase > ?3))
        order by ifnull(r.name, x.name) collate nocase, iif(r.id is null, '', x.name) collate nocase limit ?4
        """

    /// The app of that name, wherever it is: app names are unique over the whole installation.
    public func site(named name: String) throws -> Versioned<Site>? {
        try first("\(Self.selectSite) where x.name = ? and x.site_id is null", [name]) { try $0.site() }
    }

    /// The app that the ID names, or below which it lies, when it is in that subscription and group.
    public func site(_ id: ResourceID) throws -> Versioned<Site>? {
        guard let name = id.value(of: "sites"), let found = try site(named: name), found.id.contains(id) else {
            return nil
        }
        return found
    }

    public func slot(_ name: String, of site: Versioned<Site>) throws -> Versioned<Site>? {
        try first("\(Self.selectSite) where x.site_id = ? and x.name = ?", [site.rowID, name]) { try $0.site() }
    }

    public func slots(of site: Versioned<Site>, page: Page) throws -> [Versioned<Site>] {
        // A list of slots goes on after a slot's own name or its full name.
        let (first, second) = page.afterPair
        return try all(
            "\(Self.selectSite) where x.site_id = ? and x.name > ? order by x.name limit ?",
            [site.rowID, second.isEmpty ? first : second, page.limit]
        ) { try $0.site() }
    }

    /// Apps of a subscription by name, which the list goes on after; with slots, by `app/slot`.
    public func sites(
        subscription: String, includingSlots: Bool = false, page: Page
    ) throws -> [Versioned<Site>] {
        try sites(where: "s.subscription_id = ?1 and (?5 or x.site_id is null)", subscription, includingSlots, page)
    }

    public func sites(
        in group: Versioned<ResourceGroup>, includingSlots: Bool = false, page: Page
    ) throws -> [Versioned<Site>] {
        try sites(where: "x.resource_group_id = ?1 and (?5 or x.site_id is null)", group.rowID, includingSlots, page)
    }

    /// Apps and slots that lie in the plan.
    public func sites(of plan: Versioned<AppServicePlan>, page: Page) throws -> [Versioned<Site>] {
        try sites(where: "x.app_service_plan_id = ?1 and ?5", plan.rowID, true, page)
    }

    private func sites(
        where condition: StaticString, _ scope: any DatabaseValueConvertible, _ includingSlots: Bool, _ page: Page
    ) throws -> [Versioned<Site>] {
        let (name, slot) = page.afterPair
        return try all(
            "\(Self.selectSite) where \(condition) and \(Self.afterFullName)",
            [scope, name, slot, page.limit, includingSlots]
        ) { try $0.site() }
    }

    /// How many apps and how many slots lie in the plan.
    public func siteCount(of plan: Versioned<AppServicePlan>) throws -> (apps: Int, slots: Int) {
        let counts = try first(
            "select count(*), count(site_id) from site where app_service_plan_id = ?", [plan.rowID]
        ) { ($0.int(), $0.int()) }
        let (all, slots) = counts ?? (0, 0)
        return (all - slots, slots)
    }

    /// Keeps a new app, or a new slot of the parent. A slot lies in the resource group of its app.
    public func insert(
        _ site: Site, in group: Versioned<ResourceGroup>, slotOf parent: Versioned<Site>?,
        plan: Versioned<AppServicePlan>
    ) throws -> Versioned<Site> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into site
                (resource_group_id, app_service_plan_id, site_id, name, location, kind, tags, enabled, properties,
                identity, key_binding_id, settings_sealed, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                group.rowID, plan.rowID, parent?.rowID, site.name, site.location.name, site.kind, site.tags.stored,
                site.isEnabled, JSONValue.object(site.properties).text, site.storedIdentity, site.settings.bindingID,
                blob(site.settings.bytes), etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: site.id(in: group.id), value: site, etag: etag, createdAt: now, updatedAt: now
        )
    }

    /// The plan must be the one that the value names.
    public func update(
        _ site: Versioned<Site>, to value: Site, plan: Versioned<AppServicePlan>
    ) throws -> Versioned<Site> {
        guard value != site.value else { return site }
        let etag = newETag()
        try execute(
            """
            update site
            set app_service_plan_id = ?, kind = ?, tags = ?, enabled = ?, properties = ?, identity = ?,
                settings_sealed = ?, etag = ?, updated_at = ?
            where id = ?
            """,
            [
                plan.rowID, value.kind, value.tags.stored, value.isEnabled, JSONValue.object(value.properties).text,
                value.storedIdentity, blob(value.settings.bytes), etag, now.millisecondsSinceEpoch, site.rowID,
            ]
        )
        return site.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the app or slot with its slots and bindings.
    public func delete(_ site: Versioned<Site>) throws {
        try execute("delete from site where id = ?", [site.rowID])
    }
}

extension Site {
    fileprivate var storedIdentity: String? { identity.map { JSONValue.object($0).text } }

    fileprivate func id(in group: ResourceID) -> ResourceID {
        let site = { (name: String) in group.resource(provider: "Microsoft.Web", type: "sites", name: name) }
        return slotOf.map { site($0).child("slots", name) } ?? site(name)
    }
}

extension ColumnReader {
    fileprivate mutating func site() throws -> Versioned<Site> {
        let rowID = int64()
        let subscription = string()
        let group = ResourceID.resourceGroup(string(), subscription: subscription)
        let parent = stringIfPresent()
        let name = string()
        let location = location()
        let kind = string()
        let tags = tags()
        let isEnabled = bool()
        let planGroup = ResourceID.resourceGroup(string(), subscription: subscription)
        let plan = Site.Plan(
            id: .appServicePlan(string(), in: planGroup), pricingTier: try PricingTier(stored: string())
        )
        let site = Site(
            storedName: name, slotOf: parent, location: location, kind: kind, tags: tags, isEnabled: isEnabled,
            plan: plan, properties: try JSONObject(stored: string()),
            identity: try stringIfPresent().map(JSONObject.init(stored:)),
            settings: Site.SealedSettings(bindingID: string(), bytes: bytesIfPresent())
        )
        return versioned(rowID: rowID, id: site.id(in: group), site)
    }
}
