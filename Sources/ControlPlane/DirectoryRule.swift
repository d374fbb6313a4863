public import RelayModel

/// The rules for names and passwords of the directory.
public enum DirectoryRule {
    /// - Throws: `ServiceError` for a password that is too short, too long, or made from the name.
    public static func check(password: Secret<String>, of userPrincipalName: String) throws(ServiceError) {
        let text = password.reveal()
        guard Limits.passwordLength.contains(text.count) else {
            throw refusal(
                "must have \(Limits.passwordLength.lowerBound) to \(Limits.passwordLength.upperBound) characters and has "
                    + "\(text.count)"
            )
        }
        let local = userPrincipalName.split(separator: "@").first.map(String.init) ?? userPrincipalName
        guard !text.equalsIgnoringCase(userPrincipalName), !text.equalsIgnoringCase(local) else {
            throw refusal("must not be the user's name")
        }
        guard Set(text).count > 1 else { throw refusal("must not be one character over and over") }
    }

    private static func refusal(_ rule: String) -> ServiceError {
        ServiceError(.badRequest, "The password \(rule).", target: "properties.password")
    }

    static func check(displayName: String) throws(ServiceError) {
        guard (1...256).contains(displayName.count), !displayName.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw ServiceError(
                .badRequest,
                "The display name must have 1 to 256 characters, none of them a control character, and has "
                    + "\(displayName.count).",
                target: "properties.displayName"
            )
        }
    }

    /// It stands in URLs, in forms and in logs, so it has only characters that mean nothing there.
    static func check(userPrincipalName name: String) throws(ServiceError) {
        let parts = name.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-_.+@".utf8.contains(byte)
            }
        }
        guard name.utf8.count <= 113, isPlain, parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.first != "." })
        else {
            throw ServiceError(
                .badRequest,
                "The user principal name '\(NameRule.shown(name))' is invalid: it is 'name@domain' of at most 113 letters, "
                    + "digits and the characters '-', '_', '.' and '+'.",
                target: "name"
            )
        }
    }
}
