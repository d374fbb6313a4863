import ControlPlane
import Logging
import ManagementAPI
import RelayGateway
import RelayModel

import struct Foundation.UUID

extension ServerConfiguration {
    /// - Throws: ``ConfigurationError`` that names the setting, its value and the rule that it broke.
    package init(_ sources: SettingSources, environment: [String: String]) throws {
        self.init()
        dataDirectory = try sources.text("data-directory") ?? dataDirectory
        managementAddress = try Self.address("management-address", sources) ?? managementAddress
        relayAddress = try Self.address("relay-address", sources) ?? relayAddress
        operationsAddress = try Self.address("operations-address", sources) ?? operationsAddress
        relayDomain = try Self.domain(sources) ?? relayDomain
        managementEndpoint = try Self.endpointURL(sources)
        relayEndpoint = try Self.address("relay-endpoint", sources)
        tlsCertificate = try sources.text("tls-certificate")
        tlsKey = try sources.text("tls-key")
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ConfigurationError("tls-certificate and tls-key belong together: give both or neither.")
        }
        masterKey = try Self.masterKey(sources, environment)
        trustedProxies = try Self.ranges(sources)
        planLimits = try Self.limits(sources)
        responseDeadlineSeconds = try Self.seconds("response-deadline", sources, 0...86_400) ?? responseDeadlineSeconds
        drainTimeoutSeconds = try Self.seconds("drain-timeout", sources, 0...3600) ?? drainTimeoutSeconds
        rate = try Self.rate(sources)
        relayPlaintextAddress = try Self.plaintextAddress(sources)
        relayHostAliases = try Self.hostAliases(sources)
        externalIssuers = try Self.externalIssuers(sources)
        gateway = try Self.gateway(sources)
        gateway.trustedProxies = trustedProxies
        gateway.responseDeadline = responseDeadlineSeconds
        gateway.drainTimeout = drainTimeoutSeconds
        gateway.advertised = relayEndpoint.map { ($0.host, $0.port) }
        logLevel = try Self.logLevel(sources) ?? logLevel
        bootstrap = try BootstrapRequest(environment)
    }

    private static func address(_ name: String, _ sources: SettingSources) throws -> HostAndPort? {
        guard let text = try sources.text(name) else { return nil }
        guard let address = HostAndPort(text) else {
            throw ConfigurationError("\(name) is '\(text)'; it must be HOST:PORT with a port from 0 to 65535.")
        }
        return address
    }

    private static func domain(_ sources: SettingSources) throws -> String? {
        guard let text = try sources.text("relay-domain") else { return nil }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isGood = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
                }
        }
        guard isGood, text.utf8.count <= 200 else {
            throw ConfigurationError("relay-domain is '\(text)'; it must be a DNS name such as relay.example.com.")
        }
        return text.asciiLowercased
    }

    private static func endpointURL(_ sources: SettingSources) throws -> String? {
        guard let text = try sources.text("management-endpoint") else { return nil }
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        guard url.asciiLowercased.hasPrefix("https://"), url.utf8.count > 8, !url.dropFirst(8).contains("/") else {
            throw ConfigurationError("management-endpoint is '\(text)'; it must be https://HOST[:PORT] without a path.")
        }
        return url
    }

    private static func masterKey(_ sources: SettingSources, _ environment: [String: String]) throws -> MasterKeySource
    {
        switch sources.strongest(of: ["master-key-file", "master-key-command"]) {
        case "master-key-command"?: return .command(try sources.text("master-key-command") ?? "")
        case "master-key-file"?: return .file(try sources.text("master-key-file"))
        default:
            return environment["CAUSEWAY_MASTER_KEY"].flatMap { $0.isEmpty ? nil : .environment(Secret($0)) }
                ?? .file(nil)
        }
    }

    private static func ranges(_ sources: SettingSources) throws -> [IPv4Range] {
        guard let text = try sources.text("trusted-proxy") else { return [] }
        return try text.split(separator: ",").map { part in
            do {
                return try IPv4Range(part.filter { $0 != " " })
            } catch {
                throw ConfigurationError("trusted-proxy has '\(part)'; it must be IPv4 addresses or CIDR ranges.")
            }
        }
    }

    /// In the file `plan-limits: {Standard: {maximum: 25, scope: plan}}`; elsewhere `Standard=25:plan,Basic=5`.
    private static func limits(_ sources: SettingSources) throws -> PlanLimits {
        var limits = PlanLimits.standard
        if let mapping = sources.mapping("plan-limits") {
            for member in mapping.members {
                let fields = member.value.object
                for field in fields?.members ?? [] where field.name != "maximum" && field.name != "scope" {
                    throw ConfigurationError(
                        "plan-limits has the unknown key '\(field.name)' for \(member.name); known are maximum and scope."
                    )
                }
                let maximum = fields?["maximum"]?.string ?? member.value.string ?? ""
                try set(&limits, member.name, maximum, fields?["scope"]?.string ?? "plan")
            }
        } else if let text = try sources.text("plan-limits") {
            for part in text.split(separator: ",") {
                let sides = part.split(separator: "=").map(String.init)
                let figures = sides.count == 2 ? sides[1].split(separator: ":").map(String.init) : []
                guard (1...2).contains(figures.count) else {
                    throw ConfigurationError(
                        "plan-limits has '\(part)'; it must be TIER=MAXIMUM or TIER=MAXIMUM:SCOPE.")
                }
                try set(&limits, sides.first ?? "", figures.first ?? "", figures.count == 2 ? figures[1] : "plan")
            }
        }
        return limits
    }

    private static func set(_ limits: inout PlanLimits, _ tier: String, _ maximum: String, _ scope: String) throws {
        guard limits.knows(tier: tier) else {
            throw ConfigurationError("plan-limits names the unknown tier '\(tier)'.")
        }
        guard let number = Int(maximum), (0...10_000).contains(number) else {
            throw ConfigurationError("plan-limits has the maximum '\(maximum)' for \(tier); it must be 0 to 10000.")
        }
        guard let scope = PlanLimits.Scope(rawValue: scope) else {
            throw ConfigurationError("plan-limits has the scope '\(scope)' for \(tier); it must be plan or site.")
        }
        limits.set(PlanLimits.Limit(maximum: number, scope: scope), forTier: tier)
    }

    private static func seconds(
        _ name: String, _ sources: SettingSources, _ range: ClosedRange<Int>
    ) throws -> Int? {
        guard let text = try sources.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError(
                "\(name) is '\(text)'; it must be \(range.lowerBound) to \(range.upperBound) seconds.")
        }
        return number
    }

    /// `off`, or `BURST,PER_SECOND`.
    private static func rate(_ sources: SettingSources) throws -> RateLimiter.Rate? {
        guard let text = try sources.text("rate-limit") else { return .generous }
        if text == "off" || text == "false" { return nil }
        let numbers = text.split(separator: ",").compactMap { Int($0) }
        guard numbers.count == 2, numbers.allSatisfy({ (1...10_000_000).contains($0) }) else {
            throw ConfigurationError(
                "rate-limit is '\(text)'; it must be 'off' or BURST,PER_SECOND with numbers from 1 to 10000000."
            )
        }
        return RateLimiter.Rate(burst: numbers[0], perSecond: numbers[1])
    }

    private static func logLevel(_ sources: SettingSources) throws -> Logger.Level? {
        guard let text = try sources.text("log-level") else { return nil }
        guard let level = Logger.Level(rawValue: text) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("log-level is '\(text)'; it must be one of \(levels).")
        }
        return level
    }
}

extension BootstrapRequest {
    /// - Throws: ``ConfigurationError`` when an ID is none.
    init(_ environment: [String: String]) throws {
        self.init()
        let value = { (name: String) in
            environment["CAUSEWAY_BOOTSTRAP_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
        }
        tenantID = try value("TENANT_ID").map { try Self.guid($0, "TENANT_ID") }
        subscriptionID = try value("SUBSCRIPTION_ID").map { try Self.guid($0, "SUBSCRIPTION_ID") }
        clientID = try value("CLIENT_ID").map(Self.clientID)
        clientSecret = value("CLIENT_SECRET").map { Secret($0) }
    }

    private static func guid(_ text: String, _ name: String) throws -> String {
        guard UUID(uuidString: text) != nil else {
            throw ConfigurationError("CAUSEWAY_BOOTSTRAP_\(name) is '\(text)'; it must be a GUID.")
        }
        return text.asciiLowercased
    }

    private static func clientID(_ text: String) throws -> String {
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:\\?#%&\"'<>".utf8.contains($0) }
        guard (1...120).contains(text.utf8.count), isPlain else {
            throw ConfigurationError(
                "CAUSEWAY_BOOTSTRAP_CLIENT_ID is '\(text)'; it must have 1 to 120 visible characters that need no escape in "
                    + "a URL."
            )
        }
        return text
    }
}
