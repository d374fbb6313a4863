package import HTTPTypes
package import RelayModel
package import TemplateLanguage

/// Why a deployment is not begun, or what failed in it. The codes are those of Azure Resource Manager's templates, which
/// are a world of their own beside `ServiceError`.
package struct DeploymentRefusal: Error, Sendable {
    package var status: HTTPResponse.Status
    package var code: String
    package var message: String
    package var target: String?
    package var details: [DeploymentRefusal]
    /// Where in the template it is.
    package var position: (line: Int, column: Int)?

    package init(
        _ status: HTTPResponse.Status = .badRequest, code: String, _ message: String, target: String? = nil,
        details: [DeploymentRefusal] = []
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = details
    }

    package init(_ error: TemplateError) {
        self.init(code: error.code, error.message, target: error.target)
        if let line = error.line, let column = error.column { position = (line, column) }
    }

    init(_ error: ServiceError) {
        self.init(ErrorEnvelope.status(of: error.code), code: error.code.rawValue, error.message, target: error.target)
    }

    /// The causes that are kept of each level of deployments within deployments.
    private static let nestedDetailsMax = 10

    /// The recorded error of a nested deployment, with its causes.
    init(_ status: HTTPResponse.Status, _ recorded: JSONValue?) {
        self.init(
            status, code: recorded?["code"]?.string ?? "DeploymentFailed", recorded?["message"]?.string ?? "",
            target: recorded?["target"]?.string,
            details: (recorded?["details"]?.array ?? []).prefix(Self.nestedDetailsMax).map { .init(status, $0) })
    }

    /// What a step of a deployment failed with; a fault of the server says no more than that.
    init(_ error: any Error) {
        switch error {
        case let error as DeploymentRefusal: self = error
        case let error as TemplateError: self.init(error)
        case let error as ServiceError: self.init(error)
        case is CancellationError: self.init(.serviceUnavailable, code: "ServiceUnavailable", "The server is stopping.")
        default:
            self.init(
                .internalServerError, code: "InternalServerError", "The server encountered an internal error.")
        }
    }

    /// The object behind `error`.
    package var json: JSONObject {
        var object: JSONObject = ["code": .string(code), "message": .string(message)]
        if let target { object.append("target", .string(target)) }
        if !details.isEmpty { object.append("details", .array(details.map { .object($0.json) })) }
        if let position {
            let info: JSONValue = [
                "lineNumber": JSONValue(position.line), "linePosition": JSONValue(position.column),
                "path": JSONValue(target),
            ]
            object.append("additionalInfo", [["type": "TemplateViolation", "info": info]])
        }
        return object
    }
}
