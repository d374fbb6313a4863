import RelayModel
import Testing

@testable import TemplateLanguage

struct TemplateExportTests {
    private static let namespace = "\(TemplateSamples.groupPath)/providers/Microsoft.Relay/namespaces/my-ns"

    private static func resource(_ path: String, _ properties: JSONObject = [:]) -> TemplateExport.Resource {
        TemplateExport.Resource(
            [
                "id": .string(path), "name": .string(path.split(separator: "/").last.map(String.init) ?? ""),
                "type": JSONValue((try? ResourceID(path))?.type), "location": "westeurope",
                "properties": .object(properties),
            ], apiVersion: "2021-11-01")
    }

    private static let resources = [
        resource("\(namespace)/hybridConnections/it's/authorizationRules/listen", ["rights": ["Listen"]]),
        resource("\(namespace)/hybridConnections/it's", ["userMetadata": "[{\"key\":\"endpoint\"}]"]),
        resource(namespace, ["createdAt": "now", "note": "[open"]),
        resource("\(namespace)/providers/Microsoft.Authorization/locks/keep", ["level": "CanNotDelete"]),
        resource(
            "\(TemplateSamples.groupPath)/providers/Microsoft.Web/sites/app",
            ["relay": .string(namespace.uppercased().replacing("/SUBSCRIPTIONS", with: "/subscriptions"))]),
    ]

    private static func export() -> JSONObject {
        TemplateExport(resources) { type, properties in
            var properties = properties
            if type == "Microsoft.Relay/namespaces" { properties["createdAt"] = nil }
            return properties
        }.template
    }

    @Test func `an exported template makes the same resources, parents first`() async throws {
        let text = JSONValue.object(Self.export()).text
        let plan = try Template(TemplateText(text: text)).plan(TemplateSamples.context)

        #expect(
            plan.resources.map(\.id.path) == [
                Self.namespace, "\(TemplateSamples.groupPath)/providers/Microsoft.Web/sites/app",
                "\(Self.namespace)/hybridConnections/it's",
                "\(Self.namespace)/hybridConnections/it's/authorizationRules/listen",
                "\(Self.namespace)/providers/Microsoft.Authorization/locks/keep",
            ])
        #expect(plan.resources.map(\.dependsOn) == [[], [0], [0], [0, 2], [0]])
        let runtime = EchoRuntime()
        let body = try await plan.resources[2].body(runtime)
        #expect(body["properties"]?["userMetadata"] == "[{\"key\":\"endpoint\"}]")
        #expect(try await plan.resources[0].body(runtime)["properties"] == ["note": "[open"])
        #expect(try await plan.resources[1].body(runtime)["properties"]?["relay"]?.string == Self.namespace)
    }

    @Test func `an exported template names what it makes by parameters`() throws {
        let template = Self.export()

        #expect(
            template["parameters"] == [
                "namespaces_my_ns_name": ["defaultValue": "my-ns", "type": "String"],
                "sites_app_name": ["defaultValue": "app", "type": "String"],
                "locks_keep_name": ["defaultValue": "keep", "type": "String"],
            ])
        let child = template["resources"]?[2]
        #expect(child?["name"] == "[concat(parameters('namespaces_my_ns_name'), '/it''s')]")
        #expect(
            child?["dependsOn"] == ["[resourceId('Microsoft.Relay/namespaces', parameters('namespaces_my_ns_name'))]"])
    }

    @Test func `other names make another set of resources`() throws {
        let text = JSONValue.object(Self.export()).text
        let plan = try Template(TemplateText(text: text)).plan(
            TemplateSamples.context, parameters: TemplateText(["namespaces_my_ns_name": ["value": "second"]]))

        #expect(plan.resources[2].id.path.hasSuffix("namespaces/second/hybridConnections/it's"))
    }

    @Test func `resources that refer to one another are exported without a circle`() throws {
        let (first, second) = ("\(Self.namespace)1", "\(Self.namespace)2")
        let export = TemplateExport([
            Self.resource(first, ["other": .string(second)]), Self.resource(second, ["other": .string(first)]),
        ])
        let plan = try Template(TemplateText(.object(export.template))).plan(TemplateSamples.context)

        #expect(plan.resources.map(\.dependsOn) == [[1], []])
    }
}
