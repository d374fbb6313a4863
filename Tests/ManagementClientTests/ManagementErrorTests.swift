import Testing

@testable import ManagementClient

struct ManagementErrorTests {
    private func error(_ status: Int, _ body: String) -> ManagementError {
        ManagementError(
            ManagementResponse(
                status: status, reason: "Not Found", headers: [("X-MS-Request-ID", "r-1")], body: Array(body.utf8)
            )
        )
    }

    @Test func `the error of the management API is read with its details`() {
        let error = error(
            404,
            #"{"error":{"code":"ResourceNotFound","message":"Gone.","target":"name","details":[{"message":"Why."}]}}"#
        )

        #expect(error.status == 404)
        #expect(error.code == "ResourceNotFound")
        #expect(error.description == "ResourceNotFound: Gone. Why. (target: name) (request r-1)")
    }

    @Test func `the error of a sign-in is read`() {
        let error = error(401, #"{"error":"invalid_client","error_description":"The secret is wrong."}"#)

        #expect(error.code == "invalid_client")
        #expect(error.message == "The secret is wrong.")
    }

    @Test(arguments: [
        ("", "the server gave no reason"), ("Bad gateway", "Bad gateway"), ("{}", "the server gave no reason"),
    ])
    func `any other answer is still an error`(_ body: String, _ message: String) {
        let error = error(502, body)

        #expect(error.code == "HTTP 502 Not Found")
        #expect(error.message == message)
    }
}
