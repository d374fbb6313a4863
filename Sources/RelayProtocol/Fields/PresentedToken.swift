package import RelayModel

/// The token that a request presents to the relay, and the fields that must go before a listener sees the request (R13 to
/// R16).
package struct PresentedToken: Sendable {
    /// Where a token may be, in the order in which they count (R15).
    package enum Place: Sendable, Hashable, CaseIterable {
        case query
        case serviceBusAuthorization
        case authorization
    }

    /// The token that counts; `nil` when there is none, or none is asked for.
    package let token: Secret<String>?
    package let place: Place?
    /// What listeners must not see.
    package let credentialFields: CredentialFields

    /// - Parameters:
    ///   - queryToken: the parameter `sb-hc-token`; see ``RelayRequestTarget/token``.
    ///   - fields: as they came.
    ///   - isRequired: whether the request needs a token: always for listeners, and for senders when the hybrid connection
    ///     requires client authorization. Without need no token counts, and `Authorization` is the listener's (R14, R16).
    package init(queryToken: Secret<String>?, fields: HeaderFields, isRequired: Bool) {
        let own = fields.first { ASCII.equals($0.name, "servicebusauthorization") && !$0.value.isEmpty }?.value
        let standard = fields.first { ASCII.equals($0.name, "authorization") && !$0.value.isEmpty }?.value
        if !isRequired {
            (token, place) = (nil, nil)
        } else if let queryToken {
            (token, place) = (queryToken, .query)
        } else if let own {
            (token, place) = (Secret(own), .serviceBusAuthorization)
        } else if let standard {
            (token, place) = (Secret(standard), .authorization)
        } else {
            (token, place) = (nil, nil)
        }
        credentialFields = CredentialFields(hasAuthorization: place == .authorization)
    }
}

/// The header fields that hold credentials of the relay.
package struct CredentialFields: Sendable, Hashable {
    /// Whether `Authorization` was the relay's.
    package let hasAuthorization: Bool

    package init(hasAuthorization: Bool) {
        self.hasAuthorization = hasAuthorization
    }

    package func contains(_ name: String) -> Bool {
        ASCII.equals(name, "servicebusauthorization") || (hasAuthorization && ASCII.equals(name, "authorization"))
    }
}
