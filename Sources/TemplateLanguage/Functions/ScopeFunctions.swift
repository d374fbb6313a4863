import RelayModel

/// Where the deployment goes.
enum ScopeFunctions {
    static let all: [BuiltInFunction] = [
        .special("subscription", 0...0) { (evaluator, _) throws(EvaluationError) in
            .object(evaluator.scope.context.subscription)
        },
        .special("tenant", 0...0) { (evaluator, _) throws(EvaluationError) in
            .object(evaluator.scope.context.tenant)
        },
        .special("resourceGroup", 0...0) { (evaluator, call) throws(EvaluationError) in
            guard let group = evaluator.scope.context.resourceGroup else {
                throw .failure(
                    "The template function '\(call.name)' is not expected at this location. The function can only be "
                        + "used "
                        + "in a deployment to a resource group. "
                        + "Please see https://aka.ms/arm-functions for usage details.")
            }
            return .object(group)
        },
        .special("managementGroup", 0...0) { (_, call) throws(EvaluationError) in
            throw .failure(
                "The template function '\(call.name)' is not expected at this location. There are no deployments to "
                    + "management groups. Please see https://aka.ms/arm-functions for usage details.")
        },
    ]
}
