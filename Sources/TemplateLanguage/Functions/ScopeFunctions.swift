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
        .special("deployer", 0...0) { (evaluator, _) throws(EvaluationError) in
            .object(evaluator.scope.context.deployer)
        },
        .plain("roleDefinitions", 1...1) { (arguments) throws(EvaluationError) in
            let name = try arguments.string(0)
            guard let role = RoleDefinition.all.first(where: { $0.name.equalsIgnoringCase(name) }) else {
                throw .failure("There is no built-in role '\(NameRule.shown(name))'.")
            }
            let guid = role.id.split(separator: "/").last.map(String.init) ?? ""
            return [
                "id": .string("/providers/Microsoft.Authorization/roleDefinitions/\(guid)"),
                "roleDefinitionId": .string(guid),
            ]
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
