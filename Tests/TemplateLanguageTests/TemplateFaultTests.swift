import RelayModel
import Testing

@testable import TemplateLanguage

struct TemplateFaultTests {
    private static let resource = #"{"type": "A.B/c", "apiVersion": "1", "name": "n"}"#

    @Test(arguments: [
        (
            #""parameters": {"x": {"type": "string"}}, "resources": []"#, nil,
            "Deployment template validation failed: 'The value for the template parameter 'x' at line '3' and "
                + "column '21' "
                + "is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.'."
        ),
        (
            #""parameters": {"a": {"type": "string", "defaultValue": ""}}, "resources": []"#, #"{"b": {"value": 1}}"#,
            "Deployment template validation failed: 'The template parameters 'b' in the parameters file are not valid; "
                + "they are not present in the original template and can therefore not be provided at deployment time. "
                + "The "
                + "only supported parameters for this template are 'a'. "
                + "Please see https://aka.ms/arm-pass-parameter-values for usage details.'."
        ),
        (
            #""parameters": {"a": {"type": "string"}}, "resources": []"#, #"{"A": {"value": 1}}"#,
            "Deployment template validation failed: 'Template parameter JToken type is not valid. Expected "
                + "'String, Uri'. "
                + "Actual 'Integer'. Please see https://aka.ms/arm-create-parameter-file for usage details.'."
        ),
        (
            #""parameters": {"a": {"type": "string", "allowedValues": ["x", "y"]}}, "resources": []"#,
            #"{"a": {"value": "z"}}"#,
            "Deployment template validation failed: 'The provided value 'z' for the template parameter 'a' is "
                + "not valid. "
                + "The value 'z' is not part of the allowed value(s): 'x,y'.'."
        ),
        (
            #""parameters": {"a": {"type": "int", "minValue": 3}}, "resources": []"#, #"{"a": {"value": 2}}"#,
            "The value should be greater than or equal to '3'"
        ),
        (
            #""parameters": {"a": {"type": "array", "maxLength": 1}}, "resources": []"#, #"{"a": {"value": [1, 2]}}"#,
            "Length of the value should be less than or equal to '1'"
        ),
        (#""parameters": {"a": {"type": "text"}}, "resources": []"#, nil, "The type 'text' is not one of"),
        (#""parameters": {"a": {"type": "string"}}, "resources": []"#, #"{"a": {"reference": {}}}"#, "key vault"),
        (
            #""parameters": {"a": {"type": "string", "defaultValue": "[parameters('a')]"}}, "resources": []"#, nil,
            "Circular reference detected in the template parameter 'a'"
        ),
        (
            #""parameters": {"a": {"type": "string", "defaultValue": "[reference('x')]"}}, "resources": []"#, nil,
            "The template function 'reference' is not expected at this location"
        ),
        (
            #""variables": {"a": "[variables('b')]", "b": "[variables('a')]"}, "resources": []"#, nil,
            "Circular reference detected in the template variable 'a'"
        ),
        (
            #""variables": {"v": "[foo()]"}, "resources": []"#, nil,
            "Deployment template validation failed: 'The template variable 'v' is not valid: The template "
                + "function 'foo' is "
                + "not valid. Please see https://aka.ms/arm-functions for usage details.'."
        ),
        (
            #""resources": [{"type": "A.B/c/d", "apiVersion": "1", "name": "n"}]"#, nil,
            "Deployment template validation failed: 'The template resource 'n' for type 'A.B/c/d' at line '3' "
                + "and column "
                + "'32' has incorrect segment lengths. A nested resource type must have identical number of segments "
                + "as its "
                + "resource name. A root resource type must have segment length one greater than its resource name. "
                + "Please see https://aka.ms/arm-syntax-resources for usage details.'."
        ),
        (
            #""resources": [\#(resource), \#(resource)]"#, nil,
            "Deployment template validation failed: 'The resource 'A.B/c/n' at line '3' and column '66' is "
                + "defined multiple "
                + "times in a template. Please see https://aka.ms/arm-syntax-resources for usage details.'."
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "dependsOn": ["m"]}]"#, nil,
            "Deployment template validation failed: 'The resource 'm' is not defined in the template. "
                + "Please see https://aka.ms/arm-syntax-resources for usage details.'."
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[reference('x').name]"}]"#, nil,
            "The template function 'reference' is not expected at this location"
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "condition": "[listKeys('x', '1').a]"}]"#,
            nil,
            "The template function 'listKeys' is not expected at this location"
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "properties": {"a": "[toLower(1)]"}}]"#,
            nil,
            "Unable to process template language expressions for resource "
                + "'\(TemplateSamples.groupPath)/providers/A.B/c/n' "
                + "at line '3' and column '98'. 'The template language function 'toLower' expects its parameter to be "
                + "a "
                + "string. The provided value is of type 'Integer'. "
                + "Please see https://aka.ms/arm-resource-functions/#toLower for usage details.'"
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1","name": "n","properties": {"a": "[reference('m')]"}}]"#,
            nil,
            "The template reference 'm' is not valid: could not find template resource or resource copy with this name."
        ),
        (#""resources": [{"type": "A.B/c", "name": "n"}]"#, nil, "Required property 'apiVersion' not found in JSON"),
        (#""resources": [{"apiVersion": "1", "name": "n"}]"#, nil, "Required property 'type' not found in JSON"),
        (#""resources": {}, "languageVersion": "3.0""#, nil, "The template language version '3.0' is not supported"),
        (
            #""resources": [], "extra": 1"#, nil,
            "The request content was invalid and could not be deserialized: 'Could not find member 'extra' on "
                + "object of type "
                + "'Template'. Path 'extra', line 3, position 27.'."
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "copy": {"name": "l", "count": 801}}]"#,
            nil,
            "the count must be between '0' and '800'"
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "copy": {"name": "l", "count": "x"}}]"#,
            nil,
            "must have a count of type 'Integer'"
        ),
        (
            #""resources": [], "outputs": {"o": {"type": "int", "value": "[toLower('A')]"}}"#, nil,
            "Expected 'Integer'. Actual 'String'"
        ),
        (
            #""resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n", "existing": true}]"#, nil,
            "'existing' needs the language version '2.0'"
        ),
    ])
    func `faults are found before anything is deployed, in the words of ARM`(
        _ members: String, _ parameters: String?, _ expected: String
    ) throws {
        let fault = try #require(TemplateSamples.fault { try TemplateSamples.plan(members, parameters: parameters) })

        #expect(fault.message.contains(expected), "\(fault.message)")
        #expect(fault.line != nil && fault.column != nil)
    }

    @Test(arguments: [
        ([[1], [2], [0]], true), ([[1], [], []], false), ([[0], [], []], true), ([[], [2], [1]], true),
        ([[1, 2], [2], []], false),
    ])
    func `circles are found`(_ edges: [[Int]], _ isCircle: Bool) throws {
        let resources = edges.enumerated().map { index, others in
            let names = others.map { "\"n\($0)\"" }.joined(separator: ",")
            return #"{"type": "A.B/c", "apiVersion": "1", "name": "n\#(index)", "dependsOn": [\#(names)]}"#
        }
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(#""resources": [\#(resources.joined(separator: ","))]"#)
        }

        #expect(
            (fault?.message.contains("Circular dependency detected on resource: '/subscriptions/") ?? false) == isCircle
        )
    }

    @Test(arguments: [
        ("deploymentTemplate.json#", true), ("2015-01-01/deploymentTemplate.json", true),
        ("subscriptionDeploymentTemplate.json#", false), ("tenantDeploymentTemplate.json#", false),
        ("managementGroupDeploymentTemplate.json#", false), ("other.json#", false),
    ])
    func `the schema says where a template goes`(_ schema: String, _ isGood: Bool) {
        let text = #"{"$schema": "https://x/\#(schema)", "contentVersion": "1.0.0.0", "resources": []}"#
        let fault = TemplateSamples.fault { try Template(TemplateText(text: text)).plan(TemplateSamples.context) }

        #expect((fault == nil) == isGood)
    }

    @Test func `a deployment to a subscription makes resource groups and deployments in them`() throws {
        let text = #"""
            {"$schema": "https://x/subscriptionDeploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": [
              {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "1", "name": "new",
                "location": "westeurope"},
              {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d", "resourceGroup": "new",
               "dependsOn": ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'new')]"],
               "properties": {"template": \#(TemplateSamples.text(#""resources": []"#))}}]}
            """#
        let plan = try Template(TemplateText(text: text)).plan(TemplateSamples.subscriptionContext)
        let subscription = "/subscriptions/\(TemplateSamples.subscriptionID)"

        #expect(
            plan.resources.map(\.id.path) == [
                "\(subscription)/resourceGroups/new",
                "\(subscription)/resourceGroups/new/providers/Microsoft.Resources/deployments/d",
            ])
        #expect(plan.resources[1].dependsOn == [0])
    }
}
