import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The tags of any scope over REST, and the tag names that are in use.
struct ScopeTagsController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.tags(at: call.resourceID.extendedScope))
    }

    func put(_ call: Call) async throws -> Answer {
        let tags = try ScopeTagsDocument.parse(await call.body())
        return Self.answer(try await controlPlane.changeTags(.replace, tags, call.operation))
    }

    func patch(_ call: Call) async throws -> Answer {
        let (change, tags) = try ScopeTagsDocument.parsePatch(await call.body(), TagsChange.self)
        return Self.answer(try await controlPlane.changeTags(change, tags, call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        _ = try await controlPlane.changeTags(.replace, .none, call.operation)
        return Answer(.ok)
    }

    func listNames(_ call: Call) async throws -> Answer {
        let subscription = try controlPlane.subscription(call.resourceID)
        let uses = try controlPlane.tagUses(subscription: call.resourceID).map {
            TagNameDocument.render($0, subscriptionID: subscription.subscriptionID)
        }
        return Answer(.ok, ["value": .array(uses)])
    }

    func putName(_ call: Call) async throws -> Answer {
        let subscription = try controlPlane.subscription(call.resourceID)
        let (use, isNew) = try await controlPlane.putTagName(try Self.name(call), call.operation)
        let document = TagNameDocument.render(use, subscriptionID: subscription.subscriptionID)
        return Answer(isNew ? .created : .ok, document)
    }

    func deleteName(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteTagName(try Self.name(call), call.operation))
    }

    func putValue(_ call: Call) async throws -> Answer {
        let subscription = try controlPlane.subscription(call.resourceID)
        let (name, value, isNew) = try await controlPlane.putTagValue(
            try Self.value(call), of: try Self.name(call), call.operation
        )
        let document = TagNameDocument.render(value, of: name, subscriptionID: subscription.subscriptionID)
        return Answer(isNew ? .created : .ok, document)
    }

    func deleteValue(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteTagValue(try Self.value(call), of: try Self.name(call), call.operation))
    }

    /// From the path as it came: in names of entities an escaped slash is written `~`, in a tag it is a slash.
    /// From the path as it came, `/subscriptions/{id}/tagNames/{name}/tagValues/{value}`: in names of entities an escaped
    /// slash is written `~`, in a tag it is a slash.
    private static func segment(_ index: Int, _ call: Call) throws(ServiceError) -> String {
        let segments = call.path.split(separator: "/")
        return try PercentEncoding.decode(index < segments.count ? segments[index] : "")
    }

    private static func name(_ call: Call) throws(ServiceError) -> String { try segment(3, call) }
    private static func value(_ call: Call) throws(ServiceError) -> String { try segment(5, call) }

    private static func answer(_ tags: ScopeTags) -> Answer {
        Answer(.ok, ScopeTagsDocument.render(tags.tags, at: tags.scope), etag: tags.etag)
    }
}
