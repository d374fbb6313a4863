import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// Users in the form of Microsoft Graph.
struct GraphUserController: Sendable {
    private let controlPlane: ControlPlane
    private let users: DirectoryUserController

    init(_ api: ManagementAPI) {
        controlPlane = api.controlPlane
        users = DirectoryUserController(api.controlPlane, now: api.now)
    }

    func list(_ call: Call) async throws -> Answer {
        let filter = try GraphFilter(call.query["$filter"])
        let all = try controlPlane.users(of: call.caller, page: .everything).map { GraphDocument.render($0) }
        return Answer(.ok, GraphDocument.list(all.filter(filter.matches)))
    }

    func get(_ call: Call) async throws -> Answer {
        let user = try controlPlane.user(.graphUser(call.parameters["id"]), of: call.caller)
        return Answer(.ok, GraphDocument.render(user))
    }

    /// Never changes a user that is there already.
    func create(_ call: Call) async throws -> Answer {
        let fields = try GraphFields.user(await call.body())
        guard let name = fields.userPrincipalName, !name.isEmpty else {
            throw ServiceError(
                .badRequest, "The property 'userPrincipalName' is required.", target: "userPrincipalName")
        }
        var operation = call.operation(on: .graphUser(name))
        operation.precondition = Precondition(ifMatch: nil, ifNoneMatch: ["*"])
        let outcome = try await controlPlane.putUser(try input(fields, name), operation)
        return Answer(.created, GraphDocument.render(outcome.resource))
    }

    func patch(_ call: Call) async throws -> Answer {
        let fields = try GraphFields.user(await call.body())
        let user = try controlPlane.user(.graphUser(call.parameters["id"]), of: call.caller)
        let name = user.value.userPrincipalName
        _ = try await controlPlane.putUser(try input(fields, name), call.operation(on: .graphUser(name)))
        return Answer(.noContent)
    }

    func delete(_ call: Call) async throws -> Answer {
        let user = try controlPlane.user(.graphUser(call.parameters["id"]), of: call.caller)
        _ = try await controlPlane.deleteUser(call.operation(on: .graphUser(user.value.userPrincipalName)))
        return Answer(.noContent)
    }

    private func input(_ fields: GraphFields.User, _ name: String) throws -> DirectoryUserInput {
        DirectoryUserInput(
            displayName: fields.displayName, isEnabled: fields.isEnabled,
            password: try fields.password.map { try users.hash($0, of: name) }
        )
    }
}
