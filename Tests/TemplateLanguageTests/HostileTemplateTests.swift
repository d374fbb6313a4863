import RelayModel
import Testing

@testable import TemplateLanguage

/// Templates come from callers: none may end the process, or keep it busy for long.
struct HostileTemplateTests {
    @Test(arguments: [
        String(repeating: "concat(", count: 5000), "concat(" + String(repeating: "array(", count: 99) + "1",
        String(repeating: "(", count: 20_000), "a" + String(repeating: ".b", count: 10_000),
        "createArray(1)" + String(repeating: "[0]", count: 5000), String(repeating: "not(", count: 3000),
        "'" + String(repeating: "a", count: 30_000) + "'",
        "reduce(range(0, 10000), createArray(), lambda('a', 'b', createArray(lambdaVariables('a'))))",
        "reduce(range(0, 100), createArray(1), lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))",
        "reduce(range(0, 100), 'x', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))",
        "reduce(range(0, 100), 'aa', lambda('a', 'b', replace(lambdaVariables('a'), 'a', padLeft('', 400, 'a'))))",
        "replace(padLeft('', 100000), ' ', padLeft('', 100000))",
        "reduce(range(0, 100), 'x', lambda('a', 'b', string(createArray(lambdaVariables('a'), lambdaVariables('a')))))",
        "reduce(range(0, 100), 'x', lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a'))))",
        "map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', lambdaVariables('b')))))",
        "map(range(0, 10000), lambda('a', range(0, 10000)))", "map(range(0, 10000), lambda('a', padLeft('', 4000000)))",
        "map(range(0, 10000), lambda('a', length(split(padLeft('', 4000000), createArray(' ', '  ', 'xx')))))",
        "map(range(0, 10000), lambda('a', format('{0,4000000}', 1)))",
        "format('" + String(repeating: "{0,4000000}", count: 1000) + "', 1)",
        "sort(range(0, 10000), lambda('a', 'b', contains(range(0, 10000), lambdaVariables('a'))))",
        "join(map(range(0, 10000), lambda('x', padLeft('', 1000))), '')",
        "map(range(0, 10000), lambda('a', length(toObject(range(0, 10000), lambda('x', "
            + "string(lambdaVariables('x')))))))",
    ])
    func `what would take forever is refused soon`(_ expression: String) {
        let clock = ContinuousClock()
        var fault: String?
        let duration = clock.measure { fault = TemplateSamples.fault(expression) }

        #expect(fault != nil)
        #expect(duration < .seconds(60), "\(expression.prefix(80))")
    }

    @Test(arguments: [
        ("contains(padLeft('', 200000), padLeft('x', 100000))", JSONValue.bool(false)),
        ("lastIndexOf(padLeft('', 200000), padLeft('x', 100000))", -1),
        ("length(replace(padLeft('', 200000), padLeft('x', 100000), ''))", 200_000),
        ("length(split(padLeft('', 200000), createArray(padLeft('x', 100000), padLeft('y', 100000))))", 1),
    ])
    func `texts that nearly match are searched in one pass`(_ expression: String, _ expected: JSONValue) throws {
        #expect(try TemplateSamples.value(expression) == expected)
    }

    @Test func `values that share their parts cannot grow without end`() {
        let chain = (1..<60).map { #""v\#($0)": ["[variables('v\#($0 - 1)')]", "[variables('v\#($0 - 1)')]"]"# }
        let deep = (1..<60).map { #""v\#($0)": [[[["[variables('v\#($0 - 1)')]"]]]]"# }

        for variables in [chain, deep] {
            let fault = TemplateSamples.fault {
                try TemplateSamples.plan(
                    #""variables": {"v0": [], \#(variables.joined(separator: ","))}, "resources": []"#)
            }
            #expect(fault?.message.contains("exceed the limit") == true)
        }
    }

    @Test func `functions that call one another come to an end`() {
        let members = (1..<400).map {
            #""f\#($0)": {"output": {"type": "int", "value": "[add(n.f\#($0 - 1)(), n.f\#($0 - 1)())]"}}"#
        }
        let fault = TemplateSamples.fault {
            try TemplateSamples.plan(
                #"""
                "functions": [{"namespace": "n", "members": {"f0": {"output": {"type": "int", "value": "[n.f0()]"}},
                \#(members.joined(separator: ","))}}], "variables": {"v": "[n.f399()]"}, "resources": []
                """#)
        }

        #expect(fault?.message.contains("exceed the limit") == true)
    }

    @Test func `a template has at most so many parts`() {
        let many = { (count: Int, value: String) in
            (0..<count).map { #""n\#($0)": \#(value)"# }.joined(separator: ",")
        }
        let loop = { (name: String) in
            #"{"type": "A.B/c", "apiVersion": "1", "name": "[concat('\#(name)', copyIndex())]","#
                + #" "copy": {"name": "\#(name)", "count": 401}}"#
        }
        let big =
            #"{"type": "A.B/c", "apiVersion": "1", "name": "[concat('x', copyIndex())]","#
            + #" "copy": {"name": "l", "count": 800}, "properties": {"p": "[padLeft('', 8000)]"}}"#
        let templates = [
            #""parameters": {\#(many(257, #"{"type": "int", "defaultValue": 1}"#))}, "resources": []"#,
            #""variables": {\#(many(513, "1"))}, "resources": []"#,
            #""outputs": {\#(many(65, #"{"type": "int", "value": 1}"#))}, "resources": []"#,
            #""resources": [\#(loop("a")), \#(loop("b"))]"#, #""resources": [\#(big)]"#,
        ]

        for template in templates {
            let fault = TemplateSamples.fault { try TemplateSamples.plan(template) }
            #expect(fault?.message.contains("limit") == true, "\(template.prefix(40)) \(fault?.message ?? "none")")
        }
    }

    @Test func `what is mutated is good`() throws {
        let plan = try TemplateSamples.plan(Self.seedMembers)

        #expect(plan.resources.map(\.name) == ["r1", "r2", "r3", "x", "x/y"])
        for expression in Self.seedExpressions { #expect(TemplateSamples.fault(expression) == nil, "\(expression)") }
    }

    @Test(arguments: 0..<40)
    func `mutations of templates never end the process`(_ seed: UInt64) async {
        var random = SeededRandom(seed: seed)
        for _ in 0..<100 {
            var bytes = Array(TemplateSamples.text(Self.seedMembers).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            guard let plan = try? Template(TemplateText(utf8: bytes)).plan(TemplateSamples.context) else { continue }
            let runtime = EchoRuntime()
            for resource in plan.resources { _ = try? await resource.body(runtime) }
            _ = try? await plan.outputs(runtime)
        }
    }

    @Test(arguments: 0..<40)
    func `mutations of expressions never end the process`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var bytes = Array((Self.seedExpressions.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            _ = TemplateSamples.fault(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static let seedExpressions = [
        "format('{0,5}|{1:N2}|{2:X}|{0:D3}', 5, 6, 7)", "padLeft('abc', 5, '0')", "substring('abcdef', 2, 3)",
        "skip(take('abcdef', 5), 2)", "dateTimeAdd('2020-01-31T10:00:00Z', '-P1Y2M3DT4H5M6S', 'yyyy MMM ddd hh tt')",
        "dateTimeFromEpoch(1640995200)", "dateTimeToEpoch('20220101T000000Z')", "cidrSubnet('10.0.0.0/8', 9, 1)",
        "cidrHost('fd00::/64', 1)", "parseCidr('10.144.0.0/20')", "range(1, 5)",
        "add(1, sub(2, mul(3, div(4, mod(5, 3)))))",
        "split('a,b;c', createArray(',', ';'))", "replace('abcabc', 'bc', 'x')", "lastIndexOf('abab', 'ab')",
        "base64ToString('b25lLCB0d28=')", "json('{\"a\": [1, 2.5]}').a[1]", "uriComponentToString('a%20b')",
        "uri('http://a.org/b/', 'c')", "createObject('a', createArray(1, 2)).?a[?1]", "int('12')", "float('1.5')",
        "resourceId('g', 'A.B/c/d', 'x', 'y')", "tryIndexFromEnd(createArray(1, 2), 1)",
        "min(1, 2, max(createArray(3, 4)))",
        "reduce(range(0, 9), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))",
        "sort(createArray(3, 1), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))",
        "dataUriToString('data:;base64,SGVsbG8=')", "first(items(createObject('a', 1))).key", "uniqueString('a', 'b')",
    ]

    private static let seedMembers = #"""
        "languageVersion": "1.0", // comment
        "parameters": {"p": {"type": "int", "defaultValue": 9223372036854775807, "minValue": -1,
          "allowedValues": [9223372036854775807]}},
        "variables": {"v": "[add(parameters('p'), -1)]", "copy": [{"name": "c", "count": 3,
          "input": "[copyIndex('c')]"}],
          "w": "[format('{0,5}|{1:N2}', variables('v'), substring('abcdef', 2, 3))]",},
        "functions": [{"namespace": "n", "members": {"f": {"parameters": [{"name": "x", "type": "int"}],
          "output": {"type": "int", "value": "[mul(parameters('x'), 2)]"}}}}],
        "resources": [{"type": "A.B/c", "apiVersion": "1", "name": "[concat('r', copyIndex(1))]", "condition": true,
          "copy": {"name": "loop", "count": "[length(variables('c'))]", "mode": "serial", "batchSize": 2},
          "dependsOn": ["[resourceId('A.B/c', 'x')]"], "properties": {"a": "[skip(range(1, 5), n.f(2))[0]]",
          "b": "[reference(resourceId('A.B/c', 'x'), '1', 'Full').id]", "d": "[dateTimeAdd('2020-01-31', 'P1M')]",
          "e": "[cidrSubnet('10.0.0.0/8', 9, 1)]", "f": "[map(range(0, 3), lambda('i', lambdaVariables('i')))]"}},
          {"type": "A.B/c", "apiVersion": "1", "name": "x", "resources": [{"type": "d", "apiVersion": "1",
            "name": "y"}]}],
        "outputs": {"o": {"type": "object", "value": "[union(createObject('a', 1), json('{}'))]"}}
        """#

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = Array("[]{}()'\",:.-09aZ$\\\n".utf8).randomElement(using: &random) ?? 0
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 3:
            let end = min(place + Int.random(in: 1...30, using: &random), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
        default: bytes.insert(contentsOf: Array("9223372036854775807".utf8), at: place)
        }
    }
}

/// Repeatable numbers (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
