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

    package static func openIDConfiguration(endpoint: String, tenantID: String) -> JSONValue {
        let tenant = "\(endpoint)/\(tenantID)"
        return [
            "issuer": .string("\(tenant)/v2.0"),
            "authorization_endpoint": .string("\(tenant)/oauth2/v2.0/authorize"),
            "token_endpoint": .string("\(tenant)/oauth2/v2.0/token"),
            "jwks_uri": .string("\(tenant)/discovery/v2.0/keys"),
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid"],
            "claims_supported": ["aud", "iss", "iat", "nbf", "exp", "appid", "azp", "oid", "sub", "tid", "ver"],
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

    /// `lifetime`: seconds.
    package static func token(_ token: String, lifetime: Int64, resource: String, now: Timestamp) -> JSONValue {
        [
            "token_type": "Bearer",
            "expires_in": .integer(lifetime),
            "ext_expires_in": .integer(lifetime),
            "expires_on": .string(String(now.secondsSinceEpoch + lifetime)),
            "not_before": .string(String(now.secondsSinceEpoch)),
            "resource": .string(resource),
            "access_token": .string(token),
        ]
    }

    /// An OAuth error (RFC 6749 section 5.2) with the fields that Entra adds.
    package static func refusal(
        error: String, description: String, code: Int, correlationID: String, now: Timestamp
    ) -> JSONValue {
        [
            "error": .string(error),
            "error_description": .string(description),
            "error_codes": [JSONValue(code)],
            "timestamp": .string(now.iso8601),
            "correlation_id": .string(correlationID),
        ]
    }
}
