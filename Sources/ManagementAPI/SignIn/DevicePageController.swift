import HTTPTypes
import Identity
import RelayModel

/// The page at which a person approves the sign-in of a device. It keeps no session and sets no cookie: every answer
/// comes with the code, the name and the password, and none of the two last ever stands in a page.
struct DevicePageController: Sendable {
    private let signIn: SignIn
    private let endpoint: String
    private let now: @Sendable () -> Timestamp

    init(_ api: ManagementAPI) {
        signIn = api.signIn
        endpoint = api.settings.endpoint
        now = api.now
    }

    func show(_ call: Call) async throws -> Answer { Self.page(.ok, DevicePage.askForCode(problem: nil)) }

    /// First the code alone, which shows who asks; then name and password, or no.
    func submit(_ call: Call) async throws -> Answer {
        guard call.signInHeaders.isFromOwnPage(authority: call.authority, endpoint: endpoint) else {
            return Self.page(.forbidden, DevicePage.message("Refused", "The form was sent by another site."))
        }
        let form = QueryParameters(Substring(try await call.bodyText()))
        let code = form["code"] ?? ""
        do {
            switch form["action"] {
            case "decline":
                try signIn.decline(userCode: code, address: call.clientAddress, now: now())
                return Self.page(.ok, DevicePage.message("Declined", "The device was not signed in. Close this page."))
            case "approve": return try approve(code, form, call)
            default:
                let request = try signIn.deviceSignIn(userCode: code, address: call.clientAddress, now: now())
                return Self.page(.ok, DevicePage.askForPassword(code: code, request, problem: nil))
            }
        } catch let refusal as SignIn.ApprovalRefusal {
            return Self.page(.badRequest, DevicePage.askForCode(problem: refusal.description))
        }
    }

    private func approve(_ code: String, _ form: QueryParameters, _ call: Call) throws -> Answer {
        let request = try signIn.deviceSignIn(userCode: code, address: call.clientAddress, now: now())
        do {
            try signIn.approve(
                userCode: code, userName: form["username"] ?? "", password: Secret(form["password"] ?? ""),
                address: call.clientAddress, now: now())
        } catch let refusal as SignIn.ApprovalRefusal {
            return Self.page(
                .badRequest, DevicePage.askForPassword(code: code, request, problem: refusal.description))
        }
        return Self.page(.ok, DevicePage.message("Signed in", "The device is signed in. Close this page."))
    }

    private static func page(_ status: HTTPResponse.Status, _ html: String) -> Answer {
        var answer = Answer(status, bytes: Array(html.utf8), contentType: "text/html; charset=utf-8")
        answer.headers[.cacheControl] = "no-store"
        answer.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        answer.headers[.known("referrer-policy")] = "same-origin"
        answer.headers[.known("x-frame-options")] = "DENY"
        return answer
    }
}
