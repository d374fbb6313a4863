import ManagementDocuments
import RelayModel
import Testing

struct AuthorizationDocumentTests {
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)
    private static let group = ResourceID.resourceGroup("factory", subscription: "s")

    private static func refusal(_ body: () throws(ServiceError) -> some Any) -> ServiceError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    private static func versioned<Value: Sendable>(_ value: Value, _ id: ResourceID) -> Versioned<Value> {
        Versioned(rowID: 1, id: id, value: value, etag: "e", createdAt: moment, updatedAt: moment)
    }

    @Test func `a lock is shown, and what is shown can be sent back`() throws {
        let lock = ResourceLock(name: "keep", scope: Self.group, level: .canNotDelete, notes: "why", owners: ["app"])
        let id = Self.group.child("providers/Microsoft.Authorization/locks", "keep")

        let document = ResourceLockDocument.render(Self.versioned(lock, id))
        let fields = try ResourceLockDocument.parse(document)

        #expect(
            document.text == #"{"id":"\#(id)","name":"keep","type":"Microsoft.Authorization/locks","#
                + #""properties":{"level":"CanNotDelete","notes":"why","owners":[{"applicationId":"app"}]}}"#
        )
        #expect((fields.level, fields.notes, fields.owners) == (.canNotDelete, "why", ["app"]))
    }

    @Test(arguments: [
        #"{}"#, #"{"properties":{}}"#, #"{"properties":{"level":"Always"}}"#,
        #"{"properties":{"level":"ReadOnly","owners":[{}]}}"#, #"{"properties":{"level":"ReadOnly","owners":["a"]}}"#,
        #"{"properties":{"level":1}}"#,
    ])
    func `a bad lock is refused`(_ text: String) throws {
        let body = try JSONValue(text: text)

        #expect(throws: ServiceError.self) { try ResourceLockDocument.parse(body) }
    }

    @Test func `a role assignment is shown with the role's ID below its own subscription`() throws {
        let id = Self.group.child("providers/Microsoft.Authorization/roleAssignments", "n")
        let assignment = RoleAssignment(
            tenantID: "t", name: "n", scope: Self.group, roleDefinitionID: RoleDefinition.reader.id, principalID: "p",
            principalType: "ServicePrincipal", description: "why"
        )

        let document = RoleAssignmentDocument.render(Self.versioned(assignment, id))
        let fields = try RoleAssignmentDocument.parse(document)

        #expect(document["properties"]?["scope"]?.string == Self.group.path)
        #expect(
            fields.roleDefinitionID
                == "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/\(RoleDefinition.reader.id)"
        )
        #expect(document["properties"]?["createdOn"]?.string == "2026-02-02T02:40:00.0000000Z")
        #expect((fields.principalID, fields.principalType, fields.description) == ("p", "ServicePrincipal", "why"))
        #expect(
            RoleDefinitionDocument.id(of: "r", at: .tenant).path
                == "/providers/Microsoft.Authorization/roleDefinitions/r")
    }

    @Test(arguments: [
        (#"{"properties":{"principalId":"p"}}"#, "properties.roleDefinitionId"),
        (#"{"properties":{"roleDefinitionId":"r"}}"#, "properties.principalId"),
        (#"{"properties":{"roleDefinitionId":"r","principalId":"p","condition":"x"}}"#, "properties.condition"),
        (#"{"properties":{"roleDefinitionId":"","principalId":"p"}}"#, "properties.roleDefinitionId"),
    ])
    func `a bad role assignment is refused with the field at fault`(_ text: String, _ target: String) throws {
        let body = try JSONValue(text: text)
        let error = Self.refusal { () throws(ServiceError) in try RoleAssignmentDocument.parse(body) }

        #expect(error?.code == .badRequest)
        #expect(error?.target == target)
    }

    @Test func `an empty condition is none`() throws {
        let text =
            #"{"properties":{"roleDefinitionId":"r","principalId":"p","condition":null,"conditionVersion":"2.0"}}"#

        #expect(try RoleAssignmentDocument.parse(JSONValue(text: text)).principalID == "p")
    }

    @Test func `a role is shown with its actions`() {
        let document = RoleDefinitionDocument.render(.azureRelaySender, at: Self.group)

        #expect(document["name"]?.string == "26baccc8-eea7-41f1-98f4-1762cc7f685d")
        #expect(document["properties"]?["roleName"] == "Azure Relay Sender")
        let permissions = document["properties"]?["permissions"]?[0]
        #expect(permissions?["dataActions"] == ["Microsoft.Relay/*/send/action"])
        #expect(permissions?["notActions"] == [])
    }
}
