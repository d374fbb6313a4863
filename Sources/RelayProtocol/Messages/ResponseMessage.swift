/// A listener's answer to an HTTP request, as it wrote it: nothing in it has been checked but its JSON (R39, R98).
package struct ResponseMessage: Sendable {
    package var requestID: String
    /// `nil` when it is missing or no whole number.
    package var statusCode: Int?
    /// `nil` when it is missing.
    package var statusDescription: String?
    /// Numbers and Booleans as text; a list as several fields.
    package var responseHeaders: HeaderFields
    /// Whether one binary message with the body follows.
    package var hasBody: Bool

    package init(
        requestID: String, statusCode: Int?, statusDescription: String? = nil, responseHeaders: HeaderFields = [],
        hasBody: Bool = false
    ) {
        self.requestID = requestID
        self.statusCode = statusCode
        self.statusDescription = statusDescription
        self.responseHeaders = responseHeaders
        self.hasBody = hasBody
    }
}
