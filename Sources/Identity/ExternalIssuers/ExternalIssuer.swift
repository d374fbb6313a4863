import RelayModel

/// An OpenID Connect provider whose tokens this server believes, as the operator configured it.
package struct ExternalIssuer: Sendable, Hashable {
    /// The URL, exactly as `iss` of its tokens spells it.
    package var issuer: String
    /// What `aud` of a token must name for the token to be good as it is; without any, tokens of this issuer are good
    /// for federated credentials alone.
    package var audiences: [String]
    /// The tenant that its principals belong to; `nil` for the first one.
    package var tenantID: String?
    /// The claim that tells principals apart; `nil` for `oid` where it is a GUID, and `sub` elsewhere.
    package var subjectClaim: String?
    package var nameClaim: String?
    package var groupsClaim: String
    /// A file with the key set, instead of the one that the issuer publishes.
    package var keySetFile: String?
    /// Further authorities, in PEM form, that the issuer's certificate may be from.
    package var caFile: String?

    package init(
        issuer: String, audiences: [String] = [], tenantID: String? = nil, subjectClaim: String? = nil,
        nameClaim: String? = nil, groupsClaim: String = "groups", keySetFile: String? = nil, caFile: String? = nil
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.tenantID = tenantID
        self.subjectClaim = subjectClaim
        self.nameClaim = nameClaim
        self.groupsClaim = groupsClaim
        self.keySetFile = keySetFile
        self.caFile = caFile
    }

    /// Where the issuer describes itself.
    var configurationURL: String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Whether the text is a GUID.
    package static func isGUID(_ text: String) -> Bool { ExternalClaims.guid(text) != nil }

    /// Whether keys may be fetched from that URL: https, or http of this machine, without user, query or fragment.
    package static func isFetchable(_ url: String) -> Bool {
        guard url.utf8.count <= 2048, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !url.contains(where: { "#@\\\"<>".contains($0) }), let colon = url.firstRange(of: "://")
        else { return false }
        let authority = url[colon.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.hasPrefix(":") else { return false }
        switch url[..<colon.lowerBound] {
        case "https": return true
        case "http": return isLoopback(authority)
        default: return false
        }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        let host = authority.prefix { $0 != ":" }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost"
            || (numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil })
    }
}

/// The way to documents of issuers, which is no matter of this target: it has no network of its own.
package protocol IssuerDocuments: Sendable {
    /// The body that the URL answers with status 200. No redirect is followed; size and time are bounded.
    /// - Throws: ``IssuerFailure``.
    func fetch(_ url: String, for issuer: ExternalIssuer) async throws(IssuerFailure) -> [UInt8]

    /// The bytes of a file of this machine.
    /// - Throws: ``IssuerFailure``.
    func read(file path: String) async throws(IssuerFailure) -> [UInt8]
}

/// Why the keys of an issuer cannot be had, as a part of a sentence.
package struct IssuerFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
