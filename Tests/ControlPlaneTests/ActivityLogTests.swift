import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ActivityLogTests {
    /// Five records, one minute apart: two groups, a namespace, its hybrid connection, and a refusal.
    private static func estate() async throws -> ResourceEstate {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        estate.clock.advance(seconds: 60)
        try await estate.putGroup("office")
        estate.clock.advance(seconds: 60)
        try await estate.putNamespace()
        estate.clock.advance(seconds: 60)
        try await estate.putConnection("orders")
        estate.clock.advance(seconds: 60)
        _ = await refusal { try await estate.putNamespace(location: "eastus") }
        return estate
    }

    private static func list(
        _ estate: ResourceEstate, _ filter: String? = nil, page: Page = .everything
    ) throws -> [ActivityRecord] {
        try estate.controlPlane.activities(
            subscription: ResourceEstate.subscription, filter: filter.map { try FilterExpression($0) }, page: page
        )
    }

    @Test func `every write makes one record, the newest first`() async throws {
        let estate = try await Self.estate()

        let records = try Self.list(estate)

        #expect(records.map(\.event.succeeded) == [false, true, true, true, true])
        #expect(
            records.map(\.event.operation.resourceID) == [
                estate.namespace(), estate.connection("orders"), estate.namespace(), estate.group("office"),
                estate.group(),
            ]
        )
        #expect(records[0].event.errorCode == "InvalidResourceLocation")
        #expect(records[0].event.operation.caller.clientID == "admin")
        #expect(records[0].event.at == estate.clock.now)
    }

    @Test func `a filter chooses`() async throws {
        let estate = try await Self.estate()
        let start = estate.clock.now.adding(seconds: -240)
        let minute = { (count: Int64) in start.adding(seconds: count * 60).iso8601 }
        let count = { (filter: String) in try Self.list(estate, filter).count }

        #expect(try count("eventTimestamp ge '\(minute(1))'") == 4)
        #expect(try count("eventTimestamp gt '\(minute(1))'") == 3)
        #expect(try count("eventTimestamp ge '\(minute(1))' and eventTimestamp le '\(minute(2))'") == 2)
        #expect(try count("eventTimestamp lt '\(minute(1))'") == 1)
        #expect(try count("eventTimestamp ge \(minute(4))") == 1)
        #expect(try count("caller eq 'ADMIN'") == 5 && count("caller eq 'somebody'") == 0)
        #expect(try count("status eq 'failed'") == 1 && count("status eq 'Succeeded'") == 4)
        #expect(try count("resourceGroupName eq 'FACTORY'") == 4)
        #expect(try count("resourceUri eq '\(estate.namespace().path.uppercased())'") == 3)
        #expect(try count("resourceUri eq '\(estate.namespace().path)/'") == 3)
        #expect(try count("resourceProvider eq 'microsoft.relay'") == 3)
        #expect(try count("correlationId eq 'C0A8012E-7a41-4f4e-9d0e-3b6f5f0e8a77'") == 5)
        #expect(try count("correlationId eq 'none'") == 0)
        #expect(try count("resourceGroupName eq 'factory' and resourceProvider eq 'Microsoft.Resources'") == 1)
    }

    @Test(arguments: [
        "eventTimestamp ge 'yesterday'", "eventTimestamp eq '2026-01-01'", "caller ne 'admin'", "status eq 'Started'",
        "resourceGroupName ne 'factory'", "resourceGroupName eq 'a' or resourceGroupName eq 'b'",
        "not (resourceGroupName eq 'a')", "substringof('a', resourceUri)", "resourceUri eq 'a//b'",
    ])
    func `a filter that cannot be answered is refused`(_ filter: String) async throws {
        let estate = try await ResourceEstate()

        #expect(await refusal { try Self.list(estate, filter) }?.code == .invalidFilter)
    }

    @Test func `a list is continued before the last record that was shown`() async throws {
        let estate = try await Self.estate()

        let first = try Self.list(estate, page: Page(after: "", limit: 2))
        let rest = try Self.list(estate, page: Page(after: String(first[1].rowID), limit: 100))

        #expect(first.count == 2)
        #expect(rest.count == 3)
        #expect(rest.allSatisfy { $0.rowID < first[1].rowID })
        #expect(await refusal { try Self.list(estate, page: Page(after: "x", limit: 2)) }?.code == .invalidSkipToken)
    }

    @Test func `what is older than 90 days is not shown without being asked for`() async throws {
        let estate = try await Self.estate()
        let before = estate.clock.now
        estate.clock.advance(seconds: 91 * 86_400)
        try await estate.putGroup("new")

        #expect(try Self.list(estate).count == 1)
        #expect(try Self.list(estate, "eventTimestamp ge '\(before.adding(seconds: -600).iso8601)'").count == 6)
    }

    @Test func `each subscription has its own log`() async throws {
        let estate = try await Self.estate()
        let list = { (id: ResourceID) in
            try estate.controlPlane.activities(subscription: id, filter: nil, page: .everything)
        }

        #expect(try list(.subscription(ResourceEstate.otherSubscriptionID)).isEmpty)
        #expect(await refusal { try list(.subscription("none")) }?.code == .subscriptionNotFound)
    }
}
