import RelayModel
import Testing

@testable import TemplateLanguage

struct ParameterTests {
    @Test func `defaults may use one another, the clock and new GUIDs`() throws {
        let plan = try TemplateSamples.plan(
            #"""
            "parameters": {
              "a": {"type": "string", "defaultValue": "[concat(parameters('b'), '-', newGuid())]"},
              "b": {"type": "string", "defaultValue": "[utcNow()]"},
              "c": {"type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]"},
              "d": {"type": "string", "nullable": true},
              "e": {"$ref": "#/definitions/short", "defaultValue": "ab"},
              "g": {"defaultValue": [1]},
              "f": {"type": "secureObject", "defaultValue": {"key": "secret"}}
            },
            "definitions": {"short": {"$ref": "#/definitions/text"}, "text": {"type": "string", "maxLength": 3}},
            "resources": []
            """#)

        #expect(plan.scope.parameters["a"] == "20200913T122640Z-11111111-2222-3333-4444-555555555555")
        #expect(plan.scope.parameters["c"] == "2020-09-13")
        #expect(plan.parameters["d"] == ["type": "String", "value": .null])
        #expect(plan.parameters["e"] == ["type": "String", "value": "ab"])
        #expect(plan.parameters["g"] == ["type": "Array", "value": [1]])
        #expect(plan.parameters["f"] == ["type": "SecureObject"])
    }

    @Test(arguments: [
        (##"{"$ref": "#/definitions/text"}"##, #"{"value": "abcd"}"#),
        (##"{"$ref": "#/definitions/none"}"##, #"{"value": 1}"#),
        (##"{"$ref": "#/definitions/circle"}"##, #"{"value": 1}"#),
        (#"{"type": "string", "minLength": 5, "maxLength": 3}"#, #"{"value": "abcd"}"#),
        (#"{"type": "string", "minLength": 5}"#, #"{"value": "abcd"}"#), (#"{"type": "bool"}"#, #"{"value": "true"}"#),
        (#"{"type": "int", "maxValue": 5}"#, #"{"value": 6}"#), (#"{"type": "int"}"#, #"{"value": 1.5}"#),
        (#"{"type": "object"}"#, #"{"value": []}"#), (#"{"type": "array"}"#, #"{"value": {}}"#),
        (#"{"type": "array", "allowedValues": ["a", "b"]}"#, #"{"value": ["a", "c"]}"#),
        (#"{"type": "string"}"#, #"{"value": null}"#), (#"{"type": "string"}"#, "5"),
    ])
    func `values that a parameter does not take are refused`(_ definition: String, _ value: String) {
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(
                #"""
                "parameters": {"p": \#(definition)}, "resources": [],
                "definitions": {"text": {"type": "string", "maxLength": 3}, "circle": {"$ref": "#/definitions/circle"}}
                """#, parameters: #"{"p": \#(value)}"#)
        }

        #expect(fault?.code == "InvalidTemplate")
    }

    @Test func `an array takes any selection of the values that are allowed`() throws {
        let plan = try TemplateSamples.plan(
            #""parameters": {"p": {"type": "array", "allowedValues": ["a", "b", "c"]}}, "resources": []"#,
            parameters: #"{"p": {"value": ["c", "a"]}}"#)

        #expect(plan.scope.parameters["p"] == ["c", "a"])
    }

    @Test func `a secret is not told when it is not allowed`() {
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(
                #""parameters": {"p": {"type": "securestring", "allowedValues": ["x"]}}, "resources": []"#,
                parameters: #"{"p": {"value": "hush"}}"#)
        }

        #expect(fault?.message.contains("***") == true)
        #expect(fault?.message.contains("hush") == false)
    }

    @Test(arguments: [
        "ns/hc", "A.B/c/ns/d/hc", "A.B/c/d/ns/hc", "[resourceId('A.B/c/d', 'ns', 'hc')]", "NS/HC",
    ])
    func `all forms of a dependency name the resource`(_ name: String) throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [{"type": "A.B/c/d", "apiVersion": "1", "name": "ns/hc"},
              {"type": "A.B/e", "apiVersion": "1", "name": "x", "dependsOn": ["\#(name)"]}]
            """#)

        #expect(plan.resources[1].dependsOn == [0])
    }

    @Test func `a name that is made twice stands there once`() async throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "n",
              "tags": {"[toLower('A')]": "1", "a": "2"}}]
            """#)

        #expect(try await plan.resources[0].body(EchoRuntime()) == ["tags": ["a": "2"]])
    }

    @Test func `a deployment as the Azure CLI sends it is read, planned and answered`() async throws {
        let file = """
            // made by hand
            {
              "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
              "contentVersion": "1.0.0.0",
              "parameters": { "name": { "type": "string" }, },
              "resources": [
                {
                  "type": "Microsoft.Relay/namespaces", /* one */
                  "apiVersion": "2021-11-01",
                  "name": "[concat(parameters('name'),
                    '-relay')]",
                  "location": "westeurope"
                }
              ]
            }
            """
        let body = try TemplateText(
            text: #"{"properties": {"template":  "#.replacing("\"template\"", with: "template") + file
                + #", "parameters": {"name": {"value": "contoso"}}, "mode": "incremental"}}"#)
        let properties = try #require(body["properties"])
        let plan = try Template(try #require(properties["template"])).plan(
            TemplateSamples.context, parameters: properties["parameters"])

        #expect(plan.resources.map(\.name) == ["contoso-relay"])
        #expect(try await plan.resources[0].body(EchoRuntime()) == ["location": "westeurope"])
    }
}
