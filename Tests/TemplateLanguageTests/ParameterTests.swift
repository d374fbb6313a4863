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

    /// What Bicep writes for types of one's own.
    private static let types = ##"""
        "definitions": {
          "port": {"type": "int", "minValue": 1, "maxValue": 65535},
          "protocol": {"type": "string", "allowedValues": ["tcp", "http"]},
          "endpoint": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "host": {"type": "string", "maxLength": 5}, "port": {"$ref": "#/definitions/port", "nullable": true},
              "protocol": {"$ref": "#/definitions/protocol", "nullable": true},
              "key": {"type": "securestring", "allowedValues": ["k1", "k2"], "nullable": true},
              "next": {"$ref": "#/definitions/endpoint", "nullable": true}
            }
          },
          "endpoints": {"type": "array", "items": {"$ref": "#/definitions/endpoint"}, "maxLength": 2},
          "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "int"}], "items": false},
          "ports": {"type": "object", "additionalProperties": {"$ref": "#/definitions/port"}},
          "either": {"type": "object", "discriminator": {"propertyName": "kind", "mapping": {
            "one": {"type": "object", "properties": {"kind": {"type": "string"}, "a": {"type": "int"}}},
            "two": {"$ref": "#/definitions/second"}}}},
          "second": {"type": "object", "additionalProperties": false,
            "properties": {"kind": {"type": "string"}, "b": {"type": "bool"}}}
        }
        """##

    private static func plan(_ type: String, _ value: String) throws -> DeploymentPlan {
        try TemplateSamples.plan(
            ##"""
            "languageVersion": "2.0", "parameters": {"p": {"$ref": "#/definitions/\##(type)"}}, "resources": {},
            \##(types)
            """##, parameters: #"{"p": {"value": \#(value)}}"#)
    }

    @Test(arguments: [
        ("endpoint", #"{"host": "a"}"#), ("endpoint", #"{"host": "a", "port": null, "next": {"host": "b"}}"#),
        ("endpoint", #"{"HOST": "a", "port": 80, "protocol": "tcp", "key": "k1"}"#), ("endpoints", "[]"),
        ("endpoints", #"[{"host": "a"}, {"host": "b"}]"#), ("pair", #"["a", 1]"#), ("ports", #"{"a": 1, "b": 2}"#),
        ("either", #"{"kind": "one", "a": 1, "more": 2}"#), ("either", #"{"kind": "two", "b": true}"#),
    ])
    func `values of types of one's own are taken`(_ type: String, _ value: String) throws {
        _ = try Self.plan(type, value)
    }

    @Test(arguments: [
        ("endpoint", "5", "Expected 'Object'"), ("endpoint", "{}", "'p' is not valid. The property 'host' is required"),
        ("endpoint", #"{"host": "a", "x": 1}"#, "The property 'x' is not permitted"),
        ("endpoint", #"{"host": "abcdef"}"#, "'p.host' is not valid. Length"),
        ("endpoint", #"{"host": null}"#, "Path 'p.host'"),
        ("endpoint", #"{"host": "a", "port": 0}"#, "'p.port' is not valid. The value should be greater"),
        ("endpoint", #"{"host": "a", "port": "80"}"#, "Expected 'Integer'. Actual 'String'. Path 'p.port'."),
        ("endpoint", #"{"host": "a", "protocol": "udp"}"#, "'p.protocol' is not valid"),
        ("endpoint", #"{"host": "a", "next": {"host": "b", "next": {}}}"#, "'p.next.next' is not valid"),
        ("endpoints", #"[{"host": "a"}, {}]"#, "'p[1]' is not valid"),
        ("endpoints", #"[{"host": "a"}, {"host": "a"}, {"host": "a"}]"#, "less than or equal to '2'"),
        ("pair", #"["a"]"#, "at least 2"), ("pair", #"["a", "b"]"#, "Path 'p[1]'"),
        ("pair", #"["a", 1, 2]"#, "It may have 2"), ("ports", #"{"a": 1, "b": 65536}"#, "'p.b' is not valid"),
        ("either", "{}", "must be one of 'one,two'"), ("either", #"{"kind": "three"}"#, "must be one of 'one,two'"),
        ("either", #"{"kind": "one"}"#, "'a' is required"), ("either", #"{"kind": "two", "b": 1}"#, "Path 'p.b'"),
        ("either", #"{"kind": "two", "b": true, "c": 1}"#, "'c' is not permitted"),
    ])
    func `what is wrong inside of a value is named`(_ type: String, _ value: String, _ words: String) {
        let fault = TemplateSamples.fault { try Self.plan(type, value) }

        #expect(fault?.code == "InvalidTemplate")
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }

    @Test func `a secret inside of a value is neither told nor shown`() throws {
        let fault = TemplateSamples.fault { try Self.plan("endpoint", #"{"host": "a", "key": "hush"}"#) }
        let shown = try Self.plan("endpoints", #"[{"host": "a", "key": "k1", "next": {"host": "b", "key": "k2"}}]"#)

        #expect(fault?.message.contains("***") == true)
        #expect(fault?.message.contains("hush") == false)
        let next: JSONValue = ["host": "b", "key": .null]
        #expect(shown.parameters["p"]?["value"] == [["host": "a", "key": .null, "next": next]])
        #expect(shown.scope.parameters["p"]?[0]?["key"] == "k1")
    }

    @Test(arguments: [
        ##"{"a": {"type": "array", "items": {"$ref": "#/definitions/none"}}}"##,
        ##"{"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}"##,
        #"{"a": {"type": "object", "properties": {"x": {"type": "text"}}}}"#, #"{"a": 5}"#,
        #"{"a": {"$ref": "elsewhere"}}"#, #"{"a": {"type": "object", "discriminator": {"propertyName": "x"}}}"#,
    ])
    func `definitions that lead nowhere are refused although nothing uses them`(_ definitions: String) {
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(#""resources": [], "definitions": \#(definitions)"#)
        }

        #expect(fault?.code == "InvalidTemplate")
        #expect(fault?.message.contains("definition") == true)
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
