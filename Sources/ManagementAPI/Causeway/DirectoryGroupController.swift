import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Groups and their members over REST.
struct DirectoryGroupController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let groups = try controlPlane.groups(of: call.caller, page: call.page())
        return try call.list(groups, name: \.value.objectID) { DirectoryGroupDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let group = try controlPlane.group(call.resourceID, of: call.caller)
        return Answer(.ok, DirectoryGroupDocument.render(group), etag: group.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try DirectoryGroupDocument.parse(await call.bodyIfPresent())
        let input = DirectoryGroupInput(displayName: fields.displayName, description: fields.description)
        let outcome = try await controlPlane.putGroup(input, call.operation)
        let document = DirectoryGroupDocument.render(outcome.resource)
        return Answer(outcome.isNew ? .created : .ok, document, etag: outcome.resource.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteGroup(call.operation))
    }

    func listMembers(_ call: Call) async throws -> Answer {
        let group = try controlPlane.group(call.resourceID, of: call.caller)
        let members = try controlPlane.members(ofGroup: call.resourceID, of: call.caller, page: call.page())
        return try call.list(members, name: \.objectID) { DirectoryGroupDocument.renderMember($0, ofGroup: group.id) }
    }

    func getMember(_ call: Call) async throws -> Answer {
        try document(of: controlPlane.member(call.resourceID, of: call.caller), call, .ok)
    }

    func putMember(_ call: Call) async throws -> Answer {
        let outcome = try await controlPlane.putMember(call.operation)
        return try document(of: outcome.member, call, outcome.isNew ? .created : .ok)
    }

    func deleteMember(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteMember(call.operation))
    }

    private func document(of member: DirectoryPrincipal, _ call: Call, _ status: HTTPResponse.Status) throws -> Answer {
        let group = try controlPlane.group(call.resourceID, of: call.caller)
        return Answer(status, DirectoryGroupDocument.renderMember(member, ofGroup: group.id))
    }
}
