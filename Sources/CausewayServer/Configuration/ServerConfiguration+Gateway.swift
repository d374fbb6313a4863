import RelayGateway
import RelayModel

import class Foundation.ProcessInfo

extension ServerConfiguration {
    /// The settings of the data plane that no other part of the server shares.
    /// - Throws: ``ConfigurationError`` that names the setting, its value and the rule that it broke.
    static func gateway(_ sources: SettingSources) throws -> GatewaySettings {
        var settings = GatewaySettings()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        settings.threads = try number("relay-threads", sources, 1...256) ?? max(1, cores / 2)
        settings.acceptTimeout = try number("accept-timeout", sources, 1...300) ?? settings.acceptTimeout
        settings.listenerTokenGrace =
            try number("listener-token-grace", sources, 0...86_400) ?? settings.listenerTokenGrace
        settings.pingInterval = try number("ping-interval", sources, 1...3600) ?? settings.pingInterval
        settings.connectionsPerNamespaceMax =
            try number("connections-per-namespace", sources, 1...10_000_000) ?? settings.connectionsPerNamespaceMax
        if let text = try sources.text("half-close") {
            guard let mode = GatewaySettings.HalfClose(rawValue: text) else {
                throw ConfigurationError("half-close is '\(text)'; it must be forward or hold.")
            }
            settings.halfClose = mode
        }
        if let text = try sources.text("no-listener-status") {
            guard let status = Int(text), status == 404 || status == 502 else {
                throw ConfigurationError("no-listener-status is '\(text)'; it must be 404 or 502.")
            }
            settings.noListenerStatus = status
        }
        settings.passesRawPath = try flag("raw-request-path", sources)
        return settings
    }

    /// - Throws: ``ConfigurationError`` when the address is reachable from elsewhere and nobody said that it may be.
    static func plaintextAddress(_ sources: SettingSources) throws -> HostAndPort? {
        guard let text = try sources.text("relay-plaintext-address") else { return nil }
        guard let address = HostAndPort(text) else {
            throw ConfigurationError(
                "relay-plaintext-address is '\(text)'; it must be HOST:PORT with a port from 0 to 65535.")
        }
        let isLoopback = address.host.hasPrefix("127.") || address.host == "::1" || address.host == "localhost"
        guard try isLoopback || flag("relay-plaintext-anywhere", sources) else {
            throw ConfigurationError(
                "relay-plaintext-address is '\(text)'; without TLS it must be a loopback address, or "
                    + "relay-plaintext-anywhere must be set (behind a balancer that ends TLS)."
            )
        }
        return address
    }

    /// In the file `relay-host-alias: {relay.example.com: contoso}`; elsewhere `relay.example.com=contoso,…`.
    static func hostAliases(_ sources: SettingSources) throws -> [String: String] {
        var aliases: [String: String] = [:]
        if let mapping = sources.mapping("relay-host-alias") {
            for member in mapping.members { aliases[member.name.asciiLowercased] = member.value.string ?? "" }
        } else if let text = try sources.text("relay-host-alias") {
            for part in text.split(separator: ",") {
                let sides = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                guard sides.count == 2 else { throw aliasError(String(part)) }
                aliases[sides[0].asciiLowercased] = sides[1]
            }
        }
        for (host, namespace) in aliases {
            guard !host.isEmpty, !host.contains("/"), NameRule.relayNamespace.brokenRule(namespace) == nil else {
                throw aliasError("\(host)=\(namespace)")
            }
        }
        return aliases
    }

    private static func aliasError(_ text: String) -> ConfigurationError {
        ConfigurationError(
            "relay-host-alias has '\(text)'; it must be HOST=NAMESPACE with a host name or address and a namespace's name."
        )
    }

    private static func number(
        _ name: String, _ sources: SettingSources, _ range: ClosedRange<Int>
    ) throws -> Int? {
        guard let text = try sources.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError("\(name) is '\(text)'; it must be \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func flag(_ name: String, _ sources: SettingSources) throws -> Bool {
        switch try sources.text(name)?.asciiLowercased {
        case nil, "false"?, "no"?, "0"?: return false
        case "true"?, "yes"?, "1"?: return true
        case let text?: throw ConfigurationError("\(name) is '\(text)'; it must be true or false.")
        }
    }
}
