package import RelayModel

/// The JSON bodies of the directory in the form of Microsoft Graph 1.0: what the Azure CLI reads of them.
package enum GraphDocument {
    /// The body of a list.
    package static func list(_ values: [JSONValue]) -> JSONValue { ["value": .array(values)] }

    /// A user, a group or a service principal without the parts that only their own documents show.
    package static func render(_ principal: DirectoryPrincipal) -> JSONValue {
        var object: JSONObject
        switch principal.kind {
        case .user:
            object = user(
                objectID: principal.objectID, name: principal.name, displayName: principal.displayName,
                isEnabled: principal.isEnabled)
        case .group: object = group(objectID: principal.objectID, displayName: principal.displayName, description: nil)
        case .servicePrincipal:
            object = [
                "id": .string(principal.objectID), "appId": .string(principal.name),
                "displayName": .string(principal.displayName), "accountEnabled": .bool(principal.isEnabled),
                "servicePrincipalNames": [.string(principal.name)], "servicePrincipalType": "Application",
            ]
        }
        var result: JSONObject = ["@odata.type": .string("#microsoft.graph.\(typeName(principal.kind))")]
        for member in object.members { result.append(member.name, member.value) }
        return .object(result)
    }

    /// The name of a kind as `@odata.type` and the types of `getByIds` have it.
    package static func typeName(_ kind: PrincipalKind) -> String {
        switch kind {
        case .user: "user"
        case .group: "group"
        case .servicePrincipal: "servicePrincipal"
        }
    }

    package static func render(_ user: Versioned<DirectoryUser>) -> JSONValue {
        let value = user.value
        return .object(
            self.user(
                objectID: value.objectID, name: value.userPrincipalName, displayName: value.displayName,
                isEnabled: value.isEnabled)
        )
    }

    package static func render(_ group: Versioned<DirectoryGroup>) -> JSONValue {
        let value = group.value
        return .object(
            self.group(objectID: value.objectID, displayName: value.displayName, description: value.description))
    }

    /// A service principal; as an application it is the same under the same IDs.
    package static func render(_ principal: Versioned<ServicePrincipal>, secrets: [ClientSecret]) -> JSONValue {
        let value = principal.value
        return [
            "id": .string(value.objectID), "appId": .string(value.clientID), "displayName": .string(value.displayName),
            "appDisplayName": .string(value.displayName), "accountEnabled": .bool(value.isEnabled),
            "servicePrincipalType": "Application", "servicePrincipalNames": [.string(value.clientID)],
            "appOwnerOrganizationId": .string(value.tenantID), "createdDateTime": principal.createdAt.json,
            "keyCredentials": [],
            "passwordCredentials": .array(
                secrets.map { secret in
                    password(
                        secretID: secret.secretID, startsAt: secret.createdAt, expiresAt: secret.expiresAt, secret: nil)
                }
            ),
        ]
    }

    /// `secret`: in clear in the answer that makes it.
    package static func password(
        secretID: String, startsAt: Timestamp?, expiresAt: Timestamp?, secret: Secret<String>?
    ) -> JSONValue {
        [
            "keyId": .string(secretID), "startDateTime": startsAt?.json ?? .null,
            "endDateTime": expiresAt?.json ?? .null, "displayName": .null, "hint": .null,
            "secretText": secret.map { .string($0.reveal()) } ?? .null,
        ]
    }

    private static func user(objectID: String, name: String, displayName: String, isEnabled: Bool) -> JSONObject {
        [
            "id": .string(objectID), "userPrincipalName": .string(name), "displayName": .string(displayName),
            "accountEnabled": .bool(isEnabled), "mail": .null,
        ]
    }

    private static func group(objectID: String, displayName: String, description: String?) -> JSONObject {
        [
            "id": .string(objectID), "displayName": .string(displayName),
            "description": description.map { .string($0) } ?? .null, "securityEnabled": true, "mailEnabled": false,
            "mailNickname": .string(displayName), "groupTypes": [],
        ]
    }
}
