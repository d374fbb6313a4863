import ManagementClient
import RelayModel

/// The first half of an import: it only reads.
extension EstateImport {
    /// What is to be done with each of the items, which are in their order.
    func plan(_ items: [ImportItem]) async throws -> [Step] {
        progress.begin("resources compared", total: items.count)
        var steps: [Step] = []
        var known: [String: Step] = [:]
        for kind in ResourceKind.allCases {
            let batch = items.filter { $0.kind == kind }
            let parents = known
            let compared = try await BoundedWork.map(batch) { item in
                defer { progress.step() }
                return try await step(item, parent: item.parent.flatMap { parents[$0.key] })
            }
            let found = zip(batch, compared).map { rewritten($0, $1, known) }
            steps += found
            guard kind != .accessKeys else { continue }
            for (item, step) in zip(batch, found) { known[item.id.key] = step }
        }
        return steps
    }

    /// The older form of an app's authentication is written after the newer one, although nothing else in it changes: it
    /// says which of both counts.
    private func rewritten(_ item: ImportItem, _ step: Step, _ known: [String: Step]) -> Step {
        guard case .unchanged = step, item.kind == .siteConfiguration,
            item.id.name.equalsIgnoringCase("authsettings"), case .resource(let resource) = item.content
        else { return step }
        switch known["\(item.id.key)v2"] {
        case .create, .settle, .update: return .update(.resource(resource), ["properties.configVersion"])
        default: return step
        }
    }

    private func step(_ item: ImportItem, parent: Step?) async throws -> Step {
        switch parent {
        case .create: return item.comesWithParent ? .settle : try await missing(item)
        // The keys of a rule that came with its namespace are those of nobody yet.
        case .settle: return .create
        case .fail: return .fail("what it belongs to cannot be made")
        default: break
        }
        do {
            guard let present = try await target.present(item) else { return try await missing(item) }
            return compare(item, present)
        } catch let error as ManagementError where error.code == "ScopeLocked" {
            return .skip("a ReadOnly lock keeps it from being compared")
        } catch let error as ManagementError where error.status != 401 {
            return .fail(error.description)
        }
    }

    private func missing(_ item: ImportItem) async throws -> Step {
        if let obstacle = item.obstacle { return .fail(obstacle) }
        if let obstacle = try await target.obstacle(item) { return .fail(obstacle) }
        return .create
    }

    private func compare(_ item: ImportItem, _ present: ImportItem.Content) -> Step {
        guard item.reason == nil else { return .unchanged }
        let paths = differences(item, present)
        guard !paths.isEmpty else { return .unchanged }
        // Names are only added.
        if item.kind == .tagName { return .update(present, paths) }
        if item.kind == .subscription, isMergeable(item, present) { return .update(present, paths) }
        switch options.policy {
        case .update: return .update(present, paths)
        case .skip: return .skip("it is there and differs in \(paths.joined(separator: ", "))")
        case .fail:
            return .conflict(
                "it is there and differs in \(paths.joined(separator: ", ")); --on-conflict update changes it, skip leaves it"
            )
        }
    }

    /// Where item and present differ.
    func differences(_ item: ImportItem, _ present: ImportItem.Content) -> [String] {
        switch (item.content, present) {
        case (.keys(let wanted), .keys(let present)):
            return [
                ("primaryKey", wanted.primary, present.primary), ("secondaryKey", wanted.secondary, present.secondary),
            ].filter { $0.1 != nil && $0.1 != $0.2 }.map(\.0)
        case (.resource(var wanted), .resource(var present)):
            switch item.kind {
            case .subscription:
                // Its name is the server's matter, and it may have more tags.
                return Self.tags(wanted).filter { Self.tags(present)[$0.key] != $0.value }.map { "tags.\($0.key)" }
                    .sorted()
            case .tagName:
                let values = present.document["values"]?.array ?? []
                let isThere = (wanted.document["values"]?.array ?? []).allSatisfy { values.contains($0) }
                return isThere ? [] : ["values"]
            case .provider:
                return present.document["registrationState"] == wanted.document["registrationState"]
                    ? [] : ["registrationState"]
            case .binding where wanted.properties["sendKeyValue"] == nil:
                present = Self.without(["sendKeyValue"], present)
            case .roleAssignment where wanted.properties["principalType"] == nil:
                present = Self.without(["principalType"], present)
            case .relayServiceConnection:
                // They are never shown, so nobody can tell.
                wanted = Self.without(["entityConnectionString", "resourceConnectionString"], wanted)
            default: break
            }
            return ResourceComparison(isPartial: options.isPartial).differences(wanted, present)
        default: return ["type"]
        }
    }

    /// Whether the tags of a subscription are only added to.
    private func isMergeable(_ item: ImportItem, _ present: ImportItem.Content) -> Bool {
        guard case .resource(let wanted) = item.content, case .resource(let present) = present else { return false }
        let old = Self.tags(present)
        return Self.tags(wanted).allSatisfy { old[$0.key] == nil || old[$0.key] == $0.value }
    }

    private static func tags(_ resource: PortableResource) -> [String: JSONValue] {
        let members = resource.document["tags"]?.object?.members ?? []
        return Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    private static func without(_ names: [String], _ resource: PortableResource) -> PortableResource {
        var properties = resource.properties
        for name in names { properties[name] = nil }
        var result = resource
        result.document["properties"] = .object(properties)
        return result
    }
}
