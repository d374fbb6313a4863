/// A fault of a template, of its parameters or of one of its expressions, in the words of Azure Resource Manager.
///
/// `ServiceError` has a closed list of codes; those of templates are a world of their own, so the edge translates.
package struct TemplateError: Error, Sendable, Hashable {
    /// `InvalidTemplate`, `InvalidRequestContent`, `InvalidTemplateDeployment`, …
    package var code: String
    /// A sentence that names what failed, and line and column of the element where they are known.
    package var message: String
    /// The JSON path of the element: `properties.template.resources[1].type`.
    package var target: String?
    package var line: Int?
    package var column: Int?

    package init(code: String, _ message: String, at place: TemplatePlace? = nil) {
        self.code = code
        self.message = message
        target = place?.path.text
        line = place?.position?.line
        column = place?.position?.column
    }

    /// The usual form: `Deployment template validation failed: '…'.`
    static func invalid(_ rule: String, at place: TemplatePlace? = nil) -> TemplateError {
        TemplateError(code: "InvalidTemplate", "Deployment template validation failed: '\(rule)'.", at: place)
    }

    /// What is no template at all: a member of the wrong kind, or one that nobody knows.
    static func content(_ rule: String, at place: TemplatePlace) -> TemplateError {
        let position = place.position.map { ", line \($0.line), position \($0.column)" } ?? ""
        return TemplateError(
            code: "InvalidRequestContent",
            "The request content was invalid and could not be deserialized: "
                + "'\(rule). Path '\(place.path.text)'\(position).'.",
            at: place)
    }
}

extension TemplateError: CustomStringConvertible {
    package var description: String { "\(code): \(message)" }
}
