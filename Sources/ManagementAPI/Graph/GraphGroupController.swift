import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// Groups in the form of Microsoft Graph.
struct GraphGroupController: Sendable {
    private let controlPlane: ControlPlane

    init(_ api: ManagementAPI) {
        controlPlane = api.controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let filter = try GraphFilter(call.query["$filter"])
        let all = try controlPlane.groups(of: call.caller, page: .everything).map { GraphDocument.render($0) }
        return Answer(.ok, GraphDocument.list(all.filter(filter.matches)))
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, GraphDocument.render(try controlPlane.group(group(call), of: call.caller)))
    }

    /// Never changes a group that is there already.
    func create(_ call: Call) async throws -> Answer {
        let (displayName, description) = try GraphFields.group(await call.body())
        var operation = call.operation(on: .graphGroup(displayName.replacing("/", with: "~")))
        operation.precondition = Precondition(ifMatch: nil, ifNoneMatch: ["*"])
        let input = DirectoryGroupInput(displayName: displayName, description: description)
        let outcome = try await controlPlane.putGroup(input, operation)
        return Answer(.created, GraphDocument.render(outcome.resource))
    }

    func delete(_ call: Call) async throws -> Answer {
        _ = try controlPlane.group(group(call), of: call.caller)
        _ = try await controlPlane.deleteGroup(call.operation(on: group(call)))
        return Answer(.noContent)
    }

    func listMembers(_ call: Call) async throws -> Answer {
        let members = try controlPlane.members(ofGroup: group(call), of: call.caller, page: .everything)
        return Answer(.ok, GraphDocument.list(members.map { GraphDocument.render($0) }))
    }

    func addMember(_ call: Call) async throws -> Answer {
        let member = try GraphFields.reference(await call.body())
        let outcome = try await controlPlane.putMember(call.operation(on: group(call).child("members", member)))
        guard outcome.isNew else {
            throw ServiceError(.badRequest, "'\(NameRule.shown(member))' is a member of the group already.")
        }
        return Answer(.noContent)
    }

    func removeMember(_ call: Call) async throws -> Answer {
        let member = call.parameters["memberId"]
        guard try await controlPlane.deleteMember(call.operation(on: group(call).child("members", member))) else {
            throw ServiceError(.resourceNotFound, "'\(NameRule.shown(member))' is no member of the group.")
        }
        return Answer(.noContent)
    }

    /// Groups have no owners: rights come from roles.
    func listOwners(_ call: Call) async throws -> Answer {
        _ = try controlPlane.group(group(call), of: call.caller)
        return Answer(.ok, GraphDocument.list([]))
    }

    private func group(_ call: Call) -> ResourceID { .graphGroup(call.parameters["id"]) }
}
