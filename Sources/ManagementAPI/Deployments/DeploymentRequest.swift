import HTTPTypes
import RelayModel
import TemplateLanguage

/// The body of a request to deploy, to validate or to look ahead.
struct DeploymentRequest {
    enum Mode: String, CaseIterable {
        case incremental = "Incremental"
        case complete = "Complete"
    }

    let mode: Mode
    let template: Template
    let parameters: TemplateText?
    /// Of deployments of a subscription.
    let location: String?
    let tags: Tags
    /// `FullResourcePayloads` or `ResourceIdOnly`, for looking ahead.
    let showsPayloads: Bool

    /// Reads the body, which need not be strict JSON: the Azure CLI pastes the template into it as it stands in its file.
    /// - Parameters:
    ///   - call: the request.
    ///   - isSubscription: whether the deployment is one of a subscription.
    /// - Throws: `DeploymentRefusal` or `TemplateError`.
    init(_ call: Call, isSubscription: Bool) async throws {
        let body: TemplateText =
            if let value = call.bodySource.value { TemplateText(value) } else {
                try TemplateText(text: try await call.bodyText())
            }
        try self.init(body, isSubscription: isSubscription)
    }

    init(_ body: TemplateText, isSubscription: Bool) throws {
        guard let properties = body["properties"], properties.value.object != nil else {
            throw Self.invalid("the body must have an object 'properties'")
        }
        try Self.checkUnsupported(properties)
        guard let text = properties["template"], !text.value.isNull else {
            throw Self.invalid("'properties' must have a 'template'")
        }
        mode = try Self.mode(properties["mode"]?.value)
        template = try Template(text)
        parameters = properties["parameters"].flatMap { $0.value.isNull ? nil : $0 }
        location = body["location"]?.value.string
        tags = try Self.tags(body["tags"]?.value)
        let format = properties["whatIfSettings"]?["resultFormat"]?.value.string
        showsPayloads = format.map { !$0.equalsIgnoringCase("ResourceIdOnly") } ?? true
        try checkLevel(isSubscription)
    }

    private func checkLevel(_ isSubscription: Bool) throws {
        let wanted: Template.Level = isSubscription ? .subscription : .resourceGroup
        guard template.level == wanted else {
            let schema = isSubscription ? "subscriptionDeploymentTemplate" : "deploymentTemplate"
            throw DeploymentRefusal(
                code: "InvalidTemplate",
                "Deployment template validation failed: 'The template is not one for a "
                    + "\(isSubscription ? "subscription" : "resource group"): its $schema must end in '\(schema).json#'.'."
            )
        }
        guard isSubscription else { return }
        guard let location, !location.isEmpty else {
            throw DeploymentRefusal(
                code: "LocationRequired", "The location property is required for this definition.", target: "location")
        }
        guard mode == .incremental else {
            throw DeploymentRefusal(
                code: "InvalidDeploymentMode",
                "The 'Complete' mode is for deployments of resource groups; a subscription's must be 'Incremental'.",
                target: "properties.mode")
        }
    }

    private static func checkUnsupported(_ properties: TemplateText) throws {
        for (name, what) in [("templateLink", "template"), ("parametersLink", "parameters")] {
            guard let link = properties[name]?.value, !link.isNull else { continue }
            throw DeploymentRefusal(
                code: "InvalidTemplateLink",
                "'\(name)' is not supported: this server fetches nothing from other places. Send the \(what) in the body.",
                target: "properties.\(name)")
        }
        guard let rollback = properties["onErrorDeployment"]?.value, !rollback.isNull else { return }
        throw DeploymentRefusal(
            code: "OnErrorDeploymentNotSupported",
            "'onErrorDeployment' is not supported: deploy the earlier template again instead.",
            target: "properties.onErrorDeployment")
    }

    private static func mode(_ value: JSONValue?) throws -> Mode {
        guard let value, !value.isNull else { return .incremental }
        guard let text = value.string,
            let mode = Mode.allCases.first(where: { $0.rawValue.equalsIgnoringCase(text) })
        else { throw invalid("'properties.mode' must be 'Incremental' or 'Complete'") }
        return mode
    }

    private static func tags(_ value: JSONValue?) throws -> Tags {
        guard let value, !value.isNull else { return .none }
        guard let object = value.object else { throw invalid("'tags' must be an object of strings") }
        return try Tags(
            object.members.map { member in
                guard let text = member.value.string else { throw invalid("'tags' must be an object of strings") }
                return Tags.Tag(name: member.name, value: text)
            })
    }

    private static func invalid(_ rule: String) -> DeploymentRefusal {
        DeploymentRefusal(code: "InvalidRequestContent", "The request content was invalid: \(rule).")
    }
}
