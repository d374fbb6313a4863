import HTTPTypes
import Hummingbird
import NIOCore
import RelayModel

/// What is known about one request while it is checked.
struct Exchange {
    private static let correlationRequestID = HTTPField.Name.known("x-ms-correlation-request-id")
    private static let clientRequestID = HTTPField.Name.known("x-ms-client-request-id")
    private static let returnClientRequestID = HTTPField.Name.known("x-ms-return-client-request-id")
    private static let lastEventID = HTTPField.Name.known("last-event-id")
    private static let forwardedFor = HTTPField.Name.known("x-forwarded-for")

    let request: Request
    let channel: any Channel
    /// The request target as it came, without scheme and authority.
    let target: String
    let identifiers: RequestIdentifiers
    let clientAddress: String
    let bearerToken: String?
    private(set) var segments: [String] = []
    private(set) var query = QueryParameters(pairs: [])
    var caller: Caller?
    var limit: RateLimiter.Decision?
    var isWeb = false
    var allowedMethods: String?

    init(_ request: Request, context: ManagementRequestContext, trustedProxies: [IPv4Range]) {
        self.request = request
        channel = context.channel
        target = Self.originForm(request.head.path ?? "/")
        let headers = request.headers
        bearerToken = Self.bearerToken(headers[.authorization])
        identifiers = RequestIdentifiers(
            correlationID: headers[Self.correlationRequestID], clientRequestID: headers[Self.clientRequestID],
            echoesClientRequestID: headers[Self.returnClientRequestID]?.equalsIgnoringCase("true") ?? false
        )
        clientAddress = ForwardedAddress.client(
            peer: context.remoteAddress, forwardedFor: headers[Self.forwardedFor], trusted: trustedProxies
        )
    }

    /// An absolute form (`https://host/path`) names this server too; only its path counts.
    private static func originForm(_ target: String) -> String {
        guard !target.hasPrefix("/") else { return target }
        guard let scheme = target.firstRange(of: "://") else { return "/" + target }
        guard let slash = target[scheme.upperBound...].firstIndex(of: "/") else { return "/" }
        return String(target[slash...])
    }

    /// The target's path as it came.
    var path: String { String(decoding: target.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self) }

    /// The part of the Authorization header after `Bearer `, whose case does not matter.
    private static func bearerToken(_ header: String?) -> String? {
        guard let header, header.utf8.count > bearerScheme.count,
            zip(header.utf8, bearerScheme).allSatisfy({ $0.asciiLowercased == $1 })
        else { return nil }
        return String(decoding: header.utf8.dropFirst(bearerScheme.count), as: UTF8.self)
    }

    private static let bearerScheme = Array("bearer ".utf8)

    var kind: RateLimiter.Kind {
        switch request.method {
        case .get, .head: .reads
        case .delete: .deletes
        default: .writes
        }
    }

    /// A GET without conditions, whose answer is the same for everybody with the right.
    var isPlainRead: Bool {
        request.headers[.ifMatch] == nil && request.headers[.ifNoneMatch] == nil
    }

    var wantsEventStream: Bool {
        request.headers[.accept]?.asciiLowercased.contains("text/event-stream") ?? false
    }

    var lastEventID: String? { request.headers[Self.lastEventID] }

    var precondition: Precondition {
        Precondition(
            ifMatch: Self.etags(request.headers[.ifMatch]), ifNoneMatch: Self.etags(request.headers[.ifNoneMatch])
        )
    }

    /// Splits the target into decoded segments and the query.
    /// - Throws: `ServiceError` with `badRequest` for a target that has an invalid part.
    mutating func checkTarget() throws(ServiceError) {
        let bytes = target.utf8
        let question = bytes.firstIndex(of: UInt8(ascii: "?"))
        query = QueryParameters(question.map { target[bytes.index(after: $0)...] } ?? "")
        for part in bytes[..<(question ?? bytes.endIndex)].split(separator: UInt8(ascii: "/")) {
            let segment = try PercentEncoding.decode(Substring(part))
            if segments.isEmpty, segment.utf8.contains(UInt8(ascii: "/")) {
                // Some clients send a whole scope as one escaped segment in front.
                segments = try Self.scope(segment)
                continue
            }
            guard segment != ".", segment != "..", !segment.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw ServiceError(.badRequest, "The request path has an invalid segment '\(NameRule.shown(segment))'.")
            }
            // A slash inside of a name stands as `~` in resource IDs.
            segments.append(segment.utf8.contains(UInt8(ascii: "/")) ? segment.replacing("/", with: "~") : segment)
        }
    }

    private static func scope(_ text: String) throws(ServiceError) -> [String] {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.allSatisfy({ $0 != "." && $0 != ".." && !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F } }) else {
            throw ServiceError(.badRequest, "The request path has an invalid scope '\(NameRule.shown(text))'.")
        }
        return parts
    }

    private static func etags(_ header: String?) -> [String]? {
        header.map { header in
            header.split(separator: ",").map { part in
                var tag = part.drop { $0 == " " }
                while tag.last == " " { tag = tag.dropLast() }
                if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
                if tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") { tag = tag.dropFirst().dropLast() }
                return String(tag)
            }
        }
    }
}

/// Whom a request comes from when proxies stand in between.
enum ForwardedAddress {
    /// The last address of `X-Forwarded-For` that is no trusted proxy, when the peer itself is a trusted one.
    static func client(peer: String, forwardedFor: String?, trusted: [IPv4Range]) -> String {
        guard !trusted.isEmpty, let forwardedFor, isTrusted(peer, trusted) else { return peer }
        let hops = forwardedFor.split(separator: ",").map { $0.filter { $0 != " " } }
        return hops.last { !isTrusted($0, trusted) } ?? hops.first ?? peer
    }

    private static func isTrusted(_ address: String, _ trusted: [IPv4Range]) -> Bool {
        guard let range = try? IPv4Range(address), range.prefixLength == 32 else { return false }
        return trusted.contains { $0.contains(range.network) }
    }
}

extension HTTPField.Name {
    /// A header name that stands in this program's text and is known to be a token.
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no header name") }
        return name
    }
}
