/// A failure that the caller can act on: a code for machines, a message for people.
///
/// Anything else that is thrown is a fault of the server; the edge logs it with its cause and answers an internal
/// error that carries the request ID and nothing else.
public struct ServiceError: Error, Sendable, Hashable {
    /// What went wrong. The raw value is the code that the management API answers; the edge owns the HTTP status.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        // The request itself.
        case badRequest = "BadRequest"
        case invalidRequestContent = "InvalidRequestContent"
        case invalidApiVersionParameter = "InvalidApiVersionParameter"
        case missingApiVersionParameter = "MissingApiVersionParameter"
        case invalidResourceName = "InvalidResourceName"
        case invalidFilter = "InvalidFilter"
        case invalidSkipToken = "InvalidSkipToken"
        case invalidRoleDefinitionID = "InvalidRoleDefinitionId"
        case invalidRoleAssignmentID = "InvalidRoleAssignmentId"
        case invalidActionOrNotAction = "InvalidActionOrNotAction"
        case roleDefinitionDoesNotExist = "RoleDefinitionDoesNotExist"
        case roleDefinitionLimitExceeded = "RoleDefinitionLimitExceeded"
        case principalNotFound = "PrincipalNotFound"
        case unmatchedPrincipalType = "UnmatchedPrincipalType"
        case locationRequired = "LocationRequired"
        case locationNotAvailable = "LocationNotAvailableForResourceType"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case unsupportedMediaType = "UnsupportedMediaType"
        // Who asks.
        case authenticationFailed = "AuthenticationFailed"
        case invalidAuthenticationToken = "InvalidAuthenticationToken"
        case expiredAuthenticationToken = "ExpiredAuthenticationToken"
        case authorizationFailed = "AuthorizationFailed"
        // What is not there.
        case notFound = "NotFound"
        case resourceNotFound = "ResourceNotFound"
        case resourceGroupNotFound = "ResourceGroupNotFound"
        case subscriptionNotFound = "SubscriptionNotFound"
        case parentResourceNotFound = "ParentResourceNotFound"
        case invalidResourceType = "InvalidResourceType"
        case invalidResourceNamespace = "InvalidResourceNamespace"
        case deploymentNotFound = "DeploymentNotFound"
        case deploymentOperationNotFound = "DeploymentOperationNotFound"
        case methodNotAllowed = "MethodNotAllowed"
        // What stands against it.
        case conflict = "Conflict"
        case namespaceUnavailable = "NamespaceUnavailable"
        case invalidResourceLocation = "InvalidResourceLocation"
        case missingSubscriptionRegistration = "MissingSubscriptionRegistration"
        case roleAssignmentExists = "RoleAssignmentExists"
        case roleDefinitionWithSameNameExists = "RoleDefinitionWithSameNameExists"
        case roleDefinitionHasAssignments = "RoleDefinitionHasAssignments"
        case scopeLocked = "ScopeLocked"
        case quotaExceeded = "QuotaExceeded"
        case resourceMoveProviderValidationFailed = "ResourceMoveProviderValidationFailed"
        case deploymentActive = "DeploymentActive"
        case deploymentCannotBeCancelled = "DeploymentCannotBeCancelled"
        case preconditionFailed = "PreconditionFailed"
        case tooManyRequests = "TooManyRequests"
        // The server.
        case serviceUnavailable = "ServiceUnavailable"
        case insufficientStorage = "InsufficientStorage"
    }

    public var code: Code
    /// A sentence with the value that failed and the rule that it broke; never a key or a token.
    public var message: String
    /// The resource or field that is at fault, when there is one.
    public var target: String?

    public init(_ code: Code, _ message: String, target: String? = nil) {
        self.code = code
        self.message = message
        self.target = target
    }
}

extension ServiceError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
