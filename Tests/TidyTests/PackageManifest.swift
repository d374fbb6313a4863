/// The targets of `Package.swift`, read as text: what each depends on, ours and others', and what it embeds.
struct PackageManifest {
    struct Target {
        var kind: String
        var name: String
        var ours: Set<String> = []
        var others: Set<String> = []
        var embedded: [String] = []
    }

    var targets: [Target] = []

    init(_ text: String) {
        var modules: [String: String] = [:]
        for match in text.matches(of: #/let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/#) {
            modules[String(match.1)] = String(match.2)
        }
        for match in text.matches(of: #/\.(target|executableTarget|testTarget)\(\s*name: "(\w+)"/#) {
            let body = Self.body(text[match.range.upperBound...])
            var target = Target(kind: String(match.1), name: String(match.2))
            if let list = body.firstMatch(of: #/dependencies: \[([^\]]*)\]/#) {
                for element in list.1.split(separator: ",") {
                    let name = element.filter { !$0.isWhitespace }
                    if name.hasPrefix("\"") {
                        target.ours.insert(name.filter { $0 != "\"" })
                    } else if !name.isEmpty {
                        target.others.insert(modules[name] ?? name)
                    }
                }
            }
            target.embedded = body.matches(of: #/\.embedInCode\("([^"]+)"\)/#).map { String($0.1) }
            targets.append(target)
        }
    }

    /// The text up to the parenthesis that closes the target.
    private static func body(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// What the program consists of: everything but tests and what helps them.
    var products: [Target] { targets.filter { $0.kind != "testTarget" && $0.name != "CausewayTesting" } }
}
