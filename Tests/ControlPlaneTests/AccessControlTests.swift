import ControlPlane
import RelayModel
import RelayStore
import Testing

struct AccessControlTests {
    private static let stranger = Caller(tenantID: "t", objectID: "nobody", clientID: "stranger", displayName: "")

    @Test func `who has no role is refused with Azure's sentence`() async throws {
        let estate = try await ResourceEstate()
        let action = "Microsoft.Relay/namespaces/read"

        let refused = await refusal {
            try estate.accessControl.check(Self.stranger, action: action, at: estate.namespace())
        }

        #expect(refused?.code == .authorizationFailed)
        #expect(
            refused?.message
                == "The client 'stranger' with object id 'nobody' does not have authorization to perform action "
                + "'Microsoft.Relay/namespaces/read' over scope '\(estate.namespace())' or the scope is invalid. If access "
                + "was recently granted, please refresh your credentials."
        )
    }

    @Test func `a role holds at its scope and below it, and nowhere else`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let reader = try await estate.caller("reader")
        try await estate.assign(.reader, to: reader, at: estate.group())
        let allows = { (scope: ResourceID) in
            try estate.accessControl.allows(reader, action: "Microsoft.Relay/namespaces/read", at: scope)
        }

        #expect(try allows(estate.group()))
        #expect(try allows(ResourceID(estate.group().path.uppercased())))
        #expect(try allows(estate.connection("orders")))
        #expect(try !allows(ResourceEstate.subscription))
        #expect(try !allows(estate.group("factory2")))
        #expect(try !allows(estate.group(subscription: ResourceEstate.otherSubscriptionID)))
        #expect(try !allows(.tenant))
    }

    @Test func `a role at the tenant holds everywhere`() async throws {
        let estate = try await ResourceEstate()

        for scope in [.tenant, ResourceEstate.subscription, estate.group("any"), estate.principal("x")] {
            #expect(try estate.accessControl.allows(estate.owner, action: "Anything/at/all/delete", at: scope))
        }
    }

    @Test func `object IDs and actions compare without regard to case`() async throws {
        let estate = try await ResourceEstate()
        var owner = estate.owner
        owner.objectID = owner.objectID.uppercased()

        try estate.accessControl.check(owner, action: "MICROSOFT.RELAY/NAMESPACES/WRITE", at: .tenant)
    }

    @Test func `a repeated question costs no SQL`() async throws {
        let estate = try await ResourceEstate()
        let action = "Microsoft.Relay/namespaces/read"
        try estate.accessControl.check(estate.owner, action: action, at: estate.namespace())
        _ = try estate.accessControl.allows(Self.stranger, action: action, at: estate.namespace())

        try estate.store.close()

        try estate.accessControl.check(estate.owner, action: action, at: estate.namespace())
        #expect(try !estate.accessControl.allows(Self.stranger, action: action, at: estate.namespace()))
        // Another question about the same assignments costs none either.
        try estate.accessControl.check(estate.owner, action: action, at: estate.group("other"))
        #expect(try estate.accessControl.hasAnyRight(estate.owner, under: ResourceEstate.subscription))
    }

    @Test func `a role that is given or taken away holds from the next question on`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let reader = try await estate.caller("reader")
        let allows = {
            try estate.accessControl.allows(reader, action: "Microsoft.Relay/namespaces/read", at: estate.namespace())
        }

        #expect(try !allows())
        try await estate.assign(.reader, to: reader, at: estate.group())
        #expect(try allows())
        let operation = estate.operation(estate.assignment(1, at: estate.group()), "x/delete")
        _ = try await estate.controlPlane.deleteRoleAssignment(operation)
        #expect(try !allows())
        try await estate.assign(.reader, to: reader, at: estate.group())
        #expect(try allows())
        _ = try await estate.controlPlane.deleteServicePrincipal(estate.operation(estate.principal("reader")))
        #expect(try !allows())
    }

    @Test func `roles add up`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let caller = try await estate.caller("both")
        try await estate.assign(.reader, to: caller, at: ResourceEstate.subscription, number: 1)
        try await estate.assign(.azureRelayOwner, to: caller, at: estate.group(), number: 2)
        let allows = { (action: String, scope: ResourceID) in
            try estate.accessControl.allows(caller, action: action, at: scope)
        }

        #expect(try allows("Microsoft.Relay/namespaces/write", estate.namespace()))
        #expect(try !allows("Microsoft.Relay/namespaces/write", ResourceEstate.subscription))
        #expect(try allows("Microsoft.Web/sites/read", estate.app()))
        #expect(try !allows("Microsoft.Web/sites/write", estate.app()))
    }

    @Test func `data actions are decided apart from actions`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let sender = try await estate.caller("sender")
        try await estate.assign(.azureRelaySender, to: sender, at: estate.group())
        let scope = estate.connection("orders")
        let send = "Microsoft.Relay/namespaces/hybridConnections/send/action"
        let listen = "Microsoft.Relay/namespaces/hybridConnections/listen/action"

        #expect(try estate.accessControl.allowsDataAction(sender, action: send, at: scope))
        #expect(try !estate.accessControl.allowsDataAction(sender, action: listen, at: scope))
        #expect(try !estate.accessControl.allows(sender, action: send, at: scope))
        #expect(try !estate.accessControl.allowsDataAction(estate.owner, action: send, at: scope))
    }

    @Test func `any right is one at, above or below the subscription`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let below = try await estate.caller("below")
        try await estate.assign(.azureRelayListener, to: below, at: estate.group())
        let other = ResourceID.subscription(ResourceEstate.otherSubscriptionID)
        let sees = { (caller: Caller, scope: ResourceID) in
            try estate.accessControl.hasAnyRight(caller, under: scope)
        }

        #expect(try sees(estate.owner, other))
        #expect(try sees(below, ResourceEstate.subscription))
        #expect(try !sees(below, other))
        #expect(try !sees(Self.stranger, ResourceEstate.subscription))
        let refused = await refusal {
            try estate.accessControl.checkAnyRight(below, action: "a/read", under: other)
        }
        #expect(refused?.code == .authorizationFailed)
    }

    @Test func `an assignment of a role that there is not gives nothing`() async throws {
        let estate = try await ResourceEstate()
        _ = try await estate.store.write { transaction in
            try transaction.insert(
                RoleAssignment(
                    tenantID: "t", name: "x", scope: .tenant, roleDefinitionID: "unknown", principalID: "nobody",
                    principalType: "ServicePrincipal", description: nil
                )
            )
        }

        #expect(try !estate.accessControl.allows(Self.stranger, action: "a/read", at: .tenant))
    }

    @Test func `more questions than are kept are answered all the same`() async throws {
        let estate = try await ResourceEstate()
        let scope = estate.namespace()

        for index in 0..<10_000 {
            #expect(try estate.accessControl.allows(estate.owner, action: "a/\(index)/read", at: scope))
            #expect(try !estate.accessControl.allows(Self.stranger, action: "a/\(index)/read", at: scope))
        }
    }

    @Test func `questions are answered while rights change`() async throws {
        let estate = try await ResourceEstate()
        let owner = estate.owner
        let control = estate.accessControl

        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for index in 0..<500 {
                        let owns = try control.allows(owner, action: "a/\(index % 7)/read", at: .tenant)
                        let intrudes = try control.allows(Self.stranger, action: "a/\(task)/read", at: .tenant)
                        #expect(owns && !intrudes)
                    }
                }
            }
            group.addTask {
                for index in 0..<20 { try await estate.putGroup("group\(index)") }
            }
            try await group.waitForAll()
        }
    }
}
