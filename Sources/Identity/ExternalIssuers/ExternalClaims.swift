import Crypto
import RelayModel

/// What a token of another issuer says, once its signature and its times are good.
struct ExternalClaims: Sendable {
    /// Groups of one token that are looked at; Entra puts at most 200 into a token.
    private static let groupsMax = 500

    let issuer: ExternalIssuer
    let notBefore: Timestamp
    let expiresAt: Timestamp
    private let claims: JSONValue

    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`.
    init(_ claims: JSONValue, issuer: ExternalIssuer, now: Timestamp) throws(ServiceError) {
        self.claims = claims
        self.issuer = issuer
        guard let expires = claims["exp"]?.epochSeconds else { throw JSONWebToken.invalid("it has no time of its end") }
        var begins: Int64 = 0
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let time = claim.epochSeconds else { throw JSONWebToken.invalid("its claim '\(name)' is no time") }
            begins = max(begins, time)
        }
        expiresAt = Timestamp(millisecondsSinceEpoch: expires * 1000)
        notBefore = Timestamp(millisecondsSinceEpoch: begins * 1000)
        guard now < expiresAt.adding(seconds: ExternalIssuers.skew) else {
            throw ServiceError(
                .expiredAuthenticationToken,
                "The token of '\(NameRule.shown(issuer.issuer))' expired at \(expiresAt.iso8601). Get a new one."
            )
        }
        guard notBefore <= now.adding(seconds: ExternalIssuers.skew) else {
            throw JSONWebToken.invalid("it is not valid yet")
        }
    }

    var audiences: [String] { claims["aud"]?.strings ?? [] }

    /// The first of those audiences that the token is for, compared byte by byte.
    func names(oneOf wanted: [String]) -> String? {
        let audiences = audiences
        return wanted.first { name in audiences.contains { $0.isSameBytes(as: name) } }
    }

    /// `sub`: what federated credentials are matched with.
    var subject: String? { claims["sub"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// The principal that the token is of, in the tenant that the issuer is configured for.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` when the token does not tell who it is.
    func caller(tenantID: String) throws(ServiceError) -> Caller {
        let claim = issuer.subjectClaim
        let objectID: String
        if claim == nil || claim == "oid", let oid = claims["oid"]?.string, let guid = Self.givenID(oid) {
            objectID = guid
        } else if let subject = claims[claim ?? "sub"]?.string, (1...1024).contains(subject.utf8.count) {
            objectID = Self.derivedID("\(issuer.issuer)#sub=\(subject)")
        } else {
            throw JSONWebToken.invalid("it has no claim '\(claim ?? "sub")' of 1 to 1024 bytes")
        }
        let isApplication = claims["idtyp"]?.string == "app"
        return Caller(
            tenantID: tenantID, objectID: objectID,
            clientID: Self.shown(claims["appid"] ?? claims["azp"] ?? claims["sub"]) ?? objectID,
            displayName: displayName ?? objectID, kind: isApplication ? .servicePrincipal : .user, groupIDs: groupIDs
        )
    }

    private var displayName: String? {
        if let name = issuer.nameClaim { return Self.shown(claims[name]) }
        for name in ["preferred_username", "upn", "name", "app_displayname", "sub"] {
            if let text = Self.shown(claims[name]) { return text }
        }
        return nil
    }

    /// Groups that are GUIDs are taken as they are; other names get an ID of their own.
    private var groupIDs: [String] {
        let groups = (claims[issuer.groupsClaim]?.strings ?? []).prefix(Self.groupsMax)
        let ids = groups.map { Self.givenID($0) ?? Self.derivedID("\(issuer.issuer)#group=\($0)") }
        return Array(Set(ids)).sorted()
    }

    /// What stands in logs and documents: one line, not too long.
    private static func shown(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return String(
            text.prefix(120).map { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : $0 })
    }

    /// A GUID that an issuer gave to a principal or a group, in lower case. One of version 5 is a name like any other:
    /// only this server makes those, from names, and whoever may choose a name must not choose another one's ID with it.
    private static func givenID(_ text: String) -> String? {
        guid(text).flatMap { guid in
            guid.utf8[guid.utf8.index(guid.utf8.startIndex, offsetBy: 14)] == UInt8(ascii: "5") ? nil : guid
        }
    }

    /// The GUID in lower case, when the text is one.
    static func guid(_ text: String) -> String? {
        let lower = text.asciiLowercased
        let groups = lower.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
            lower.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D })
        else { return nil }
        return lower
    }

    /// A GUID made from a name in the name space of URLs (RFC 9562 version 5), which every language can compute.
    static func derivedID(_ name: String) -> String {
        let space: [UInt8] = [
            0x6B, 0xA7, 0xB8, 0x11, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
        ]
        var hash = Insecure.SHA1()
        hash.update(data: space)
        hash.update(data: Array(name.utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        return [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]].map { $0.joined() }.joined(
            separator: "-")
    }
}
