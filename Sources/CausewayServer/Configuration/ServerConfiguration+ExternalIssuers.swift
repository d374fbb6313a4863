import Identity
import LocalFiles
import RelayModel

extension ServerConfiguration {
    private static let issuerKeys = [
        "issuer", "audiences", "tenant", "subject-claim", "name-claim", "groups-claim", "jwks-file", "ca-file",
    ]

    /// In the file a list of mappings; elsewhere the same list as one text, in YAML's short form or as JSON.
    /// - Throws: ``ConfigurationError`` that names the key, its value and the rule that it broke.
    static func externalIssuers(_ sources: SettingSources) throws -> [ExternalIssuer] {
        guard let value = try sources.value("external-issuers", parse: { try YAMLText.parse($0) }), !value.isNull else {
            return []
        }
        guard let entries = value.array else {
            throw ConfigurationError("external-issuers must be a list of mappings with the key issuer.")
        }
        let issuers = try entries.map(issuer)
        var seen: Set<String> = []
        for issuer in issuers where !seen.insert(issuer.issuer).inserted {
            throw ConfigurationError("external-issuers has the issuer '\(issuer.issuer)' twice.")
        }
        return issuers
    }

    private static func issuer(_ entry: JSONValue) throws -> ExternalIssuer {
        guard let fields = entry.object else {
            throw ConfigurationError("external-issuers must be a list of mappings; an entry is \(entry.kind).")
        }
        for member in fields.members where !issuerKeys.contains(member.name) {
            throw ConfigurationError(
                "external-issuers has the unknown key '\(member.name)'; known keys are \(issuerKeys.joined(separator: ", "))."
            )
        }
        let url = try text(fields, "issuer") ?? ""
        guard ExternalIssuer.isFetchable(url), !url.contains("?") else {
            throw ConfigurationError(
                "external-issuers has the issuer '\(url)'; it must be an https URL without query (http only for this machine)."
            )
        }
        let tenantID = try text(fields, "tenant")?.asciiLowercased
        if let tenantID, !ExternalIssuer.isGUID(tenantID) {
            throw ConfigurationError("external-issuers has the tenant '\(tenantID)' for \(url); it must be a GUID.")
        }
        return ExternalIssuer(
            issuer: url, audiences: try audiences(fields, url), tenantID: tenantID,
            subjectClaim: try text(fields, "subject-claim"), nameClaim: try text(fields, "name-claim"),
            groupsClaim: try text(fields, "groups-claim") ?? "groups", keySetFile: try text(fields, "jwks-file"),
            caFile: try text(fields, "ca-file")
        )
    }

    private static func audiences(_ fields: JSONObject, _ issuer: String) throws -> [String] {
        guard let value = fields["audiences"] else { return [] }
        let audiences = value.string.map { [$0] } ?? value.array?.compactMap(\.string)
        guard let audiences, !audiences.contains(""), audiences.count == value.array?.count ?? 1 else {
            throw ConfigurationError("external-issuers has audiences for \(issuer) that are no list of texts.")
        }
        return audiences
    }

    private static func text(_ fields: JSONObject, _ name: String) throws -> String? {
        guard let value = fields[name] else { return nil }
        guard let text = value.string, !text.isEmpty else {
            throw ConfigurationError(
                "external-issuers has \(value.kind) for \(name); it must be a text that is not empty.")
        }
        return text
    }
}
