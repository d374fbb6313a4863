import CausewayTesting
import ControlPlane
import Foundation
import RelayModel
import RelayStore
import SharedAccess
import Testing

struct ServicePrincipalTests {
    private static func put(
        _ estate: ResourceEstate, _ clientID: String = "shop", displayName: String? = nil, isEnabled: Bool? = nil,
        ifMatch: String? = nil
    ) async throws -> ServicePrincipalOutcome {
        let operation = estate.operation(
            estate.principal(clientID), "Causeway.Relay/servicePrincipals/write", ifMatch: ifMatch
        )
        return try await estate.controlPlane.putServicePrincipal(
            displayName: displayName, isEnabled: isEnabled, operation
        )
    }

    private static func addSecret(
        _ estate: ResourceEstate, expiresAt: Timestamp? = nil, _ clientID: String = "shop"
    ) async throws -> NewClientSecret {
        let operation = estate.operation(
            estate.principal(clientID), "Causeway.Relay/servicePrincipals/addSecret/action"
        )
        return try await estate.controlPlane.addClientSecret(expiresAt: expiresAt, operation)
    }

    @Test func `a new one has a secret that is shown once and kept as a hash`() async throws {
        let estate = try await ResourceEstate()

        let outcome = try await Self.put(estate, displayName: "Pipeline")

        let secret = try #require(outcome.newSecret)
        let kept = try #require(outcome.view.secrets.first)
        #expect(outcome.isNew)
        #expect(outcome.view.principal.id.path == "/providers/Causeway.Relay/servicePrincipals/shop")
        #expect(outcome.view.principal.value.displayName == "Pipeline")
        #expect(outcome.view.principal.value.tenantID == ResourceEstate.tenantID)
        #expect(outcome.view.principal.value.isEnabled)
        #expect(secret.secret.reveal().utf8.count == 43)
        #expect(kept.algorithm == .sha256)
        #expect(kept.salt.count == 16)
        #expect(kept.hash == ClientSecretHash.sha256(secret: secret.secret, salt: kept.salt))
        #expect(kept.secretID == secret.secretID)
        #expect(try estate.controlPlane.servicePrincipal(estate.principal("SHOP"), of: estate.owner).secrets == [kept])
    }

    @Test func `a PUT of an existing one changes the name and whether it may sign in, and makes no secret`()
        async throws
    {
        let estate = try await ResourceEstate()
        let first = try await Self.put(estate, displayName: "Pipeline")

        let same = try await Self.put(estate, displayName: "Pipeline")
        let changed = try await Self.put(estate, isEnabled: false, ifMatch: same.view.principal.etag)

        #expect(!same.isNew)
        #expect(same.newSecret == nil)
        #expect(same.view.principal.etag == first.view.principal.etag)
        #expect(changed.view.principal.value.displayName == "shop")
        #expect(!changed.view.principal.value.isEnabled)
        #expect(changed.view.principal.value.objectID == first.view.principal.value.objectID)
        #expect(changed.view.secrets == first.view.secrets)
        #expect(await refusal { try await Self.put(estate, ifMatch: "old") }?.code == .preconditionFailed)
    }

    @Test(arguments: ["", "a b", "ä", "..", "a%b", "a'b", String(repeating: "a", count: 121)])
    func `a client ID has only plain characters`(_ clientID: String) async throws {
        let estate = try await ResourceEstate()

        #expect(await refusal { try await Self.put(estate, clientID) }?.code == .badRequest)
    }

    @Test(arguments: [
        "a", "7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11", "me@shop.example", String(repeating: "a", count: 120),
    ])
    func `a plain client ID is taken`(_ clientID: String) async throws {
        let estate = try await ResourceEstate()

        #expect(try await Self.put(estate, clientID).isNew)
    }

    @Test func `there are at most two secrets, and expired ones make room`() async throws {
        let estate = try await ResourceEstate()
        _ = try await Self.put(estate)
        let soon = estate.clock.now.adding(seconds: 60)

        let second = try await Self.addSecret(estate, expiresAt: soon)
        let third = await refusal { try await Self.addSecret(estate) }
        let past = await refusal { try await Self.addSecret(estate, expiresAt: estate.clock.now) }
        estate.clock.advance(seconds: 60)
        let later = try await Self.addSecret(estate)

        #expect(second.expiresAt == soon)
        #expect(third?.code == .conflict)
        #expect(past?.code == .badRequest)
        let ids = try estate.controlPlane.servicePrincipal(estate.principal("shop"), of: estate.owner).secrets.map(
            \.secretID)
        #expect(ids.count == 2)
        #expect(ids.last == later.secretID)
        #expect(!ids.contains(second.secretID))
    }

    @Test func `a secret is deleted once`() async throws {
        let estate = try await ResourceEstate()
        let first = try await Self.put(estate)
        let id = estate.principal("shop").child("secrets", try #require(first.newSecret).secretID)
        let delete = { (id: ResourceID) in
            try await estate.controlPlane.deleteClientSecret(estate.operation(id, "x/delete"))
        }

        #expect(try await delete(id))
        #expect(try await !delete(id))
        let view = try estate.controlPlane.servicePrincipal(estate.principal("shop"), of: estate.owner)
        #expect(view.secrets.isEmpty)
        #expect(view.principal.etag != first.view.principal.etag)
        let none = estate.principal("none").child("secrets", "x")
        #expect(await refusal { try await delete(none) }?.code == .resourceNotFound)
        #expect(await refusal { try await Self.addSecret(estate, "none") }?.code == .resourceNotFound)
    }

    @Test func `a deletion takes secrets and roles along`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let caller = try await estate.caller("shop")
        try await estate.assign(.reader, to: caller, at: estate.group())
        let delete = {
            try await estate.controlPlane.deleteServicePrincipal(estate.operation(estate.principal("shop"), "x/delete"))
        }

        #expect(try await delete())
        #expect(try await !delete())
        let kept = try estate.store.read { try $0.allRoleAssignments().map(\.value.principalID) }
        #expect(kept == [estate.owner.objectID])
        let again = try await estate.caller("shop")
        #expect(again.objectID != caller.objectID)
        #expect(try estate.controlPlane.servicePrincipal(estate.principal("shop"), of: estate.owner).secrets.count == 1)
    }

    @Test func `a list is ordered by client ID and continued`() async throws {
        let estate = try await ResourceEstate()
        for clientID in ["b", "C", "d"] { _ = try await Self.put(estate, clientID) }
        let list = { (page: Page) in
            try estate.controlPlane.servicePrincipals(of: estate.owner, page: page).map(\.principal.value.clientID)
        }

        #expect(try list(.everything) == ["admin", "b", "C", "d"])
        #expect(try list(Page(after: "B", limit: 1)) == ["C"])
    }

    @Test func `no secret stands in the database`() async throws {
        let estate = try await ResourceEstate()
        let secret = try #require(try await Self.put(estate).newSecret?.secret.reveal())
        let copy = estate.folder.path + "/copy.db"
        try estate.store.backup(to: copy)

        let bytes = try Self.bytes(ofFile: copy)

        #expect(!bytes.isEmpty)
        #expect(bytes.firstRange(of: Array(secret.utf8)) == nil)
        #expect(bytes.firstRange(of: Array("shop".utf8)) != nil)
    }

    private static func bytes(ofFile path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
