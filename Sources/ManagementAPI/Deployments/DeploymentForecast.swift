import ControlPlane
import HTTPTypes
import RelayModel
import TemplateLanguage

/// What a deployment would change, found out by reading alone.
struct DeploymentForecast: Sendable {
    let host: DeploymentHost

    /// One resource, as it is and as it would be.
    struct Change: Sendable {
        enum Kind: String, Sendable {
            case create = "Create"
            case delete = "Delete"
            case ignore = "Ignore"
            case modify = "Modify"
            case noChange = "NoChange"
            case unsupported = "Unsupported"
        }

        var id: ResourceID
        var kind: Kind
        var before: JSONObject?
        var after: JSONObject?
        var delta: [PropertyChange] = []
        var reason: String?

        func render(showsPayloads: Bool) -> JSONValue {
            var object: JSONObject = ["resourceId": .string(id.path), "changeType": .string(kind.rawValue)]
            if let reason { object.append("unsupportedReason", .string(reason)) }
            guard showsPayloads else { return .object(object) }
            if let before { object.append("before", .object(before)) }
            if let after { object.append("after", .object(after)) }
            if kind == .modify { object.append("delta", .array(delta.map(\.json))) }
            return .object(object)
        }
    }

    func changes(_ prepared: DeploymentLauncher.Prepared) async throws -> [Change] {
        var changes = try await changes(of: prepared.plan, depth: 0)
        let scope = prepared.deployment.scope
        guard scope.resourceGroup != nil else { return changes }
        let known = Set(changes.map(\.id))
        for id in try host.controlPlane.trackedResources(in: scope) where !known.contains(id) {
            // What the caller may not read is not shown to be there.
            guard
                let document = try await host.getIfAllowed(id, apiVersion: DeploymentHost.apiVersion(of: id))?.object
            else { continue }
            changes.append(
                Change(id: id, kind: prepared.mode == .complete ? .delete : .ignore, before: document))
        }
        return changes
    }

    private func changes(of plan: DeploymentPlan, depth: Int) async throws -> [Change] {
        var changes: [Change] = []
        for resource in plan.resources where !resource.isSkipped && !resource.isExisting {
            do {
                if let nested = resource.nestedDeployment {
                    let body = try await resource.body(host)
                    let inner = try await DeploymentLauncher(host: host).prepare(
                        resource, nested, body: body, depth: depth + 1)
                    changes += try await self.changes(of: inner.plan, depth: depth + 1)
                } else {
                    changes.append(try await change(resource))
                }
            } catch {
                // It asks about something that the deployment would make first.
                changes.append(
                    Change(
                        id: DeploymentHost.path(of: resource.id), kind: .unsupported,
                        reason: "Its values are known only when it is deployed: \(DeploymentRefusal(error).message)"))
            }
        }
        return changes
    }

    private func change(_ resource: PlannedResource) async throws -> Change {
        let id = DeploymentHost.path(of: resource.id)
        let body = try await resource.body(host).object ?? JSONObject()
        guard let before = try await host.get(id, apiVersion: resource.apiVersion)?.object else {
            var after: JSONObject = [
                "apiVersion": .string(resource.apiVersion), "id": .string(id.path), "name": .string(id.name),
                "type": .string(resource.type),
            ]
            if let group = id.resourceGroup { after.append("resourceGroup", .string(group)) }
            for member in body.members where after[member.name] == nil { after.append(member.name, member.value) }
            return Change(id: id, kind: .create, after: after)
        }
        var changes = PropertyChanges()
        let after = changes.apply(body, to: before, path: "")
        return Change(
            id: id, kind: changes.found.isEmpty ? .noChange : .modify, before: before, after: after,
            delta: changes.found)
    }
}

/// One property that would change.
struct PropertyChange: Sendable {
    var path: String
    /// `Create`, `Delete` or `Modify`.
    var kind: String
    var before: JSONValue?
    var after: JSONValue?

    var json: JSONValue {
        [
            "path": .string(path), "propertyChangeType": .string(kind), "before": before ?? .null,
            "after": after ?? .null, "children": .null,
        ]
    }
}

/// Compares what a resource is with what a request would make of it. Properties that the request leaves out stay, but
/// for tags, which are replaced as a whole.
struct PropertyChanges {
    private(set) var found: [PropertyChange] = []

    mutating func apply(_ wanted: JSONObject, to present: JSONObject, path: String) -> JSONObject {
        var result = present
        for member in wanted.members where !member.value.isNull {
            let name = path.isEmpty ? member.name : "\(path).\(member.name)"
            let before = present[member.name]
            if name.equalsIgnoringCase("tags") {
                compareTags(member.value.object ?? JSONObject(), before?.object ?? JSONObject())
                result[member.name] = member.value
            } else if let inner = member.value.object, let old = before?.object {
                result[member.name] = .object(apply(inner, to: old, path: name))
            } else if !Self.isSame(member.value, before, name) {
                found.append(
                    PropertyChange(
                        path: name, kind: before == nil || before?.isNull == true ? "Create" : "Modify", before: before,
                        after: member.value))
                result[member.name] = member.value
            }
        }
        return result
    }

    private mutating func compareTags(_ wanted: JSONObject, _ present: JSONObject) {
        for member in wanted.members where present[member.name] != member.value {
            found.append(
                PropertyChange(
                    path: "tags.\(member.name)", kind: present[member.name] == nil ? "Create" : "Modify",
                    before: present[member.name], after: member.value))
        }
        for member in present.members where wanted[member.name] == nil {
            found.append(
                PropertyChange(path: "tags.\(member.name)", kind: "Delete", before: member.value, after: nil))
        }
    }

    /// Whether both mean the same: regions in any spelling, words of a closed list in any case, lists in any order.
    private static func isSame(_ wanted: JSONValue, _ present: JSONValue?, _ path: String) -> Bool {
        guard let present else { return wanted == [] || wanted == [:] || wanted == false }
        if wanted == present { return true }
        switch (wanted, present) {
        case (.string(let left), .string(let right)):
            if path == "location" {
                return left.filter { $0 != " " }.equalsIgnoringCase(right.filter { $0 != " " })
            }
            let isWord = path == "kind" || path.hasPrefix("sku.") || (left.hasPrefix("/") && right.hasPrefix("/"))
            return isWord && left.equalsIgnoringCase(right)
        case (.string(let left), .integer(let right)): return left == String(right)
        case (.array(let left), .array(let right)):
            return left.count == right.count && left.allSatisfy(right.contains) && right.allSatisfy(left.contains)
        default: return false
        }
    }
}
