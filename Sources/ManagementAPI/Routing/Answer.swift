package import HTTPTypes
package import RelayModel

/// What a handler answers; the responder adds the headers that every answer has.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var body: Body
    /// Without quotation marks.
    package var etag: String?
    package var headers: HTTPFields

    package enum Body: Sendable {
        case none
        case json(JSONValue)
        case bytes([UInt8], contentType: String)
        /// Text that is written while it comes, until the closure returns. The writer throws when the client is gone.
        case stream(contentType: String, @Sendable (_ write: (String) async throws -> Void) async throws -> Void)
    }

    package init(
        _ status: HTTPResponse.Status, _ json: JSONValue? = nil, etag: String? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        body = json.map(Body.json) ?? .none
        self.etag = etag
        self.headers = headers
    }

    package init(_ status: HTTPResponse.Status, bytes: [UInt8], contentType: String) {
        self.status = status
        body = .bytes(bytes, contentType: contentType)
        headers = [:]
    }

    package init(
        streaming contentType: String,
        _ body: @escaping @Sendable (_ write: (String) async throws -> Void) async throws -> Void
    ) {
        status = .ok
        self.body = .stream(contentType: contentType, body)
        headers = [:]
    }

    /// A deletion: 200 when there was something, 204 when not.
    package static func deleted(_ wasThere: Bool) -> Answer {
        Answer(wasThere ? .ok : .noContent)
    }
}
