import RelayModel

/// A call that the server refused.
package struct ManagementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status.
    package var status: Int
    /// One word for programs: `ResourceNotFound`.
    package var code: String
    /// A sentence of the server for people.
    package var message: String
    /// The resource or field at fault.
    package var target: String?
    /// The sentences of nested causes.
    package var details: [String]
    /// The server's ID of the request.
    package var requestID: String?

    package init(
        status: Int, code: String, message: String, target: String? = nil, details: [String] = [],
        requestID: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = details
        self.requestID = requestID
    }

    /// Reads the error of a failed answer: the management API's form, the one of sign-in, or plain text.
    package init(_ response: ManagementResponse) {
        let document = try? JSONValue(utf8: response.body)
        let requestID = response.header("x-ms-request-id")
        if let error = document?["error"], let code = error["code"]?.string {
            self.init(
                status: response.status, code: code, message: error["message"]?.string ?? response.reason,
                target: error["target"]?.string,
                details: (error["details"]?.array ?? []).compactMap { $0["message"]?.string },
                requestID: requestID
            )
        } else if let code = document?["error"]?.string {
            let description = document?["error_description"]?.string ?? "the sign-in was refused"
            self.init(status: response.status, code: code, message: description, requestID: requestID)
        } else {
            let text = document == nil ? String(decoding: response.body.prefix(200), as: UTF8.self) : ""
            let message = text.isEmpty ? "the server gave no reason" : text
            self.init(
                status: response.status, code: "HTTP \(response.status) \(response.reason)", message: message,
                requestID: requestID
            )
        }
    }

    package var description: String {
        var text = "\(code): \(message)"
        for detail in details where detail != message { text += " \(detail)" }
        if let target { text += " (target: \(target))" }
        if let requestID { text += " (request \(requestID))" }
        return text
    }
}
