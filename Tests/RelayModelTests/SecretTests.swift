import RelayModel
import Testing

struct SecretTests {
    private struct Owner {
        var name = "owner"
        var key = Secret("hunter2-correct-horse")
        var bytes = Secret(Array("hunter2-correct-horse".utf8))
        var optional: Secret<String>? = Secret("hunter2-correct-horse")
        var list = [Secret("hunter2-correct-horse")]
        var table = [Secret("hunter2-correct-horse"): Secret("hunter2-correct-horse")]
    }

    private static func isClean(_ text: String) -> Bool {
        // The first bytes stand for an array of bytes that is printed as numbers.
        !text.contains("hunter2") && !text.contains("104, 117, 110") && !text.contains("horse")
    }

    @Test func `no way of printing shows the value`() {
        let secret = Secret("hunter2-correct-horse")
        var dumped = ""
        dump(secret, to: &dumped)
        var printed = ""
        print(secret, to: &printed)

        #expect(secret.description == "<secret>")
        #expect(secret.debugDescription == "<secret>")
        #expect("\(secret)" == "<secret>")
        #expect(String(describing: secret) == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        #expect(printed == "<secret>\n")
        #expect(dumped.contains("<secret>"))
        #expect(Self.isClean(dumped))
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func `a value that holds secrets does not show them either`() {
        let owner = Owner()
        var dumped = ""
        dump(owner, to: &dumped)

        #expect(Self.isClean(dumped))
        #expect(Self.isClean("\(owner)"))
        #expect(Self.isClean(String(reflecting: owner)))
        #expect(dumped.contains("owner"))
        for child in Mirror(reflecting: owner).children {
            #expect(Self.isClean("\(child.value)"))
        }
    }

    @Test func `an error that was made with a secret does not show it`() {
        let error = ServiceError(.badRequest, "The key \(Secret("hunter2-correct-horse")) is short.")

        #expect(error.description == "BadRequest: The key <secret> is short.")
        #expect(Self.isClean(String(reflecting: error)))
    }

    @Test func `the value comes out by its one door and compares`() {
        #expect(Secret("a").reveal() == "a")
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Set([Secret("a"), Secret("a")]).count == 1)
    }
}
