import RelayModel
import Testing

@testable import TemplateLanguage

struct FunctionFaultTests {
    @Test(arguments: [
        (
            "foo()",
            "The template function 'foo' is not valid. Please see https://aka.ms/arm-functions for usage details."
        ),
        (
            "toLower(5)",
            "The template language function 'toLower' expects its parameter to be a string. The provided value "
                + "is of type "
                + "'Integer'. Please see https://aka.ms/arm-resource-functions/#toLower for usage details."
        ),
        (
            "add(1)",
            "Unable to evaluate template language function 'add': function requires 2 argument(s) while 1 were "
                + "provided. "
                + "Please see https://aka.ms/arm-resource-functions/#add for usage details."
        ),
        (
            "concat('a'",
            "Unable to parse language expression 'concat('a'': expected token 'RightParenthesis' and actual "
                + "'EndOfData'. "
                + "Please see https://aka.ms/arm-syntax for usage details."
        ),
        (
            "resourceGroup().nope",
            "The language expression property 'nope' doesn't exist, available properties are 'id, name, type, "
                + "location, "
                + "tags, properties'. Please see https://aka.ms/arm-functions for usage details."
        ),
        (
            "createArray(1)[1]",
            "The language expression property array index '1' is out of bounds. "
                + "Please see https://aka.ms/arm-functions for usage details."
        ),
        (
            "parameters('x')",
            "The template parameter 'x' is not found. "
                + "Please see https://aka.ms/arm-syntax-parameters for usage details."
        ),
        (
            "resourceId('Microsoft.Relay/namespaces/hybridConnections', 'ns')",
            "Unable to evaluate template language function 'resourceId': the type "
                + "'Microsoft.Relay/namespaces/hybridConnections' requires '2' resource name argument(s). "
                + "Please see https://aka.ms/arm-resource-functions/#resourceId for usage details."
        ),
    ])
    func `faults are in the words of ARM`(_ expression: String, _ expected: String) {
        #expect(TemplateSamples.fault(expression) == expected)
    }

    @Test(arguments: [
        "newGuid()", "utcNow()", "managementGroup()", "lambda('x', 1)", "lambdaVariables('x')", "copyIndex()",
        "copyIndex('a')", "div(1, 0)", "mod(1, 0)", "add(9223372036854775807, 1)", "sub(-9223372036854775808, 1)",
        "mul(9223372036854775807, 2)", "div(-9223372036854775808, -1)", "9223372036854775808", "range(0, 10001)",
        "range(2147483647, 1)", "range(0, -1)", "range(9223372036854775807, 2)", "padLeft('a', 2147483648, '0')",
        "padLeft('a', -1)", "padLeft('a', 9223372036854775807)", "padLeft('a', 3, 'ab')", "format('{0,2147483648}', 1)",
        "format('{0,-9223372036854775808}', 1)", "format('{0,9223372036854775807}', 1)", "format('{1}', 1)",
        "format('{9223372036854775807}', 1)", "format('{', 1)", "format('}', 1)", "format('{0:Q}', 1)",
        "format('{0:N999999999}', 1)", "substring('abc', 4)", "substring('abc', 1, 9223372036854775807)",
        "substring('abc', -1)", "replace('a', '', 'b')", "int('x')", "float('x')", "bool('x')", "json('{')",
        "base64ToString('a')", "base64ToString('/w==')", "dateTimeAdd('x', 'P1D')", "dateTimeAdd('2020-01-01', 'P')",
        "dateTimeAdd('2020-01-01T00:00:00Z', 'P99999999999999999Y')", "dateTimeAdd('2020-01-01T00:00:00Z', 'P9999Y')",
        "dateTimeFromEpoch(9223372036854775807)", "cidrSubnet('10.0.0.0/8', 33, 0)",
        "cidrSubnet('10.0.0.0/8', 16, 256)",
        "cidrHost('10.0.0.0/32', 0)", "cidrHost('10.0.0.0/24', 9223372036854775807)", "parseCidr('10.0.0/8')",
        "parseCidr('10.0.0.256/8')", "createObject('a')", "min(createArray())", "first(5)", "less(1, 'a')",
        "map(5, lambda('x', 1))", "map(createArray(1), 5)", "map(createArray(1), lambda('a', 'b', 'c', 1))",
        "filter(createArray(1), lambda('x', 1))", "indexFromEnd(createArray(1), 9223372036854775807)",
        "flatten(createArray(1))", "a.b.c()", "contoso.f()", "'abc", "concat('a',)", "concat('a' 'b')", "x", "1.", "",
        "createArray(1)['a']", "createArray(1)[9223372036854775807]", "reference('x')", "pickZones()", "listKeys()",
        "resourceId('a', 'b')", "extensionResourceId('a', 'b', 'c')", "providers('Nobody')", "#",
    ])
    func `what makes no sense is refused`(_ expression: String) {
        #expect(TemplateSamples.fault(expression) != nil)
    }

    @Test(arguments: [
        ("createObject('a', 1).?b", JSONValue.null), ("createArray(1)[?5]", .null), ("null().?a.?b", .null),
        ("createObject('a', createObject('b', 2)).?a.b", 2), ("createObject('a', 1)[?'a']", 1),
    ])
    func `a safe look answers null for what is not there`(_ expression: String, _ expected: JSONValue) throws {
        #expect(try TemplateSamples.value(expression) == expected)
    }

    @Test(arguments: [
        ("plain", "plain"), ("[[not an expression]", "[not an expression]"), ("[open", "[open"), ("[[open", "[[open"),
        ("close]", "close]"), ("", ""), ("[", "["),
    ])
    func `only a text in brackets is an expression`(_ text: String, _ expected: String) throws {
        guard case .literal(let literal) = try Expression.read(text) else {
            Issue.record("'\(text)' is no expression")
            return
        }
        #expect(literal == expected)
    }
}
