import RelayModel
import Testing

struct PreconditionTests {
    @Test(arguments: [
        (Precondition.none, nil, true), (.none, "A", true),
        (Precondition(ifMatch: ["A"], ifNoneMatch: nil), "A", true),
        (Precondition(ifMatch: ["B", "A"], ifNoneMatch: nil), "A", true),
        (Precondition(ifMatch: ["B"], ifNoneMatch: nil), "A", false),
        (Precondition(ifMatch: ["a"], ifNoneMatch: nil), "A", false),
        (Precondition(ifMatch: ["A"], ifNoneMatch: nil), nil, false),
        (Precondition(ifMatch: ["*"], ifNoneMatch: nil), "A", true),
        (Precondition(ifMatch: ["*"], ifNoneMatch: nil), nil, false),
        (Precondition(ifMatch: [], ifNoneMatch: nil), "A", false),
        (Precondition(ifMatch: nil, ifNoneMatch: ["*"]), nil, true),
        (Precondition(ifMatch: nil, ifNoneMatch: ["*"]), "A", false),
        (Precondition(ifMatch: nil, ifNoneMatch: ["A"]), "A", false),
        (Precondition(ifMatch: nil, ifNoneMatch: ["B", "A"]), "A", false),
        (Precondition(ifMatch: nil, ifNoneMatch: ["B"]), "A", true),
        (Precondition(ifMatch: nil, ifNoneMatch: ["A"]), nil, true),
        (Precondition(ifMatch: ["A"], ifNoneMatch: ["A"]), "A", false),
        (Precondition(ifMatch: ["A"], ifNoneMatch: ["B"]), "A", true),
        (Precondition(ifMatch: ["*"], ifNoneMatch: ["*"]), nil, false),
    ])
    func `conditions hold or fail by the present ETag`(_ condition: Precondition, _ etag: String?, _ holds: Bool) throws
    {
        if holds {
            #expect(throws: Never.self) { try condition.check(etag: etag) }
        } else {
            let error = try #require(throws: ServiceError.self) { try condition.check(etag: etag) }
            #expect(error.code == .preconditionFailed)
        }
    }

    @Test func `the message says which condition failed and why`() {
        let match = Precondition(ifMatch: ["A"], ifNoneMatch: nil)
        let message = { (condition: Precondition, etag: String?) in
            #expect(throws: ServiceError.self) { try condition.check(etag: etag) }?.message
        }

        #expect(message(match, nil) == "The condition If-Match is not met: the resource does not exist.")
        #expect(message(match, "B") == "The condition If-Match is not met: the resource has been changed since.")
        #expect(
            message(Precondition(ifMatch: nil, ifNoneMatch: ["*"]), "B")
                == "The condition If-None-Match is not met: the resource exists."
        )
    }
}
