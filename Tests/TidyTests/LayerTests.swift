import Testing

struct LayerTests {
    private static let manifest = PackageManifest(Repository.file("Package.swift")?.text ?? "")

    @Test func `every target stands in the table and in the package with the same arrows`() throws {
        #expect(Self.manifest.products.map(\.name).sorted() == LayerTable.targets.map(\.name).sorted())
        for rule in LayerTable.targets {
            let target = try #require(Self.manifest[rule.name], "\(rule.name)")
            #expect(target.ours == rule.ours, "our targets in \(rule.name)")
            #expect(target.others == rule.others, "packages in \(rule.name)")
        }
    }

    @Test func `arrows point to lower layers`() {
        #expect(Self.upwardArrows(LayerTable.targets).isEmpty)
    }

    @Test func `every target imports only what the table allows`() {
        let offences = Repository.sources.flatMap { Self.forbiddenImports($0, LayerTable.targets) }

        #expect(offences.isEmpty, "\(offences.list)")
    }

    @Test func `a package is imported in every target that declares it`() {
        let idle = Self.unusedModules(Repository.sources, LayerTable.targets)

        #expect(idle.isEmpty, "declared and not imported: \(idle)")
    }

    @Test func `an arrow within a layer, upward or to nothing is found`() {
        let table = [
            TargetRule("A", layer: 0), TargetRule("B", layer: 1, ours: ["A"]), TargetRule("C", layer: 1, ours: ["B"]),
            TargetRule("D", layer: 0, ours: ["C", "X"]),
        ]

        #expect(Self.upwardArrows(table) == ["C -> B", "D -> C", "D -> X"])
    }

    @Test(arguments: [
        "import B", "public import B", "package import struct B.Thing", "@preconcurrency import B", "  import B",
        "@_spi(Inner) @preconcurrency internal import B", "@testable import B", "import class B.Thing", "import B.Part",
    ])
    func `a forbidden import is found in each of its forms`(_ line: String) {
        let table = [TargetRule("A", layer: 1, ours: ["C"], others: ["D"], system: ["Foundation"])]
        let text =
            "import C\n// import B\npublic import D\nimport struct Foundation.Date\n\(line)\nlet a = \"import B\"\n"

        let found = Self.forbiddenImports(SourceFile(path: "Sources/A/F.swift", text), table)
        #expect(found.map(\.description) == ["Sources/A/F.swift:5: A must not import B"])
    }

    @Test func `a folder that is no target is found`() {
        #expect(Self.forbiddenImports(SourceFile(path: "Sources/Z/F.swift", ""), LayerTable.targets).count == 1)
    }

    @Test func `an idle module is found`() {
        let table = [TargetRule("A", layer: 1, ours: ["C"], others: ["D", "E"])]
        let source = SourceFile(path: "Sources/A/F.swift", "import D\n")

        #expect(Self.unusedModules([source], table) == ["A: C", "A: E"])
    }

    @Test func `a manifest is read`() {
        let manifest = PackageManifest(
            """
            let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
            .target(name: "A", dependencies: ["B", crypto], resources: [.embedInCode("x.sql"), .embedInCode("y.sql")]),
            .executableTarget(
                name: "C",
                dependencies: [
                    "A",
                ],
            ),
            .testTarget(name: "CTests"),
            """
        )

        #expect(manifest.targets.map(\.name) == ["A", "C", "CTests"])
        #expect(manifest["A"]?.ours == ["B"])
        #expect(manifest["A"]?.others == ["Crypto"])
        #expect(manifest["A"]?.embedded == ["x.sql", "y.sql"])
        #expect(manifest["C"]?.ours == ["A"])
        #expect(manifest.products.map(\.name) == ["A", "C"])
    }

    private static func upwardArrows(_ table: [TargetRule]) -> [String] {
        table.flatMap { rule in
            rule.ours.sorted().filter { name in
                guard let other = table.first(where: { $0.name == name }) else { return true }
                return other.layer >= rule.layer
            }.map { "\(rule.name) -> \($0)" }
        }
    }

    private static func forbiddenImports(_ source: SourceFile, _ table: [TargetRule]) -> [Offence] {
        guard let rule = table.first(where: { $0.name == source.target }) else {
            return [Offence(path: source.file.path, line: 1, what: "the target \(source.target) is not in the table")]
        }
        let allowed = rule.ours.union(rule.others).union(rule.system)
        return imports(source).filter { !allowed.contains($0.module) }.map {
            Offence(path: source.file.path, line: $0.line, what: "\(rule.name) must not import \($0.module)")
        }
    }

    private static func unusedModules(_ sources: [SourceFile], _ table: [TargetRule]) -> [String] {
        table.flatMap { rule in
            let imported = Set(sources.filter { $0.target == rule.name }.flatMap(imports).map(\.module))
            return rule.ours.union(rule.others).subtracting(imported).sorted().map { "\(rule.name): \($0)" }
        }
    }

    private static func imports(_ source: SourceFile) -> [(line: Int, module: String)] {
        source.swift.codeLines.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"),
                words[..<keyword].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains(String($0)) }),
                let path = words[(keyword + 1)...].first(where: { !kinds.contains(String($0)) })
            else { return nil }
            return (index + 1, String(path.prefix { $0 != "." }))
        }
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
}
