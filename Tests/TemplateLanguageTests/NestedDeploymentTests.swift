import RelayModel
import Testing

@testable import TemplateLanguage

struct NestedDeploymentTests {
    private static func members(scope: String, inner: String, extra: String = "") -> String {
        """
        "variables": {"v": "outer"},
        "resources": [
          {"type": "A.B/c", "apiVersion": "1", "name": "first"},
          {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "nested",
            "resourceGroup": "rg2",
           "properties": {"mode": "Incremental", \(extra) \(scope)
             "template": \(TemplateSamples.text(inner))}}
        ]
        """
    }

    @Test func `expressions of an inner template are its own`() async throws {
        let plan = try TemplateSamples.plan(
            Self.members(
                scope: #""expressionEvaluationOptions": {"scope": "inner"},"#,
                inner: #"""
                    "parameters": {"p": {"type": "string"}}, "variables": {"v": "[concat('inner-', parameters('p'))]"},
                    "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[variables('v')]"}]
                    """#, extra: #""parameters": {"p": {"value": "[reference('first').name]"}},"#))
        let resource = plan.resources[1]
        let nested = try #require(resource.nestedDeployment)

        #expect(resource.id.path.contains("/resourceGroups/rg2/providers/Microsoft.Resources/deployments/nested"))
        #expect(resource.dependsOn == [0])
        #expect(nested.isInner && nested.resourceGroup == "rg2" && nested.level == .resourceGroup)
        let body = try await resource.body(EchoRuntime())
        let inside = try nested.plan(TemplateSamples.context, body: body)
        #expect(inside.resources.map(\.name) == ["inner-first"])
        #expect(body["properties"]?["template"]?["variables"]?["v"] == "[concat('inner-', parameters('p'))]")
    }

    @Test func `expressions of an outer template belong to the template around it`() async throws {
        let plan = try TemplateSamples.plan(
            Self.members(
                scope: "",
                inner: #"""
                    "variables": {"v": "inner"},
                    "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[concat(variables('v'), copyIndex())]",
                      "copy": {"name": "n", "count": 2}, "properties": {"x": "[reference('first').name]"}}]
                    """#))
        let resource = plan.resources[1]

        #expect(resource.dependsOn == [0])
        let runtime = EchoRuntime()
        let inside = try #require(resource.nestedDeployment).plan(
            TemplateSamples.context, body: try await resource.body(runtime))
        #expect(inside.resources.map(\.name) == ["outer0", "outer1"])
        #expect(try await inside.resources[1].body(runtime)["properties"]?["x"] == "first")
    }

    @Test func `an outer template in a loop knows the round`() async throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [{"type": "Microsoft.Resources/deployments", "apiVersion": "1",
              "name": "[concat('d', copyIndex())]",
              "copy": {"name": "loop", "count": 2}, "properties": {"mode": "Incremental",
                "template": \#(TemplateSamples.text(
                #"""
                "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[concat('n', copyIndex(5))]"},
                  {"type": "A.B/c", "apiVersion": "1", "name": "[concat('m', copyIndex(), copyIndex('loop'))]",
                   "copy": {"name": "own", "count": 2}}],
                "outputs": {"o": {"type": "int", "value": "[copyIndex('loop')]"}}
                """#))}}]
            """#)
        let runtime = EchoRuntime()
        let inside = try #require(plan.resources[1].nestedDeployment).plan(
            TemplateSamples.context, body: try await plan.resources[1].body(runtime))

        #expect(inside.resources.map(\.name) == ["n6", "m01", "m11"])
        #expect(try await inside.outputs(runtime) == ["o": ["type": "Int", "value": 1]])
    }

    @Test func `a fault inside of an outer template is found before anything is deployed`() {
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(
                Self.members(
                    scope: "",
                    inner: #"""
                        "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[variables('none')]"}]
                        """#))
        }

        #expect(fault?.message.contains("The template variable 'none' is not found") == true)
        #expect(fault?.target == "resources[1].properties.template.resources[0].name")
    }

    @Test func `linked templates are refused`() {
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(
                #"""
                "resources": [{"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "n",
                  "properties": {"templateLink": {"uri": "https://example.com/a.json"}}}]
                """#)
        }

        #expect(fault?.message.contains("Linked templates are not supported") == true)
    }
}
