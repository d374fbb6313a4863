import ControlPlane
import HTTPTypes
import Identity
import ManagementDocuments
import RelayModel

/// Users over REST.
struct DirectoryUserController: Sendable {
    private let controlPlane: ControlPlane
    private let now: @Sendable () -> Timestamp

    init(_ controlPlane: ControlPlane, now: @escaping @Sendable () -> Timestamp) {
        self.controlPlane = controlPlane
        self.now = now
    }

    func list(_ call: Call) async throws -> Answer {
        let users = try controlPlane.users(of: call.caller, page: call.page())
        return try call.list(users, name: \.value.userPrincipalName) { DirectoryUserDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let user = try controlPlane.user(call.resourceID, of: call.caller)
        return Answer(.ok, DirectoryUserDocument.render(user), etag: user.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try DirectoryUserDocument.parse(await call.bodyIfPresent())
        let password = try fields.password.map { password in
            // The path may hold an object ID, and the rule is about the name.
            let present = try? controlPlane.user(call.resourceID, of: call.caller)
            return try hash(password, of: present?.value.userPrincipalName ?? call.resourceID.name)
        }
        let input = DirectoryUserInput(
            displayName: fields.displayName, isEnabled: fields.isEnabled, password: password)
        let outcome = try await controlPlane.putUser(input, call.operation)
        let document = DirectoryUserDocument.render(outcome.resource)
        return Answer(outcome.isNew ? .created : .ok, document, etag: outcome.resource.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteUser(call.operation))
    }

    func setPassword(_ call: Call) async throws -> Answer {
        let user = try controlPlane.user(call.resourceID, of: call.caller)
        let password = try DirectoryUserDocument.parsePassword(await call.body())
        try await controlPlane.setPassword(hash(password, of: user.value.userPrincipalName), call.operation)
        return Answer(.noContent)
    }

    /// The password as the store keeps it, after its rules were checked.
    func hash(_ password: Secret<String>, of userPrincipalName: String) throws -> PasswordHash {
        try DirectoryRule.check(password: password, of: userPrincipalName)
        let hashed = try ClientSecretCheck.hash(password, id: "", now: now())
        return PasswordHash(salt: hashed.salt, hash: hashed.hash)
    }
}
