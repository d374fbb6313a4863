package import RelayModel

/// The bodies that are sent to the directory in the form of Microsoft Graph 1.0.
package enum GraphFields {
    package struct User: Sendable {
        package var userPrincipalName: String?
        package var displayName: String?
        package var isEnabled: Bool?
        package var password: Secret<String>?
    }

    package static func user(_ body: JSONValue) throws(ServiceError) -> User {
        let reader = try DocumentReader(body)
        let profile = try reader.object("passwordProfile")
        if try profile.bool("forceChangePasswordNextSignIn") == true {
            throw ServiceError(
                .badRequest, "Passwords that must be changed at the next sign-in are not supported.",
                target: "passwordProfile.forceChangePasswordNextSignIn"
            )
        }
        return User(
            userPrincipalName: try reader.string("userPrincipalName"), displayName: try reader.string("displayName"),
            isEnabled: try reader.bool("accountEnabled"), password: try profile.string("password").map { Secret($0) }
        )
    }

    package static func group(_ body: JSONValue) throws(ServiceError) -> (displayName: String, description: String?) {
        let reader = try DocumentReader(body)
        return (try reader.requiredString("displayName"), try reader.string("description"))
    }

    /// The object ID at the end of `@odata.id`, a URL.
    package static func reference(_ body: JSONValue) throws(ServiceError) -> String {
        let url = try DocumentReader(body).requiredString("@odata.id")
        return url.split(separator: "/").last.map(String.init) ?? url
    }

    package static func application(_ body: JSONValue) throws(ServiceError) -> String {
        try DocumentReader(body).requiredString("displayName")
    }

    package static func clientID(_ body: JSONValue) throws(ServiceError) -> String {
        try DocumentReader(body).requiredString("appId")
    }

    package static func servicePrincipal(
        _ body: JSONValue
    ) throws(ServiceError) -> (displayName: String?, isEnabled: Bool?) {
        let reader = try DocumentReader(body)
        return (try reader.string("displayName"), try reader.bool("accountEnabled"))
    }

    /// When the secret is to end; `nil` for never.
    package static func passwordEnd(_ body: JSONValue?) throws(ServiceError) -> Timestamp? {
        guard let body else { return nil }
        let credential = try DocumentReader(body).object("passwordCredential")
        guard let text = try credential.string("endDateTime") else { return nil }
        guard let end = Timestamp(iso8601: text) else {
            throw ServiceError(
                .badRequest,
                "The endDateTime '\(NameRule.shown(text))' is not a time of the form 2026-01-31T08:00:00Z.",
                target: "passwordCredential.endDateTime"
            )
        }
        return end
    }

    package static func keyID(_ body: JSONValue) throws(ServiceError) -> String {
        try DocumentReader(body).requiredString("keyId")
    }

    /// `types`: without regard to case; empty for all.
    package static func ids(_ body: JSONValue) throws(ServiceError) -> (ids: [String], types: [String]) {
        let reader = try DocumentReader(body)
        return (try reader.strings("ids") ?? [], try reader.strings("types") ?? [])
    }

    package static func groupIDs(_ body: JSONValue) throws(ServiceError) -> [String] {
        try DocumentReader(body).strings("groupIds") ?? []
    }
}
