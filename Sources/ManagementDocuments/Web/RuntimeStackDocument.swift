package import RelayModel

/// The runtimes that clients let people choose from when they make an app. Nothing is run here, so the list is only what
/// keeps such a choice from failing: names and versions as Azure spells them.
package enum RuntimeStackDocument {
    package enum System: String, Sendable, Hashable, CaseIterable {
        case linux = "Linux"
        case windows = "Windows"
    }

    private struct Stack {
        var value: String
        var text: String
        var major: String
        var versions: [Version]
    }

    private struct Version {
        var text: String
        var value: String
        /// As `linuxFxVersion` has it.
        var linux: String
        /// `nil` where Windows has none.
        var windows: String?
    }

    private static let stacks = [
        Stack(
            value: "dotnet", text: ".NET", major: ".NET",
            versions: ["10", "9", "8"].map { number in
                Version(
                    text: ".NET \(number)", value: number, linux: "DOTNETCORE|\(number).0", windows: "v\(number).0")
            }),
        Stack(
            value: "node", text: "Node", major: "Node LTS",
            versions: ["24", "22", "20"].map { number in
                Version(
                    text: "Node \(number) LTS", value: "\(number)-lts", linux: "NODE|\(number)-lts",
                    windows: "~\(number)")
            }),
        Stack(
            value: "python", text: "Python", major: "Python 3",
            versions: ["3.14", "3.13", "3.12", "3.11"].map { number in
                Version(text: "Python \(number)", value: number, linux: "PYTHON|\(number)", windows: nil)
            }),
        Stack(
            value: "php", text: "PHP", major: "PHP 8",
            versions: ["8.4", "8.3"].map { number in
                Version(text: "PHP \(number)", value: number, linux: "PHP|\(number)", windows: nil)
            }),
    ]

    /// All of them; those of one system when one is named.
    package static func render(_ system: System?) -> JSONValue {
        let documents = stacks.map { stack -> JSONValue in
            let versions = stack.versions.compactMap { document($0, system) }
            return [
                "id": .string("/providers/Microsoft.Web/webAppStacks/\(stack.value)"), "name": .string(stack.value),
                "type": "Microsoft.Web/webAppStacks",
                "properties": [
                    "displayText": .string(stack.text), "value": .string(stack.value), "preferredOs": "Linux",
                    "majorVersions": [
                        [
                            "displayText": .string(stack.major), "value": .string(stack.value),
                            "minorVersions": .array(versions),
                        ]
                    ],
                ],
            ]
        }
        return ["value": .array(documents)]
    }

    private static func document(_ version: Version, _ system: System?) -> JSONValue? {
        var settings = JSONObject()
        if system != .windows { settings.append("linuxRuntimeSettings", runtime(version.linux)) }
        if system != .linux, let windows = version.windows {
            settings.append("windowsRuntimeSettings", runtime(windows))
        }
        guard !settings.isEmpty else { return nil }
        return [
            "displayText": .string(version.text), "value": .string(version.value), "stackSettings": .object(settings),
        ]
    }

    private static func runtime(_ version: String) -> JSONValue {
        [
            "runtimeVersion": .string(version), "remoteDebuggingSupported": false,
            "appInsightsSettings": ["isSupported": false], "gitHubActionSettings": ["isSupported": false],
        ]
    }
}
