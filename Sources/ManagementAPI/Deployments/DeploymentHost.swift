import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import Synchronization
import TemplateLanguage

/// What a deployment asks the server and does to it: everything in the name of its caller, by the routes that the caller
/// would use.
struct DeploymentHost: Sendable {
    let requests: InternalRequests
    let controlPlane: ControlPlane
    let accessControl: AccessControl
    /// The call that the deployment is made by.
    let origin: Call
    let now: @Sendable () -> Timestamp
    /// The deployments inside of the one that is made.
    let nested = NestedDeploymentCount()

    var caller: Caller { origin.caller }

    /// Resource groups stand in templates as a type of Microsoft.Resources, and have a path of their own.
    static func path(of id: ResourceID) -> ResourceID {
        guard id.type?.equalsIgnoringCase("Microsoft.Resources/resourceGroups") ?? false,
            let subscription = id.subscriptionID
        else { return id }
        return .resourceGroup(id.name, subscription: subscription)
    }

    static func isDeployment(_ id: ResourceID) -> Bool {
        id.type?.equalsIgnoringCase("Microsoft.Resources/deployments") ?? false
    }

    /// - Throws: `ServiceError` when the resource cannot be of that type, or the caller may not write it.
    func checkWrite(_ resource: PlannedResource) throws(ServiceError) {
        if !resource.apiVersion.isEmpty { _ = try APIVersion(resource.apiVersion, now: now()) }
        if Self.isDeployment(resource.id) {
            return try accessControl.check(
                caller, action: "Microsoft.Resources/deployments/write", at: resource.id)
        }
        try requests.check(.put, Self.path(of: resource.id), caller)
    }

    /// - Returns: the document that the write was answered with, and the status.
    func put(
        _ id: ResourceID, apiVersion: String, body: JSONValue
    ) async throws -> (status: HTTPResponse.Status, document: JSONValue?) {
        let answer = try await requests.answer(
            .put, Self.path(of: id), apiVersion: apiVersion, body: body, origin: origin)
        return (answer.status, try Self.document(answer))
    }

    /// Deletes the resource and nothing else: the plan of the last app stays.
    func delete(_ id: ResourceID) async throws -> HTTPResponse.Status {
        let answer = try await requests.answer(
            .delete, Self.path(of: id), apiVersion: Self.apiVersion(of: id),
            query: [.init(name: "deleteEmptyServerFarm", value: "false")], origin: origin)
        _ = try Self.document(answer)
        return answer.status
    }

    /// The resource as it is; `nil` when it does not exist.
    func get(_ id: ResourceID, apiVersion: String) async throws -> JSONValue? {
        do {
            let answer = try await requests.answer(.get, Self.path(of: id), apiVersion: apiVersion, origin: origin)
            return answer.status == .notFound ? nil : try Self.document(answer)
        } catch let error as ServiceError where ErrorEnvelope.status(of: error.code) == .notFound {
            return nil
        }
    }

    /// The document of an answer; refusals that were answered and not thrown are thrown here.
    private static func document(_ answer: Answer) throws -> JSONValue? {
        guard case .json(let document) = answer.body else { return nil }
        guard answer.status.code < 400 else {
            let error = document["error"]
            throw DeploymentRefusal(
                answer.status, code: error?["code"]?.string ?? "BadRequest", error?["message"]?.string ?? "")
        }
        return document
    }

    /// An api-version that the type is known to have, for those who name none.
    static func apiVersion(of id: ResourceID) -> String {
        let parts = (path(of: id).type ?? "Microsoft.Resources/resourceGroups").split(separator: "/", maxSplits: 1)
        let provider = try? ResourceProvider.find(String(parts.first ?? ""))
        let type = provider?.resourceTypes.first { $0.name.equalsIgnoringCase(String(parts.last ?? "")) }
        return type?.apiVersions.first ?? provider?.resourceTypes.first?.apiVersions.first ?? "2021-04-01"
    }
}

extension DeploymentHost: TemplateRuntime {
    func reference(id: ResourceID, apiVersion: String?, full: Bool) async throws -> JSONValue {
        let version = apiVersion.flatMap { $0.isEmpty ? nil : $0 } ?? Self.apiVersion(of: id)
        var document: JSONObject
        if Self.isDeployment(id) {
            try accessControl.check(caller, action: "Microsoft.Resources/deployments/read", at: id)
            document = DeploymentDocument.render(try controlPlane.deployment(id)).object ?? JSONObject()
        } else {
            let answer = try await requests.answer(.get, Self.path(of: id), apiVersion: version, origin: origin)
            document = try Self.document(answer)?.object ?? JSONObject()
        }
        guard full else { return document["properties"] ?? [:] }
        if document["apiVersion"] == nil { document.append("apiVersion", .string(version)) }
        for (name, value) in [
            ("resourceId", id.path), ("subscriptionId", id.subscriptionID ?? ""),
            ("resourceGroupName", id.resourceGroup ?? ""), ("scope", id.extendedScope.path),
        ] where document[name] == nil && !value.isEmpty {
            document.append(name, .string(value))
        }
        return .object(document)
    }

    func list(function: String, id: ResourceID, apiVersion: String, body: JSONValue?) async throws -> JSONValue {
        let version = apiVersion.isEmpty ? Self.apiVersion(of: id) : apiVersion
        let action = ResourceID(unchecked: "\(Self.path(of: id).path)/\(function)")
        let answer = try await requests.answer(.post, action, apiVersion: version, body: body, origin: origin)
        return try Self.document(answer) ?? [:]
    }
}

/// Counts the deployments within one deployment, on all levels, and what it takes to plan them: loops in loops of templates
/// would make millions.
final class NestedDeploymentCount: Sendable {
    static let max = 800
    /// Steps of evaluation for all of them together.
    static let costMax = 4 * DeploymentPlan.costMax

    private let count = Atomic<Int>(0)
    private let total = Atomic<Int>(0)

    /// Steps so far.
    var cost: Int { total.load(ordering: .relaxed) }

    /// Counts one that is to be planned.
    /// - Throws: `DeploymentRefusal` when there are too many, or when planning those before took too much.
    func add(_ name: String) throws(DeploymentRefusal) {
        try add(cost: 0, of: name)
        guard count.add(1, ordering: .relaxed).newValue <= Self.max else {
            throw DeploymentRefusal(
                code: "InvalidTemplate",
                "The nested deployment '\(NameRule.shown(name))' exceeds the limit of \(Self.max) deployments within "
                    + "one deployment.")
        }
    }

    /// - Throws: `DeploymentRefusal` when planning them took too much.
    func add(cost: Int, of name: String) throws(DeploymentRefusal) {
        guard total.add(cost, ordering: .relaxed).newValue <= Self.costMax else {
            throw DeploymentRefusal(
                code: "InvalidTemplate",
                "The nested deployment '\(NameRule.shown(name))' exceeds the limit of \(Self.costMax) evaluation steps for "
                    + "all deployments within one deployment.")
        }
    }
}
