import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Links between resources over REST.
struct ResourceLinkController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// The links from the scope and from below it; `$filter` knows `atScope()` and `targetId eq '…'`.
    func list(_ call: Call) async throws -> Answer {
        var isBelowIncluded = true
        var target: ResourceID?
        for term in try Self.terms(call.filter()) {
            switch term.content {
            case .call(let name, let arguments) where name.equalsIgnoringCase("atScope") && arguments.isEmpty:
                isBelowIncluded = false
            case .comparison(let property, .equal, let text) where property.equalsIgnoringCase("targetId"):
                target = try ResourceID(text)
            default: throw term.refusal("there are only atScope() and targetId eq '…'")
            }
        }
        let links = try controlPlane.links(
            at: call.resourceID, isBelowIncluded: isBelowIncluded, target: target, page: call.page()
        )
        return try call.list(links, name: \.id.key) { ResourceLinkDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let link = try controlPlane.link(call.resourceID)
        return Answer(.ok, ResourceLinkDocument.render(link), etag: link.etag)
    }

    /// Whoever makes a link learns that its target is there, so it has to be able to read it.
    func put(_ call: Call) async throws -> Answer {
        let fields = try ResourceLinkDocument.parse(await call.body())
        let type = fields.target.type ?? "Microsoft.Resources/subscriptions/resourceGroups"
        try accessControl.check(call.caller, action: "\(type)/read", at: fields.target)
        let input = ResourceLinkInput(target: fields.target, notes: fields.notes)
        let outcome = try await controlPlane.putLink(input, call.operation)
        let link = outcome.resource
        return Answer(outcome.isNew ? .created : .ok, ResourceLinkDocument.render(link), etag: link.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteLink(call.operation))
    }

    private static func terms(_ filter: FilterExpression?) throws -> [FilterExpression.Term] {
        switch filter {
        case nil: return []
        case .term(let term): return [term]
        case .all(let parts): return try parts.flatMap { try terms($0) }
        case .not, .any:
            guard let term = filter?.terms.first else { return [] }
            throw term.refusal("here terms are joined by and")
        }
    }
}
