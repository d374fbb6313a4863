import RelayModel
import Synchronization

@testable import TemplateLanguage

/// Contexts, templates and a host for tests.
enum TemplateSamples {
    static let subscriptionID = "00000000-0000-0000-0000-000000000001"
    static let groupPath = "/subscriptions/\(subscriptionID)/resourceGroups/rg"

    static let context = DeploymentContext(
        subscription: [
            "id": .string("/subscriptions/\(subscriptionID)"), "subscriptionId": .string(subscriptionID),
            "tenantId": "00000000-0000-0000-0000-00000000000a", "displayName": "Test",
        ],
        resourceGroup: [
            "id": .string(groupPath), "name": "rg", "type": "Microsoft.Resources/resourceGroups",
            "location": "westeurope", "tags": ["cost": "1"], "properties": ["provisioningState": "Succeeded"],
        ],
        tenant: ["tenantId": "00000000-0000-0000-0000-00000000000a"],
        deployer: ["objectId": "me"], deploymentName: "main", environment: ["name": "AzureCloud"],
        now: Timestamp(millisecondsSinceEpoch: 1_600_000_000_000),
        newGUID: { "11111111-2222-3333-4444-555555555555" },
        providers: { namespace, type in
            namespace.equalsIgnoringCase("Microsoft.Relay") ? ["resourceType": JSONValue(type)] : nil
        })

    static var subscriptionContext: DeploymentContext {
        var context = context
        context.resourceGroup = nil
        context.location = "westeurope"
        return context
    }

    /// A template whose members besides schema and version are given as JSON.
    static func template(_ members: String) throws -> Template {
        try Template(TemplateText(text: text(members)))
    }

    static func text(_ members: String) -> String {
        """
        {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        \(members)}
        """
    }

    static func plan(_ members: String, parameters: String? = nil) throws -> DeploymentPlan {
        try template(members).plan(context, parameters: parameters.map { try TemplateText(text: $0) })
    }

    /// The value of one expression in the output of a template without resources.
    static func value(_ expression: String, variables: JSONObject = [:]) throws -> JSONValue {
        let evaluator = Evaluator(TemplateScope(context))
        for member in variables.members { evaluator.scope.variables[member.name.asciiLowercased] = member.value }
        switch try Expression.read("[\(expression)]") {
        case .literal(let text): return .string(text)
        case .expression(let expression): return try evaluator.evaluate(expression)
        }
    }

    /// The message of the fault of one expression.
    static func fault(_ expression: String, variables: JSONObject = [:]) -> String? {
        do {
            _ = try value(expression, variables: variables)
            return nil
        } catch EvaluationError.failure(let message, _) {
            return message
        } catch {
            return "\(error)"
        }
    }

    static func fault<Value>(of body: () throws -> Value) -> TemplateError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? TemplateError
        }
    }
}

/// Answers every question with what was asked, and counts.
final class EchoRuntime: TemplateRuntime {
    let asked = Mutex<[String]>([])

    func reference(id: ResourceID, apiVersion: String?, full: Bool) async throws -> JSONValue {
        asked.withLock { $0.append("reference \(id.path)") }
        return [
            "id": .string(id.path), "apiVersion": JSONValue(apiVersion), "full": .bool(full), "name": .string(id.name),
        ]
    }

    func list(function: String, id: ResourceID, apiVersion: String, body: JSONValue?) async throws -> JSONValue {
        asked.withLock { $0.append("\(function) \(id.path)") }
        return ["primaryConnectionString": .string("Endpoint=\(id.name);\(apiVersion)"), "primaryKey": "key"]
    }
}
