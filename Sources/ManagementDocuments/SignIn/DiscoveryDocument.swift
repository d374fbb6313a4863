package import RelayModel

/// What clients ask for before they have a token: where things are, how tokens are signed, and the token itself.
package enum DiscoveryDocument {
    /// `/metadata/endpoints`: the fields without which Azure CLI, Terraform or PowerShell stop.
    package static func metadata(endpoint: String) -> JSONValue {
        [
            "name": "Causeway",
            "portal": .string(endpoint),
            "resourceManager": .string(endpoint),
            "authentication": [
                "loginEndpoint": .string(endpoint),
                "audiences": [.string(endpoint), "https://management.azure.com"],
                // Terraform takes a cloud that says anything else for Azure Stack, and stops.
                "tenant": "common",
                "identityProvider": "AAD",
            ],
            "microsoftGraphResourceId": .string("\(endpoint)/"),
            "graph": .string(endpoint),
            "graphAudience": .string("\(endpoint)/"),
            "gallery": .string(endpoint),
            // Nothing of theirs is here; Terraform does not start without the names, and writes the first into settings.
            "suffixes": ["storage": "core.windows.net", "keyVaultDns": "vault.azure.net"],
        ]
    }

    /// `isADFS`: with the paths of the tenant's alias `adfs`, which have no version in them.
    package static func openIDConfiguration(endpoint: String, tenantID: String, isADFS: Bool = false) -> JSONValue {
        let tenant = "\(endpoint)/\(tenantID)"
        let oauth = isADFS ? "\(endpoint)/adfs/oauth2" : "\(tenant)/oauth2/v2.0"
        return [
            "issuer": .string("\(tenant)/v2.0"),
            "authorization_endpoint": .string("\(oauth)/authorize"),
            "token_endpoint": .string("\(oauth)/token"),
            "device_authorization_endpoint": .string("\(oauth)/devicecode"),
            "jwks_uri": .string("\(tenant)/discovery/v2.0/keys"),
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
            "grant_types_supported": [
                "client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
            ],
            "token_endpoint_auth_methods_supported": [
                "client_secret_post", "client_secret_basic", "private_key_jwt", "none",
            ],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "profile", "offline_access"],
            "claims_supported": [
                "aud", "iss", "iat", "nbf", "exp", "appid", "azp", "oid", "sub", "tid", "idtyp", "name", "upn",
                "preferred_username", "ver",
            ],
        ]
    }

    /// The public half of the key that signs tokens.
    package static func keys(keyID: String, x: String, y: String) -> JSONValue {
        let key: JSONValue = [
            "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": .string(keyID), "x": .string(x),
            "y": .string(y),
        ]
        return ["keys": [key]]
    }

    /// What the client of a person gets beside an access token.
    package struct Person: Sendable {
        package var idToken: String
        package var refreshToken: String
        /// `uid` and `utid` in base64, which Entra's clients use as the account's name.
        package var clientInfo: String

        package init(idToken: String, refreshToken: String, clientInfo: String) {
            self.idToken = idToken
            self.refreshToken = refreshToken
            self.clientInfo = clientInfo
        }
    }

    /// `lifetime`: seconds.
    package static func token(
        _ token: String, lifetime: Int64, resource: String, now: Timestamp, person: Person? = nil
    ) -> JSONValue {
        var object: JSONObject = [
            "token_type": "Bearer",
            "expires_in": .integer(lifetime),
            "ext_expires_in": .integer(lifetime),
            "expires_on": .string(String(now.secondsSinceEpoch + lifetime)),
            "not_before": .string(String(now.secondsSinceEpoch)),
            "resource": .string(resource),
            "access_token": .string(token),
        ]
        if let person {
            object.append("id_token", .string(person.idToken))
            object.append("refresh_token", .string(person.refreshToken))
            object.append("client_info", .string(person.clientInfo))
        }
        return .object(object)
    }

    /// An OAuth error (RFC 6749 section 5.2) with the fields that Entra adds.
    ///
    /// `status`: also says it as endpoints of managed identities do, with `statusCode` and `message`.
    package static func refusal(
        error: String, description: String, code: Int, correlationID: String, now: Timestamp, status: Int? = nil
    ) -> JSONValue {
        var object: JSONObject = [
            "error": .string(error),
            "error_description": .string(description),
            "error_codes": [JSONValue(code)],
            "timestamp": .string(now.iso8601),
            "correlation_id": .string(correlationID),
        ]
        if let status {
            object.append("statusCode", JSONValue(status))
            object.append("message", .string(description))
        }
        return .object(object)
    }

    /// The codes of a sign-in that is approved elsewhere (RFC 8628 section 3.2).
    package static func deviceCode(_ deviceCode: String, userCode: String, page: String) -> JSONValue {
        [
            "user_code": .string(userCode),
            "device_code": .string(deviceCode),
            "verification_uri": .string(page),
            "expires_in": .integer(Limits.deviceCodeLifetime),
            "interval": .integer(Limits.deviceCodeInterval),
            "message": .string(
                "To sign in, use a web browser to open the page \(page) and enter the code \(userCode) to authenticate."
            ),
        ]
    }

    /// Where the password of a user is checked: here, for all of them.
    package static func userRealm(of userName: String, endpoint: String) -> JSONValue {
        let domain = userName.split(separator: "@", maxSplits: 1).last.map(String.init) ?? ""
        return [
            "ver": "1.0", "account_type": "Managed", "domain_name": .string(NameRule.shown(domain)),
            "cloud_instance_name": "Causeway", "cloud_audience_urn": .string(endpoint),
        ]
    }
}
