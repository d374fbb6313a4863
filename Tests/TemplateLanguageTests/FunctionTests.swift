import RelayModel
import Testing

@testable import TemplateLanguage

struct FunctionTests {
    @Test(arguments: [
        ("base64('one, two, three')", #""b25lLCB0d28sIHRocmVl""#),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", #""one, two, three""#),
        ("base64ToJson(base64('{\"one\": \"a\"}')).one", #""a""#),
        ("concat('prefix', '-', 5, true())", #""prefix-5True""#),
        ("concat(createArray('1-1'), createArray('2-1', '2-2'))", #"["1-1","2-1","2-2"]"#),
        ("dataUri('Hello')", #""data:text/plain;charset=utf8;base64,SGVsbG8=""#),
        ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", #""Hello, World!""#),
        ("endsWith('abcdef', 'EF')", "true"), ("endsWith('abcdef', 'e')", "false"),
        ("startsWith('abcdef', 'AB')", "true"), ("startsWith('abcdef', 'e')", "false"),
        ("first('One Two Three')", #""O""#), ("last('One Two Three')", #""e""#),
        ("first(createArray('one', 'two'))", #""one""#), ("last(createArray())", "null"),
        (
            "format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)",
            #""Hello, User. Formatted number: 8,175,133""#
        ),
        ("format('{0:D3}|{0:X}|{0:x4}|{0:P}|{0:F1}|{0:000}', 10)", #""010|A|000a|1,000.00%|10.0|010""#),
        ("format('{{{0}}}|{0,4}|{0,-4}|', 'a')", #""{a}|   a|a   |""#),
        ("indexOf('test', 't')", "0"), ("lastIndexOf('test', 't')", "3"), ("indexOf('abcdef', 'CD')", "2"),
        ("indexOf('abcdef', 'z')", "-1"), ("lastIndexOf('abcdef', 'AB')", "0"),
        ("indexOf(createArray('one', 'two', 'one'), 'one')", "0"),
        ("lastIndexOf(createArray('one', 'two', 'one'), 'one')", "2"),
        ("join(createArray('one', 'two'), ',')", #""one,two""#),
        ("json('{\"a\": [1, null, 1.5]}')", #"{"a":[1,null,1.5]}"#), ("json('null')", "null"),
        ("length('One Two Three')", "13"), ("length(createArray(1, 2))", "2"),
        ("length(createObject('a', 1))", "1"),
        ("padLeft('123', 10, '0')", #""0000000123""#), ("padLeft(5, 3)", #""  5""#),
        ("replace('123-123-1234', '-', '')", #""1231231234""#), ("replace('aaa', 'aa', 'b')", #""ba""#),
        ("skip('one two three', 4)", #""two three""#), ("skip(createArray('one', 'two', 'three'), 2)", #"["three"]"#),
        ("take('one two three', 2)", #""on""#), ("take(createArray('one', 'two', 'three'), 2)", #"["one","two"]"#),
        ("take('ab', 9)", #""ab""#), ("take('ab', -1)", #""""#), ("skip('ab', -1)", #""ab""#),
        ("split('one,two,three', ',')", #"["one","two","three"]"#),
        ("split('one;two,three', createArray(',', ';'))", #"["one","two","three"]"#),
        ("string(createArray('a', 1))", #""[\"a\",1]""#), ("string(true())", #""True""#), ("string(5)", #""5""#),
        ("string(null())", #""""#),
        ("substring('one two three', 4, 3)", #""two""#), ("substring('abc', 1)", #""bc""#),
        ("toLower('One')", #""one""#), ("toUpper('One')", #""ONE""#), ("trim('  a b ')", #""a b""#),
        ("uri('http://contoso.org/firstpath/', 'myscript.sh')", #""http://contoso.org/firstpath/myscript.sh""#),
        (
            "uri('http://contoso.org/firstpath/azuredeploy.json', 'myscript.sh')",
            #""http://contoso.org/firstpath/myscript.sh""#
        ),
        ("uri('http://contoso.org', 'a')", #""http://contoso.org/a""#),
        ("uriComponent('http://a.org/b c')", #""http%3A%2F%2Fa.org%2Fb%20c""#),
        ("uriComponentToString('http%3A%2F%2Fa.org%2Fb%20c')", #""http://a.org/b c""#),
        ("'it''s'", #""it's""#),
    ])
    func `functions of texts answer as documented`(_ expression: String, _ expected: String) throws {
        #expect(try TemplateSamples.value(expression).text == expected)
    }

    @Test(arguments: [
        ("array('a')", #"["a"]"#), ("array(createArray(1))", "[1]"),
        ("contains('OneTwoThree', 'e')", "true"), ("contains('OneTwoThree', 'z')", "false"),
        ("contains('abc', 'B')", "false"), ("contains(createObject('one', 'a'), 'ONE')", "true"),
        ("contains(createArray('one'), 'one')", "true"), ("contains(createArray('one'), 'ONE')", "false"),
        ("createObject('intProp', 1, 'n', null())", #"{"intProp":1,"n":null}"#),
        ("empty('')", "true"), ("empty(createArray())", "true"), ("empty(createObject())", "true"),
        ("empty(null())", "true"), ("empty('a')", "false"),
        ("flatten(createArray(createArray(1, 2), createArray(3)))", "[1,2,3]"),
        ("intersection(createArray('one', 'two', 'three'), createArray('two', 'three'))", #"["two","three"]"#),
        ("intersection(createObject('one', 'a', 'two', 'b'), createObject('one', 'a', 'two', 'z'))", #"{"one":"a"}"#),
        ("items(createObject('b', 1, 'a', 2))", #"[{"key":"a","value":2},{"key":"b","value":1}]"#),
        ("objectKeys(createObject('b', 1, 'a', 2))", #"["b","a"]"#),
        ("max(createArray(0, 3, 2))", "3"), ("max(1, 2)", "2"), ("min(createArray(0, 3, 2))", "0"), ("min(5, 2)", "2"),
        ("range(5, 3)", "[5,6,7]"), ("range(0, 0)", "[]"),
        ("union(createArray('one', 'two'), createArray('two', 'three'))", #"["one","two","three"]"#),
        (
            "union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)), "
                + "createObject('b', 3))",
            #"{"a":{"x":1,"y":2},"b":3}"#
        ),
        (
            "shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', "
                + "createObject('y', 2))))",
            #"{"a":{"y":2}}"#
        ),
        ("tryGet(createObject('a', createArray(1)), 'a', 0)", "1"), ("tryGet(createObject('a', 1), 'b')", "null"),
        ("tryIndexFromEnd(createArray(1, 2), 1)", "2"), ("tryIndexFromEnd(createArray(1, 2), 3)", "null"),
        ("filter(createArray(1, 2, 3), lambda('x', greater(lambdaVariables('x'), 1)))", "[2,3]"),
        ("filter(createArray('a', 'b'), lambda('x', 'i', equals(lambdaVariables('i'), 1)))", #"["b"]"#),
        ("map(range(0, 3), lambda('x', mul(lambdaVariables('x'), 2)))", "[0,2,4]"),
        ("map(createArray('a'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))", #"["a0"]"#),
        ("reduce(range(1, 4), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))", "10"),
        ("sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))", "[1,2,3]"),
        ("toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', 1))", #"{"a":1,"b":1}"#),
        (
            "groupBy(createArray('ab', 'ac', 'b'), lambda('x', first(lambdaVariables('x'))))",
            #"{"a":["ab","ac"],"b":["b"]}"#
        ),
        (
            "groupBy(createArray('ab', 'ac'), lambda('x', 'k'), lambda('x', last(lambdaVariables('x'))))",
            #"{"k":["b","c"]}"#
        ),
        ("mapValues(createObject('a', 1), lambda('x', add(lambdaVariables('x'), 1)))", #"{"a":2}"#),
        (
            "map(createArray(1), lambda('x', map(createArray(2), lambda('y', add(lambdaVariables('x'), "
                + "lambdaVariables('y'))))))",
            "[[3]]"
        ),
    ])
    func `functions of arrays and objects answer as documented`(_ expression: String, _ expected: String) throws {
        #expect(try TemplateSamples.value(expression).text == expected)
    }

    @Test(arguments: [
        ("equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))", "true"), ("equals('a', 'A')", "false"),
        ("equals(1, '1')", "false"), ("less(1, 2)", "true"), ("lessOrEquals(2, 2)", "true"),
        ("greater('b', 'a')", "true"), ("greaterOrEquals(1, 2)", "false"),
        ("coalesce(null(), null(), 'a')", #""a""#), ("coalesce(null())", "null"),
        ("and(true(), false())", "false"), ("or(false(), true())", "true"), ("not(true())", "false"),
        ("if(true(), 'a', div(1, 0))", #""a""#), ("if(false(), json('x'), 2)", "2"),
        ("bool('true')", "true"), ("bool(0)", "false"),
        ("add(5, 3)", "8"), ("sub(7, 3)", "4"), ("mul(5, 3)", "15"), ("div(8, 3)", "2"), ("mod(7, 3)", "1"),
        ("int('4')", "4"), ("float('1.5')", "1.5"), ("mod(-9223372036854775808, -1)", "0"),
    ])
    func `functions of numbers and logic answer as documented`(_ expression: String, _ expected: String) throws {
        #expect(try TemplateSamples.value(expression).text == expected)
    }

    @Test(arguments: [
        (
            "parseCidr('10.144.0.0/20')",
            #"{"network":"10.144.0.0","netmask":"255.255.240.0","broadcast":"10.144.15.255","#
                + #""firstUsable":"10.144.0.1","lastUsable":"10.144.15.254","cidr":20}"#
        ),
        ("cidrSubnet('10.144.0.0/20', 24, 0)", #""10.144.0.0/24""#),
        ("cidrSubnet('10.144.0.0/20', 24, 15)", #""10.144.15.0/24""#),
        ("cidrHost('10.144.3.0/24', 0)", #""10.144.3.1""#), ("cidrHost('10.144.3.0/24', 253)", #""10.144.3.254""#),
        ("cidrSubnet('fd00:1::/32', 48, 2)", #""fd00:1:2::/48""#), ("cidrHost('::/0', 1)", #""::2""#),
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", #""2023-04-07 14:53:14Z""#),
        ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", #""2020-03-29 14:53:14Z""#),
        ("dateTimeAdd('2020-04-07T14:53:14Z', 'PT1H')", #""2020-04-07T15:53:14Z""#),
        ("dateTimeAdd('20200131T000000Z', 'P1M')", #""20200229T000000Z""#),
        ("dateTimeAdd('2020-04-07T14:53:14Z', 'P1DT1H', 'dddd d MMM yy, h:mm tt')", #""Wednesday 8 Apr 20, 3:53 PM""#),
        ("dateTimeToEpoch('2022-01-01T00:00:00Z')", "1640995200"),
        ("dateTimeFromEpoch(1640995200)", #""2022-01-01T00:00:00Z""#),
        ("guid('asdf')", #""228d27cc-6fdb-5934-b7ac-1efccebade04""#),
        ("uniqueString('asd', 'asdf', 'asdf')", #""iizpqit7ih3cc""#),
        ("dateTimeAdd(dateTimeFromEpoch(1680224438), 'P1D')", #""2023-04-01T01:00:38Z""#),
        ("uriComponent('UB*8h 0+=_)9h9n')", #""UB%2A8h%200%2B%3D_%299h9n""#),
        ("uri('https://github.com', 'Azure/bicep')", #""https://github.com/Azure/bicep""#),
        ("guid('a', 'b')", #""\#(NameBasedGUID.text("a-b"))""#),
        ("uniqueString('test')", #""rbgf3xv4ufgzg""#), ("uniqueString('abc')", #""cgtzqvhu4i23s""#),
        ("uniqueString('hello', 'world')", #""a7wkljktk6wne""#),
        ("uniqueString('foo', 'bar', 'baz')", #""xzi4ioaxtmth4""#),
        (
            "uniqueString('/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg')",
            #""bmg7c6xu4tw46""#
        ),
    ])
    func `addresses, dates and hashes come out as those of ARM`(_ expression: String, _ expected: String) throws {
        #expect(try TemplateSamples.value(expression).text == expected)
    }

    @Test func `a name-based GUID has the version and the variant of RFC 4122`() throws {
        let text = try #require(try TemplateSamples.value("guid('a')").string)

        #expect(text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        #expect(text.split(separator: "-")[2].first == "5")
        #expect("89ab".contains(try #require(text.split(separator: "-")[3].first)))
        #expect(SHA1.digest(Array("abc".utf8)).prefix(4) == [0xa9, 0x99, 0x3e, 0x36])
        #expect(SHA1.digest(Array(repeating: 0x61, count: 119)).count == 20)
    }

    @Test(arguments: [
        ("resourceId('Microsoft.Relay/namespaces', 'ns')", "GROUP/providers/Microsoft.Relay/namespaces/ns"),
        (
            "resourceId('other', 'Microsoft.Relay/namespaces', 'ns')",
            "SUB/resourceGroups/other/providers/Microsoft.Relay/namespaces/ns"
        ),
        (
            "resourceId('s', 'g', 'Microsoft.Relay/namespaces/hybridConnections', 'ns', 'hc')",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Relay/namespaces/ns/hybridConnections/hc"
        ),
        (
            "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'x')",
            "SUB/providers/Microsoft.Authorization/roleDefinitions/x"
        ),
        (
            "tenantResourceId('Microsoft.Authorization/roleDefinitions', 'x')",
            "/providers/Microsoft.Authorization/roleDefinitions/x"
        ),
        (
            "extensionResourceId(resourceGroup().id, 'Microsoft.Authorization/locks', 'l')",
            "GROUP/providers/Microsoft.Authorization/locks/l"
        ),
        ("deployer().objectId", "me"),
        ("roleDefinitions('reader').roleDefinitionId", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        (
            "roleDefinitions('Azure Relay Owner').id",
            "/providers/Microsoft.Authorization/roleDefinitions/2787bf04-f1f5-4bfe-8383-c8a24483ee38"
        ),
        ("subscription().id", "SUB"), ("resourceGroup().location", "westeurope"), ("environment().name", "AzureCloud"),
        ("resourceGroup().TAGS.cost", "1"), ("resourceGroup()['tags']['cost']", "1"),
        ("tenant().tenantId", "00000000-0000-0000-0000-00000000000a"),
        ("providers('Microsoft.Relay', 'namespaces').resourceType", "namespaces"),
    ])
    func `functions of scopes and resources know where they are`(_ expression: String, _ expected: String) throws {
        let group = expected.replacing("GROUP", with: TemplateSamples.groupPath)
        let wanted = group.replacing("SUB", with: "/subscriptions/\(TemplateSamples.subscriptionID)")

        #expect(try TemplateSamples.value(expression).string == wanted)
    }
}
