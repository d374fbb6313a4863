/// What one target may import. Arrows point to lower layers only; system modules are those of the toolchain.
struct TargetRule: Sendable {
    var name: String
    var layer: Int
    var ours: Set<String>
    var others: Set<String>
    var system: Set<String>

    init(_ name: String, layer: Int, ours: Set<String> = [], others: Set<String> = [], system: Set<String> = []) {
        self.name = name
        self.layer = layer
        self.ours = ours
        self.others = others
        self.system = system
    }
}

enum LayerTable {
    /// Values are pure: they do no I/O, read no clock and draw no randomness, so they need no module of the system.
    static let targets: [TargetRule] = [
        TargetRule("RelayModel", layer: 0),
        TargetRule("Migrations", layer: 0),
        TargetRule("EmbeddedDocuments", layer: 0),
        TargetRule("OpenAPIDocuments", layer: 1, ours: ["EmbeddedDocuments"]),
        TargetRule(
            "SharedAccess", layer: 1, ours: ["RelayModel"], others: ["Crypto", "CryptoExtras"], system: ["Foundation"]),
        TargetRule("ManagementDocuments", layer: 1, ours: ["RelayModel"]),
        TargetRule("TemplateLanguage", layer: 1, ours: ["RelayModel"]),
        TargetRule("RelayProtocol", layer: 1, ours: ["RelayModel"]),
        TargetRule("LocalFiles", layer: 1, ours: ["RelayModel"], others: ["Yams"], system: anySystem),
        TargetRule(
            "RelayCore", layer: 2, ours: ["RelayModel", "SharedAccess", "RelayProtocol"], system: ["Synchronization"]),
        TargetRule(
            "RelayTransport", layer: 3,
            others: ["Crypto", "NIOConcurrencyHelpers", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS"], system: anySystem
        ),
        TargetRule("RelayStore", layer: 3, ours: ["RelayModel", "Migrations"], others: ["GRDB"], system: anySystem),
        TargetRule(
            "CertificateAuthority", layer: 3, ours: ["RelayModel"], others: ["Crypto", "SwiftASN1", "X509"],
            system: ["Foundation"]
        ),
        TargetRule(
            "ControlPlane", layer: 4, ours: ["RelayModel", "SharedAccess", "RelayCore", "RelayStore"],
            system: anySystem
        ),
        TargetRule(
            "RelayGateway", layer: 4,
            ours: ["RelayModel", "SharedAccess", "RelayProtocol", "RelayCore", "RelayTransport"],
            others: ["Logging", "Metrics", "NIOCore"], system: anySystem
        ),
        TargetRule(
            "RelayClient", layer: 4,
            ours: ["RelayModel", "SharedAccess", "RelayProtocol", "RelayCore", "RelayTransport"], others: ["NIOCore"],
            system: anySystem
        ),
        TargetRule(
            "Identity", layer: 4, ours: ["RelayModel", "SharedAccess", "RelayStore"],
            others: ["Crypto", "CryptoExtras", "JWTKit"], system: anySystem
        ),
        TargetRule(
            "ManagementClient", layer: 4, ours: ["RelayModel", "LocalFiles"],
            others: ["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"], system: anySystem
        ),
        TargetRule(
            "HybridConnectionManager", layer: 5,
            ours: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayProtocol", "RelayCore", "RelayTransport",
                "RelayClient",
                "ManagementClient",
            ],
            others: ["Logging", "NIOCore", "NIOPosix"], system: anySystem
        ),
        TargetRule(
            "AppConnector", layer: 5,
            ours: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayProtocol", "RelayTransport", "RelayClient",
                "ManagementClient",
            ],
            others: ["Logging", "NIOCore", "NIOPosix"], system: anySystem
        ),
        TargetRule(
            "EstateTransfer", layer: 5, ours: ["RelayModel", "SharedAccess", "ManagementClient"], system: anySystem
        ),
        TargetRule(
            "ManagementAPI", layer: 5,
            ours: [
                "RelayModel", "SharedAccess", "ManagementDocuments", "TemplateLanguage", "OpenAPIDocuments",
                "RelayCore",
                "RelayStore", "ControlPlane", "Identity",
            ],
            others: [
                "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "Metrics", "NIOCore", "NIOHTTP1",
                "NIOHTTPTypes",
                "NIOHTTPTypesHTTP1",
            ],
            system: anySystem
        ),
        TargetRule(
            "CausewayServer", layer: 6,
            ours: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayCore", "RelayStore", "CertificateAuthority",
                "ControlPlane", "Identity", "ManagementAPI", "RelayGateway", "RelayTransport",
            ],
            others: [
                "AsyncHTTPClient", "Hummingbird", "HummingbirdTLS", "Logging", "Metrics", "NIOCertificateReloading",
                "NIOCore", "NIOHTTP1", "NIOSSL", "ServiceLifecycle",
            ],
            system: anySystem
        ),
        TargetRule(
            "causeway", layer: 7,
            ours: [
                "RelayModel", "SharedAccess", "TemplateLanguage", "LocalFiles", "RelayProtocol", "RelayTransport",
                "RelayClient",
                "ManagementClient", "HybridConnectionManager", "AppConnector", "EstateTransfer", "CausewayServer",
            ],
            others: ["ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals"], system: anySystem
        ),
    ]

    private static let anySystem: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Musl", "Synchronization",
    ]
}
