import RelayModel

/// What the expressions of one template can see.
struct TemplateScope: Sendable {
    let context: DeploymentContext
    /// Values by names in lower case.
    var parameters: [String: JSONValue] = [:]
    var variables: [String: JSONValue] = [:]
    /// What has not been evaluated yet; only while a plan is made.
    var parameterDefaults: [String: TemplateNode] = [:]
    var variableNodes: [String: TemplateNode] = [:]
    var functions: [String: UserFunction] = [:]
    /// What `reference('name')` may mean.
    var resources = ResourceNames()
    /// What `deployment()` answers.
    var deployment = JSONObject()

    init(_ context: DeploymentContext) {
        self.context = context
    }
}

/// A function that the template defines.
struct UserFunction: Sendable {
    struct Parameter: Sendable {
        let name: String
        let type: ParameterType?

        func check(_ value: JSONValue, function: String) throws(EvaluationError) {
            guard let type, !type.accepts(value) else { return }
            throw .function(
                function,
                "the value of the parameter '\(NameRule.shown(name))' must be of type '\(type.documentName)' and is "
                    + "of type "
                    + "'\(value.templateType)'")
        }
    }

    let parameters: [Parameter]
    let output: TemplateNode
}
