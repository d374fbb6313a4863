import LocalFiles
package import RelayModel

/// The places from which settings come: flags over environment over file over default.
package struct SettingSources: Sendable {
    /// Names of all settings, as flags have them. The file has the same names as keys.
    package static let names = [
        "data-directory", "management-address", "relay-address", "operations-address", "relay-domain",
        "management-endpoint", "relay-endpoint", "tls-certificate", "tls-key", "master-key-file", "master-key-command",
        "trusted-proxy", "plan-limits", "response-deadline", "rate-limit", "drain-timeout", "log-level",
        "relay-plaintext-address", "relay-plaintext-anywhere", "relay-host-alias", "relay-threads", "accept-timeout",
        "listener-token-grace", "ping-interval", "connections-per-namespace", "half-close", "no-listener-status",
        "raw-request-path", "external-issuers",
    ]

    private let flags: [String: String]
    private let environment: [String: String]
    private let file: [String: JSONValue]

    /// - Parameters:
    ///   - flags: by name, only those that were given.
    ///   - environment: of the process.
    ///   - yaml: the text of the configuration file, when there is one.
    /// - Throws: ``ConfigurationError`` when the file is no YAML mapping or has a key that is no setting.
    package init(flags: [String: String], environment: [String: String], yaml: String?) throws {
        self.flags = flags
        self.environment = environment
        file = try yaml.map(Self.parse) ?? [:]
    }

    /// The value of a setting as text, from the strongest source that has it.
    package func text(_ name: String) throws -> String? {
        if let flag = flags[name] { return flag }
        if let value = environment[Self.variable(name)], !value.isEmpty { return value }
        guard let value = file[name] else { return nil }
        switch value {
        case .string(let text), .number(let text): return text
        case .integer(let number): return String(number)
        case .bool(let flag): return String(flag)
        case .array(let elements): return elements.compactMap { $0.string }.joined(separator: ",")
        case .null: return nil
        case .object:
            throw ConfigurationError(
                "The setting '\(name)' of the configuration file must be one value, not a mapping.")
        }
    }

    /// A setting that only the file can have in this form.
    package func mapping(_ name: String) -> JSONObject? {
        guard flags[name] == nil, environment[Self.variable(name)]?.isEmpty ?? true else { return nil }
        return file[name]?.object
    }

    /// A setting that is no plain text: as it stands in the file, or read out of the text that flag or environment give.
    package func value(_ name: String, parse: (String) throws -> JSONValue?) throws -> JSONValue? {
        let text = flags[name] ?? environment[Self.variable(name)].flatMap { $0.isEmpty ? nil : $0 }
        guard let text else { return file[name] }
        do {
            return try parse(text)
        } catch {
            throw ConfigurationError("\(name) cannot be used: \(error).")
        }
    }

    /// The strongest of several settings that exclude each other.
    package func strongest(of names: [String]) -> String? {
        names.first { flags[$0] != nil }
            ?? names.first { !(environment[Self.variable($0)]?.isEmpty ?? true) }
            ?? names.first { file[$0] != nil }
    }

    private static func variable(_ name: String) -> String { "CAUSEWAY_" + name.uppercased().replacing("-", with: "_") }

    private static func parse(_ yaml: String) throws -> [String: JSONValue] {
        let document: JSONValue?
        do {
            document = try YAMLText.parse(yaml)
        } catch {
            throw ConfigurationError("The configuration file cannot be used: \(error).")
        }
        guard let document else { return [:] }
        guard let mapping = document.object else {
            throw ConfigurationError("The configuration file must be a mapping of settings.")
        }
        var values: [String: JSONValue] = [:]
        for member in mapping.members {
            guard names.contains(member.name) else {
                throw ConfigurationError(
                    "The configuration file has the unknown key '\(member.name)'; known keys are "
                        + "\(names.joined(separator: ", "))."
                )
            }
            values[member.name] = member.value
        }
        return values
    }
}
