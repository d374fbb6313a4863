import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Locks over REST.
struct ResourceLockController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    /// The locks at the scope and below it; `$filter=atScope()` leaves out those below.
    func list(_ call: Call) async throws -> Answer {
        let locks = try controlPlane.locks(
            at: call.resourceID, isBelowIncluded: Self.isBelowIncluded(call.filter()), page: call.page()
        )
        return try call.list(locks, name: \.id.key) { ResourceLockDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let lock = try controlPlane.lock(call.resourceID)
        return Answer(.ok, ResourceLockDocument.render(lock), etag: lock.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try ResourceLockDocument.parse(await call.body())
        let input = ResourceLockInput(level: fields.level, notes: fields.notes, owners: fields.owners)
        let outcome = try await controlPlane.putLock(input, call.operation)
        let lock = outcome.resource
        return Answer(outcome.isNew ? .created : .ok, ResourceLockDocument.render(lock), etag: lock.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteLock(call.operation))
    }

    private static func isBelowIncluded(_ filter: FilterExpression?) throws -> Bool {
        guard let term = filter?.terms.first else { return true }
        guard case .term = filter, case .call(let name, let arguments) = term.content,
            name.equalsIgnoringCase("atScope"), arguments.isEmpty
        else { throw term.refusal("there is only atScope()") }
        return false
    }
}
