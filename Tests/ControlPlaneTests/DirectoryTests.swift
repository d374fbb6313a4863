import ControlPlane
import RelayModel
import RelayStore
import Testing

struct DirectoryTests {
    private static let read = "Microsoft.Relay/namespaces/read"
    private static let password = PasswordHash(salt: [1], hash: [2])

    private static func id(_ type: String, _ name: String) -> ResourceID {
        ResourceID.tenant.child("providers", "Causeway.Relay").child(type, name)
    }

    private static func user(_ estate: ResourceEstate, _ name: String, isEnabled: Bool? = nil) async throws -> Caller {
        let input = DirectoryUserInput(displayName: nil, isEnabled: isEnabled, password: password)
        let user = try await estate.controlPlane.putUser(input, estate.operation(id("users", name))).resource.value
        return Caller(
            tenantID: user.tenantID, objectID: user.objectID, clientID: name, displayName: name, kind: .user)
    }

    /// The group, as if it could call.
    private static func group(_ estate: ResourceEstate, _ name: String) async throws -> Caller {
        let input = DirectoryGroupInput(displayName: nil, description: nil)
        let group = try await estate.controlPlane.putGroup(input, estate.operation(id("groups", name))).resource.value
        return Caller(tenantID: group.tenantID, objectID: group.objectID, clientID: "", displayName: name, kind: .group)
    }

    private static func add(_ estate: ResourceEstate, _ member: Caller, to group: String) async throws {
        _ = try await estate.controlPlane.putMember(
            estate.operation(id("groups", group).child("members", member.objectID)))
    }

    private static func remove(_ estate: ResourceEstate, _ member: Caller, from group: String) async throws -> Bool {
        try await estate.controlPlane.deleteMember(
            estate.operation(id("groups", group).child("members", member.objectID)))
    }

    @Test func `a role of a group is one of its members, through other groups too, and circles end`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let ada = try await Self.user(estate, "ada@example.com")
        let inner = try await Self.group(estate, "inner")
        let outer = try await Self.group(estate, "outer")
        try await Self.add(estate, ada, to: "inner")
        try await Self.add(estate, inner, to: "outer")
        try await Self.add(estate, outer, to: "inner")
        let allows = { try estate.accessControl.allows(ada, action: Self.read, at: estate.namespace()) }

        #expect(try !allows())
        let given = try await estate.assign(.reader, to: outer, at: estate.group())
        #expect(given.resource.value.principalType == "Group")
        #expect(try allows())
        #expect(try estate.accessControl.hasAnyRight(ada, under: ResourceEstate.subscription))
        let list = try estate.controlPlane.roleAssignments(
            at: estate.group(), of: estate.owner, filter: FilterExpression("assignedTo('\(ada.objectID)')"),
            page: .everything, identities: estate.accessControl.identities
        )
        #expect(list.map(\.value.principalID) == [outer.objectID])
        #expect(try await Self.remove(estate, ada, from: "inner"))
        #expect(try !allows())
    }

    @Test func `a repeated question about a group's role costs no SQL`() async throws {
        let estate = try await ResourceEstate()
        let ada = try await Self.user(estate, "ada@example.com")
        let team = try await Self.group(estate, "team")
        try await Self.add(estate, ada, to: "team")
        try await estate.assign(.reader, to: team, at: .tenant, number: 2)
        let allows = { (action: String) in try estate.accessControl.allows(ada, action: action, at: .tenant) }

        #expect(try allows(Self.read))
        try estate.store.close()

        #expect(try allows(Self.read))
        #expect(try !allows("a/write"))
    }

    @Test func `who is disabled has no rights, however the question is asked`() async throws {
        let estate = try await ResourceEstate()
        let ada = try await Self.user(estate, "ada@example.com")
        try await estate.assign(.reader, to: ada, at: .tenant, number: 2)
        for isEnabled in [true, false, true] {
            _ = try await estate.controlPlane.putUser(
                DirectoryUserInput(displayName: nil, isEnabled: isEnabled, password: nil),
                estate.operation(Self.id("users", "ada@example.com")))
            #expect(try estate.accessControl.allows(ada, action: Self.read, at: .tenant) == isEnabled)
        }
    }

    @Test func `a role of a principal is none of a group that a foreign token calls by the same ID`() async throws {
        let estate = try await ResourceEstate()
        let plane = ControlPlane(
            store: estate.store, vault: estate.controlPlane.vault, listeners: estate.listeners,
            relayAddress: estate.controlPlane.relayAddress, planLimits: .standard, acceptsForeignPrincipals: true
        )
        let chief = "3f1d2a64-0000-4000-8000-0000000000ac"
        let input = RoleAssignmentInput(
            roleDefinitionID: RoleDefinition.reader.id, principalID: chief, principalType: "User", description: nil)
        _ = try await plane.putRoleAssignment(input, estate.operation(estate.assignment(4, at: .tenant)))
        let allows = { (objectID: String, groups: [String]) in
            let caller = Caller(
                tenantID: ResourceEstate.tenantID, objectID: objectID, clientID: "", displayName: "", kind: .user,
                groupIDs: groups)
            return try estate.accessControl.allows(caller, action: Self.read, at: .tenant)
        }

        #expect(try allows(chief, []))
        #expect(try !allows("guest", [chief]))
        let taken = await refusal {
            try await estate.controlPlane.putGroup(
                DirectoryGroupInput(displayName: "chiefs", description: nil), estate.operation(Self.id("groups", chief))
            )
        }
        #expect(taken?.code == .conflict)
    }

    @Test func `groups of a foreign token count, unless the directory knows them`() async throws {
        let estate = try await ResourceEstate()
        let foreignGroup = "3f1d2a64-0000-4000-8000-0000000000aa"
        let own = try await Self.group(estate, "owners")
        try await estate.assign(.owner, to: own, at: .tenant, number: 2)
        let plane = ControlPlane(
            store: estate.store, vault: estate.controlPlane.vault, listeners: estate.listeners,
            relayAddress: estate.controlPlane.relayAddress, planLimits: .standard, acceptsForeignPrincipals: true
        )
        let input = RoleAssignmentInput(
            roleDefinitionID: RoleDefinition.reader.id, principalID: foreignGroup, principalType: "ForeignGroup",
            description: nil
        )
        let operation = estate.operation(estate.assignment(3, at: .tenant))
        let closed = await refusal { try await estate.controlPlane.putRoleAssignment(input, operation) }
        #expect(closed?.code == .principalNotFound)
        let type = try await plane.putRoleAssignment(input, operation).resource.value.principalType
        #expect(type == "ForeignGroup")
        let guest = Caller(
            tenantID: ResourceEstate.tenantID, objectID: "guest", clientID: "", displayName: "", kind: .user,
            groupIDs: [foreignGroup.uppercased(), own.objectID]
        )

        #expect(try estate.accessControl.allows(guest, action: "a/read", at: .tenant))
        #expect(try !estate.accessControl.allows(guest, action: "a/write", at: .tenant))
        var other = guest
        other.groupIDs = []
        #expect(try !estate.accessControl.allows(other, action: "a/read", at: .tenant))
        var nameless = input
        nameless.principalType = nil
        nameless.principalID = "3f1d2a64-0000-4000-8000-0000000000ab"
        let refused = await refusal { try await plane.putRoleAssignment(nameless, operation) }
        #expect(refused?.code == .principalNotFound)
    }

    @Test func `the last Owner may be a user or a member of a group, and stays`() async throws {
        let estate = try await ResourceEstate()
        let ada = try await Self.user(estate, "ada@example.com")
        let owners = try await Self.group(estate, "owners")
        try await estate.assign(.owner, to: owners, at: .tenant, number: 2)
        let remove = {
            let first = ResourceID.tenant.child(
                "providers/Microsoft.Authorization/roleAssignments", "00000000-0000-4000-8000-000000000001")
            return try await estate.controlPlane.deleteRoleAssignment(estate.operation(first, "x/delete"))
        }

        #expect(await refusal { try await remove() }?.code == .conflict)
        try await Self.add(estate, ada, to: "owners")
        #expect(try await remove() != nil)
        #expect(try estate.accessControl.allows(ada, action: "a/write", at: .tenant))
        #expect(await refusal { try await Self.remove(estate, ada, from: "owners") }?.code == .conflict)
        let groupID = Self.id("groups", "owners")
        #expect(
            await refusal { try await estate.controlPlane.deleteGroup(estate.operation(groupID)) }?.code == .conflict)
        let userID = estate.operation(Self.id("users", "ada@example.com"))
        #expect(await refusal { try await estate.controlPlane.deleteUser(userID) }?.code == .conflict)
        #expect(await refusal { try await Self.user(estate, "ada@example.com", isEnabled: false) }?.code == .conflict)
    }

    @Test func `users are made, changed, found by either ID, and deleted with their roles`() async throws {
        let estate = try await ResourceEstate()
        let ada = try await Self.user(estate, "ada@example.com")
        let found = try estate.controlPlane.user(Self.id("users", ada.objectID), of: estate.owner)

        #expect(found.id.path == "/providers/Causeway.Relay/users/ada@example.com")
        #expect(found.value.credentialVersion == 1)
        let operation = estate.operation(Self.id("users", "ADA@example.com"))
        try await estate.controlPlane.setPassword(PasswordHash(salt: [3], hash: [4]), operation)
        let changed = try estate.controlPlane.user(Self.id("users", "ada@example.com"), of: estate.owner)
        #expect((changed.value.hash, changed.value.credentialVersion) == ([4], 2))
        let disabled = DirectoryUserInput(displayName: "Ada", isEnabled: false, password: nil)
        #expect(try await estate.controlPlane.putUser(disabled, operation).resource.value.credentialVersion == 3)
        try await estate.assign(.reader, to: ada, at: .tenant, number: 2)
        #expect(try await estate.controlPlane.deleteUser(operation))
        #expect(try await !estate.controlPlane.deleteUser(operation))
        #expect(try estate.store.read { try $0.allRoleAssignments().count } == 1)
    }

    @Test(arguments: ["ada", "ada@", "@example.com", "a@b@c", "a b@c", "a/b@c", ".a@b"])
    func `a bad user principal name is refused`(_ name: String) async throws {
        let estate = try await ResourceEstate()

        #expect(await refusal { try await Self.user(estate, name) }?.code == .badRequest)
    }

    @Test func `a password has its rules, and no answer repeats it`() {
        let check = { (text: String) in
            do throws(ServiceError) {
                try DirectoryRule.check(password: Secret(text), of: "ada.lovelace@example.com")
                return ServiceError?.none
            } catch {
                return error
            }
        }

        for bad in [
            "elevenchars", String(repeating: "ab", count: 129), "ADA.lovelace", "ada.lovelace@EXAMPLE.com",
            "xxxxxxxxxxxx",
        ] {
            #expect(check(bad)?.code == .badRequest)
            #expect(check(bad)?.message.contains(bad) == false)
        }
        #expect(check("twelve chars") == nil)
    }

    @Test func `groups have names and members that are there`() async throws {
        let estate = try await ResourceEstate()
        let group = try await Self.group(estate, "operators")
        let ada = try await Self.user(estate, "ada@example.com")
        try await Self.add(estate, ada, to: group.objectID)
        try await Self.add(estate, ada, to: "OPERATORS")

        let members = try estate.controlPlane.members(
            ofGroup: Self.id("groups", "operators"), of: estate.owner, page: .everything)
        #expect(members.map(\.name) == ["ada@example.com"])
        #expect(await refusal { try await Self.add(estate, group, to: "operators") }?.code == .badRequest)
        var nobody = ada
        nobody.objectID = "00000000-0000-4000-8000-0000000000ff"
        #expect(await refusal { try await Self.add(estate, nobody, to: "operators") }?.code == .principalNotFound)
        let other = estate.operation(Self.id("groups", "others"))
        let input = DirectoryGroupInput(displayName: "Operators", description: nil)
        #expect(await refusal { try await estate.controlPlane.putGroup(input, other) }?.code == .conflict)
        _ = try await estate.controlPlane.deleteUser(estate.operation(Self.id("users", "ada@example.com")))
        #expect(
            try estate.controlPlane.members(
                ofGroup: Self.id("groups", "operators"), of: estate.owner, page: .everything
            ).isEmpty)
    }
}
