import RelayModel
import Synchronization
import Testing

@testable import TemplateLanguage

struct PlanTests {
    /// What templates for Azure Relay look like in public.
    private static let relay = #"""
        "parameters": {
          "namePrefix": {"type": "string", "defaultValue": "CONTOSO", "minLength": 3},
          "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
          "secret": {"type": "securestring", "defaultValue": "hidden"}
        },
        "variables": {
          "namespaceName": "[toLower(concat(take(parameters('namePrefix'), 10), '-relay'))]",
          "hybridConnection": "hc1"
        },
        "resources": [
          { "apiVersion": "2021-11-01", "name": "[variables('namespaceName')]", "type": "Microsoft.Relay/namespaces",
            "location": "[parameters('location')]", "sku": {"name": "Standard", "tier": "Standard"}, "properties": {},
            "resources": [
              { "apiVersion": "2021-11-01", "name": "RootManageSharedAccessKey", "type": "AuthorizationRules",
                "dependsOn": ["[variables('namespaceName')]"],
                "properties": {"rights": ["Listen", "Manage", "Send"]} },
              { "apiVersion": "2021-11-01", "name": "[variables('hybridConnection')]", "type": "HybridConnections",
                "dependsOn": ["[resourceId('Microsoft.Relay/namespaces', variables('namespaceName'))]"],
                "properties": {"requiresClientAuthorization": true},
                "resources": [
                  { "apiVersion": "2021-11-01", "name": "defaultListener", "type": "authorizationRules",
                    "dependsOn": ["[variables('hybridConnection')]",
                      "[concat('Microsoft.Relay/namespaces/', variables('namespaceName'))]"],
                    "properties": {"rights": ["Listen"]} } ] } ] },
          { "apiVersion": "2021-11-01",
            "name": "[concat(variables('namespaceName'), '/', variables('hybridConnection'), '/defaultSender')]",
            "type": "Microsoft.Relay/namespaces/hybridConnections/authorizationRules",
            "dependsOn": ["[resourceId('Microsoft.Relay/namespaces/hybridConnections', variables('namespaceName'),
              variables('hybridConnection'))]"],
            "properties": {"rights": ["Send"]} }
        ],
        "outputs": {
          "connection": {"type": "string", "value": "[listKeys(resourceId(
            'Microsoft.Relay/namespaces/authorizationRules', variables('namespaceName'), 'RootManageSharedAccessKey'),
            '2017-04-01').primaryConnectionString]"},
          "state": {"type": "object", "value": "[reference(variables('namespaceName'))]"},
          "hidden": {"type": "securestring", "value": "[parameters('secret')]"},
          "left": {"type": "string", "condition": "[equals(1, 2)]", "value": "x"},
          "loop": {"type": "array", "copy": {"count": 2, "input": "[concat('n', copyIndex(1))]"}}
        }
        """#

    @Test func `the public template of a relay is planned and runs`() async throws {
        let plan = try TemplateSamples.plan(Self.relay)
        let base = "\(TemplateSamples.groupPath)/providers/Microsoft.Relay/namespaces/contoso-relay"

        #expect(
            plan.resources.map(\.id.path) == [
                base, "\(base)/AuthorizationRules/RootManageSharedAccessKey", "\(base)/HybridConnections/hc1",
                "\(base)/HybridConnections/hc1/authorizationRules/defaultListener",
                "\(base)/hybridConnections/hc1/authorizationRules/defaultSender",
            ])
        #expect(plan.resources.map(\.dependsOn) == [[], [0], [0], [0, 2], [2]])
        #expect(plan.resources[0].location == "westeurope")
        let runtime = EchoRuntime()
        #expect(
            try await plan.resources[0].body(runtime).text
                == #"{"location":"westeurope","sku":{"name":"Standard","tier":"Standard"},"properties":{}}"#)
        let outputs = try await plan.outputs(runtime)
        #expect(outputs["connection"]?["value"] == "Endpoint=RootManageSharedAccessKey;2017-04-01")
        #expect(outputs["state"]?["value"]?["apiVersion"] == "2021-11-01")
        #expect(outputs["state"]?["type"] == "Object")
        #expect(outputs["hidden"] == ["type": "SecureString"])
        #expect(outputs["left"] == nil)
        #expect(outputs["loop"] == ["type": "Array", "value": ["n1", "n2"]])
        #expect(plan.parameters["namePrefix"] == ["type": "String", "value": "CONTOSO"])
        #expect(plan.parameters["secret"] == ["type": "SecureString"])
        #expect(!plan.templateHash.isEmpty && plan.templateHash.allSatisfy(\.isNumber))
        #expect(
            plan.providers[0]?["resourceTypes"]?[0]
                == ["resourceType": "namespaces", "locations": ["westeurope"]])
        #expect(plan.dependencies[0]?["dependsOn"]?[0]?["resourceName"] == "contoso-relay")
        #expect(plan.dependencies.array?.count == 4)
    }

    @Test func `a child may have its whole name or the end of it`() throws {
        let plan = try TemplateSamples.plan(
            #"""
            "languageVersion": "1.0",
            "resources": [{"type": "Microsoft.Relay/Namespaces", "apiVersion": "1", "name": "ns", "resources": [
              {"type": "HybridConnections", "apiVersion": "1", "name": "hc",
               "dependsOn": ["[resourceId('Microsoft.Relay/namespaces/', 'ns')]"],
               "resources": [{"type": "authorizationRules", "apiVersion": "1", "name": "rule", "dependsOn": ["hc"]}]},
              {"type": "Microsoft.Relay/namespaces/authorizationRules", "apiVersion": "1", "name": "ns/rule",
               "dependsOn": ["[resourceId('Microsoft.Relay/namespaces/', 'ns')]"]}]}]
            """#)

        #expect(plan.resources.map(\.name) == ["ns", "ns/hc", "ns/hc/rule", "ns/rule"])
        #expect(plan.resources.map(\.dependsOn) == [[], [0], [1], [0]])
    }

    @Test func `the loops of resources and properties are expanded`() async throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [
              {"type": "A.B/c", "apiVersion": "1", "name": "[concat('r', copyIndex(10))]",
               "copy": {"name": "loop", "count": 5, "mode": "serial", "batchSize": 2},
               "properties": {"copy": [{"name": "list", "count": 2,
                 "input": "[concat(copyIndex('list'), '-', copyIndex())]"}], "copy2": 1, "[concat('k',
                   copyIndex())]": 2}},
              {"type": "A.B/c", "apiVersion": "1", "name": "after", "dependsOn": ["LOOP"]},
              {"type": "A.B/d", "apiVersion": "1", "name": "[copyIndex('none')]",
               "copy": {"name": "none", "count": 0}},
              {"type": "A.B/e", "apiVersion": "1", "name": "last", "dependsOn": ["none", "after"]}
            ]
            """#)

        #expect(plan.resources.map(\.name) == ["r10", "r11", "r12", "r13", "r14", "after", "last"])
        #expect(plan.resources.map(\.dependsOn) == [[], [], [0, 1], [0, 1], [2, 3], [0, 1, 2, 3, 4], [5]])
        #expect(
            try await plan.resources[1].body(EchoRuntime())["properties"]?.text
                == #"{"copy2":1,"k1":2,"list":["0-1","1-1"]}"#)
    }

    @Test func `variables have loops, too`() throws {
        let plan = try TemplateSamples.plan(
            #"""
            "variables": {"copy": [{"name": "top", "count": 2, "input": "[copyIndex('top', 1)]"}],
              "object": {"copy": [{"name": "inner", "count": 2, "input": {"x": "[copyIndex('inner')]"}}]},
              "chain": "[variables('later')]", "later": "[length(variables('top'))]"},
            "resources": []
            """#)

        #expect(plan.scope.variables["top"] == [1, 2])
        #expect(plan.scope.variables["object"] == ["inner": [["x": 0], ["x": 1]]])
        #expect(plan.scope.variables["chain"] == 2)
    }

    @Test func `skipped resources stay in the plan and nobody waits for them`() throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [
              {"type": "A.B/c", "apiVersion": "1", "name": "a", "condition": "[equals(1, 2)]",
               "properties": {"x": "[div(1, 0)]"}},
              {"type": "A.B/c", "apiVersion": "1", "name": "b", "condition": true, "dependsOn": ["a"]},
              {"type": "A.B/c", "apiVersion": "1", "name": "a"},
              {"type": "A.B/c", "apiVersion": "1", "name": "a", "condition": false},
              {"type": "A.B/c", "apiVersion": "1", "name": "d", "dependsOn": ["[resourceId('A.B/c', 'a')]"],
               "properties": {"x": "[reference('a').id]"}}
            ]
            """#)

        #expect(plan.resources.map(\.isSkipped) == [true, false, false, true, false])
        #expect(plan.resources[1].dependsOn == [2] && plan.resources[4].dependsOn == [2])
    }

    @Test func `what an expression asks about is deployed before`() async throws {
        let plan = try TemplateSamples.plan(
            #"""
            "resources": [
              {"type": "A.B/c", "apiVersion": "1", "name": "first",
               "properties": {"a": "[concat(reference('second').name, listKeys(resourceId('A.B/c', 'third'),
                 '2').primaryKey)]",
                 "b": "[if(equals(reference('second').name, 'second'), reference('/x/providers/A.B/c/d', '3',
                   'Full').full, 0)]",
                 "c": "[if(true(), 'x', reference('first').name)]"}},
              {"type": "A.B/c", "apiVersion": "7", "name": "second"},
              {"type": "A.B/c", "apiVersion": "1", "name": "third"}
            ]
            """#)

        #expect(plan.resources[0].dependsOn == [1, 2])
        #expect(!plan.resources[0].isComplete && plan.resources[1].isComplete)
        let runtime = EchoRuntime()
        #expect(
            try await plan.resources[0].body(runtime)["properties"]
                == ["a": "secondkey", "b": true, "c": "x"])
        #expect(runtime.asked.withLock { $0.count } == 3)
    }

    @Test func `resources with symbolic names refer to one another by them`() async throws {
        let plan = try TemplateSamples.plan(
            #"""
            "languageVersion": "2.0",
            "resources": {
              "old": {"existing": true, "type": "A.B/c", "apiVersion": "1", "name": "there"},
              "loop": {"type": "A.B/c", "apiVersion": "1", "name": "[concat('l', copyIndex())]",
                "copy": {"name": "loop", "count": 2}, "properties": {"x": "[reference('old').id]"}},
              "lock": {"type": "M.A/locks", "apiVersion": "1", "name": "keep", "scope": "[resourceId('A.B/c',
                'there')]",
                "dependsOn": ["loop", "old"], "properties": {"y": "[references('loop')[1].name]",
                "z": "[reference('loop[0]').name]", "w": "[resourceInfo('old').id]"}}
            }
            """#)

        #expect(plan.resources.map(\.symbolicName) == ["old", "loop[0]", "loop[1]", "lock"])
        #expect(plan.resources.map(\.isExisting) == [true, false, false, false])
        #expect(plan.resources.map(\.dependsOn) == [[], [0], [0], [0, 1, 2]])
        #expect(plan.resources[3].id.path.hasSuffix("/A.B/c/there/providers/M.A/locks/keep"))
        let body = try await plan.resources[3].body(EchoRuntime())
        #expect(body["properties"]?["y"] == "l1" && body["properties"]?["z"] == "l0")
        #expect(body["properties"]?["w"]?.string == plan.resources[0].id.path)
    }

    @Test func `functions of the template see their own parameters alone`() throws {
        let functions =
            #""functions": [{"namespace":"contoso","members": {"name": {"parameters": [{"name":"p","type":"string"}],"#
            + #""output": {"type": "string", "value": "[concat(toLower(parameters('p')), '-x')]"}},"#
            + #""bad": {"output": {"type": "string", "value": "[variables('v')]"}}}}],"#
        let plan = try TemplateSamples.plan(
            functions + #""variables": {"v": "[Contoso.Name('ABC')]"}, "resources": []"#)

        #expect(plan.scope.variables["v"] == "abc-x")
        for call in ["contoso.name(1)", "contoso.name()", "contoso.bad()", "contoso.none()"] {
            #expect(throws: TemplateError.self) {
                try TemplateSamples.plan(functions + #""variables": {"v": "x", "w": "[\#(call)]"}, "resources": []"#)
            }
        }
    }
}
