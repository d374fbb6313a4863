import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import SharedAccess

/// Authorization rules and their keys over REST, at all three levels.
struct AuthorizationRuleController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let rules = try controlPlane.authorizationRules(call.resourceID, page: call.page())
        return try call.list(rules, name: \.rule.value.name) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.authorizationRule(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        let rights = try AuthorizationRuleDocument.parse(await call.body())
        return Self.answer(try await controlPlane.putAuthorizationRule(rights, call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteAuthorizationRule(call.operation))
    }

    func listKeys(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.listKeys(call.operation))
    }

    func regenerateKeys(_ call: Call) async throws -> Answer {
        let wish = try AccessKeysDocument.parse(await call.body(), isLegacy: call.apiVersion.isLegacyRelay)
        let key = try wish.key.map { try SharedAccessKey(base64: $0.reveal()) }
        return Self.answer(try await controlPlane.regenerateKeys(wish.slot, to: key, call.operation))
    }

    private static func answer(_ keys: AccessKeys) -> Answer {
        Answer(
            .ok,
            AccessKeysDocument.render(
                keyName: keys.keyName, primaryKey: keys.primary.base64.reveal(),
                secondaryKey: keys.secondary.base64.reveal(),
                primaryConnectionString: keys.primaryConnectionString.reveal(),
                secondaryConnectionString: keys.secondaryConnectionString.reveal()
            )
        )
    }

    private static func answer(_ view: AuthorizationRuleView) -> Answer {
        Answer(.ok, render(view), etag: view.rule.etag)
    }

    private static func render(_ view: AuthorizationRuleView) -> JSONValue {
        AuthorizationRuleDocument.render(view.rule, location: view.location)
    }
}
