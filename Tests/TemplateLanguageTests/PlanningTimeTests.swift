import RelayModel
import Testing

@testable import TemplateLanguage

struct PlanningTimeTests {
    static let members = #"""
        "parameters": {"namespaceName": {"type": "string", "defaultValue": "contoso"}},
        "variables": {"location": "[resourceGroup().location]", "prefix": "[toLower('HC')]"},
        "resources": [
          {"type": "Microsoft.Relay/namespaces", "apiVersion": "2021-11-01", "name": "[parameters('namespaceName')]",
           "location": "[variables('location')]"},
          {"type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
           "name": "[format('{0}/{1}-{2:D4}', parameters('namespaceName'), variables('prefix'), copyIndex())]",
           "copy": {"name": "connections", "count": 799},
           "dependsOn": ["[resourceId('Microsoft.Relay/namespaces', parameters('namespaceName'))]"],
           "properties": {"requiresClientAuthorization": "[equals(mod(copyIndex(), 2), 0)]",
             "userMetadata": "[string(createArray(createObject('key', 'endpoint', 'value',
               format('host{0}:80', copyIndex()))))]"}
          }]
        """#

    @Test func `a template of 800 hybrid connections is planned without waiting`() throws {
        let text = TemplateSamples.text(Self.members)
        let clock = ContinuousClock()
        var count = 0
        let duration = try clock.measure {
            count = try Template(TemplateText(text: text)).plan(TemplateSamples.context).resources.count
        }

        #expect(count == 800)
        // A debug build on a busy machine; a release build needs a hundredth of it.
        #expect(duration < .seconds(10), "\(duration)")
    }
}
