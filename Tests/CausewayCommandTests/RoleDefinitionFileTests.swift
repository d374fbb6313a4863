import ManagementClient
import RelayModel
import Testing

@testable import causeway

struct RoleDefinitionFileTests {
    @Test(arguments: [
        #"{"Name":"W","Actions":["*/read"],"AssignableScopes":["/subscriptions/s"]}"#,
        #"{"properties":{"roleName":"W","permissions":[{"actions":["*/read"]}],"assignableScopes":["/subscriptions/s"]}}"#,
    ])
    func `a role is read as az takes it and as the server answers it`(_ text: String) throws {
        let file = try RoleDefinitionFile(text)

        #expect(file.roleName == "W")
        #expect(file.properties["permissions"]?[0]?["actions"] == ["*/read"])
        #expect(try file.path().resourceID == "/subscriptions/s")
    }
}
