package import HTTPTypes
package import RelayModel

/// The one place where an error becomes an HTTP status and a body in Azure's shape.
package enum ErrorEnvelope {
    /// Errors that the resource manager makes itself carry this header on Azure.
    static let failureCause = HTTPField.Name("x-ms-failure-cause")

    package static func status(of code: ServiceError.Code) -> HTTPResponse.Status {
        switch code {
        case .badRequest, .invalidRequestContent, .invalidApiVersionParameter, .missingApiVersionParameter,
            .invalidResourceName, .invalidFilter, .invalidSkipToken, .locationRequired, .locationNotAvailable,
            .invalidRoleDefinitionID, .invalidRoleAssignmentID, .invalidActionOrNotAction, .roleDefinitionDoesNotExist,
            .roleDefinitionLimitExceeded, .principalNotFound, .unmatchedPrincipalType:
            .badRequest
        case .requestEntityTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .authenticationFailed, .invalidAuthenticationToken, .expiredAuthenticationToken: .unauthorized
        case .authorizationFailed: .forbidden
        case .notFound, .resourceNotFound, .resourceGroupNotFound, .subscriptionNotFound, .parentResourceNotFound,
            .invalidResourceType, .invalidResourceNamespace, .deploymentNotFound,
            .deploymentOperationNotFound:
            .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict, .namespaceUnavailable, .invalidResourceLocation, .missingSubscriptionRegistration,
            .roleAssignmentExists, .roleDefinitionWithSameNameExists, .roleDefinitionHasAssignments, .scopeLocked,
            .quotaExceeded, .deploymentActive, .deploymentCannotBeCancelled, .resourceMoveProviderValidationFailed:
            .conflict
        case .preconditionFailed: .preconditionFailed
        case .tooManyRequests: .tooManyRequests
        case .serviceUnavailable: .serviceUnavailable
        case .insufficientStorage: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        }
    }

    /// `isWeb`: Microsoft.Web's clients also read the capital-letter fields of its older error shape.
    package static func answer(_ error: ServiceError, isWeb: Bool = false) -> Answer {
        var fields: JSONObject = ["code": .string(error.code.rawValue), "message": .string(error.message)]
        if let target = error.target { fields.append("target", .string(target)) }
        var body: JSONObject = ["error": .object(fields)]
        if isWeb {
            body.append("Code", .string(error.code.rawValue))
            body.append("Message", .string(error.message))
            body.append("Target", JSONValue(error.target))
            body.append("Details", [["Message": .string(error.message)], ["Code": .string(error.code.rawValue)]])
            body.append("Innererror", .null)
        }
        var answer = Answer(status(of: error.code), .object(body))
        if error.isOfGateway, let failureCause { answer.headers[failureCause] = "gateway" }
        if error.code == .serviceUnavailable || error.code == .tooManyRequests { answer.headers[.retryAfter] = "1" }
        return answer
    }

    /// What is wrong with a template, or failed in its deployment.
    package static func answer(_ refusal: DeploymentRefusal) -> Answer {
        Answer(refusal.status, ["error": .object(refusal.json)])
    }

    /// A fault of the server: the cause stands in the log under the request ID.
    package static func internalError(requestID: String) -> Answer {
        let message = "The server encountered an internal error. The request ID is '\(requestID)'."
        return Answer(
            .internalServerError, ["error": ["code": "InternalServerError", "message": .string(message)]]
        )
    }
}

extension ServiceError {
    fileprivate var isOfGateway: Bool {
        switch code {
        case .authorizationFailed, .resourceGroupNotFound, .subscriptionNotFound, .parentResourceNotFound,
            .invalidResourceType, .invalidResourceNamespace, .scopeLocked, .missingSubscriptionRegistration:
            true
        default: false
        }
    }
}
