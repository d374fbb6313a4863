// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let certificateReloading: Target.Dependency = .product(name: "NIOCertificateReloading", package: "swift-nio-extras")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioConcurrencyHelpers: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let swiftASN1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "causeway",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "causeway", targets: ["causeway"]),
        .library(name: "RelayModel", targets: ["RelayModel"]),
        .library(name: "SharedAccess", targets: ["SharedAccess"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Layer 0: values that are always valid, and the SQL and OpenAPI files as bytes.
        .target(name: "RelayModel", swiftSettings: strict),
        .target(
            name: "Migrations",
            path: "migrations",
            sources: ["Migrations.swift"],
            resources: [
                .embedInCode("0001_control_plane.sql"), .embedInCode("0002_relay_usage.sql"),
                .embedInCode("0003_identity.sql"), .embedInCode("0004_deployments.sql"),
                .embedInCode("0005_relay_metric.sql"), .embedInCode("0006_links_and_tag_names.sql"),
            ],
            swiftSettings: strict
        ),
        .target(name: "EmbeddedDocuments", path: "openapi/embedded"),
        .target(
            name: "OpenAPIDocuments",
            dependencies: ["EmbeddedDocuments"],
            path: "openapi",
            exclude: [
                "embedded",
                "causeway.json",
                "graph.json",
                "microsoft-authorization.json",
                "microsoft-insights.json",
                "microsoft-relay.json",
                "microsoft-resources.json",
                "microsoft-web.json",
                "sign-in.json",
            ],
            swiftSettings: strict
        ),
        // Layer 1: keys, files of this machine, and the JSON bodies of the REST API.
        .target(name: "LocalFiles", dependencies: ["RelayModel", yams], swiftSettings: strict),
        .target(name: "SharedAccess", dependencies: ["RelayModel", crypto, cryptoExtras], swiftSettings: strict),
        .target(name: "ManagementDocuments", dependencies: ["RelayModel"], swiftSettings: strict),
        .target(name: "TemplateLanguage", dependencies: ["RelayModel"], swiftSettings: strict),
        .target(name: "RelayProtocol", dependencies: ["RelayModel"], swiftSettings: strict),
        // Layer 2: the conversations of the data plane as state machines, and the ports between it and the control plane.
        .target(
            name: "RelayCore", dependencies: ["RelayModel", "SharedAccess", "RelayProtocol"], swiftSettings: strict),
        // Layer 3: sockets, the store, and certificates.
        .target(
            name: "RelayTransport", dependencies: [crypto, nioConcurrencyHelpers, nioCore, nioPosix, nioSSL, nioTLS],
            swiftSettings: strict),
        .target(name: "RelayStore", dependencies: ["RelayModel", "Migrations", grdb], swiftSettings: strict),
        .target(
            name: "CertificateAuthority",
            dependencies: ["RelayModel", crypto, swiftASN1, x509],
            swiftSettings: strict
        ),
        // Layer 4: use cases, sign-in, and the client of the management API.
        .target(
            name: "ControlPlane",
            dependencies: ["RelayModel", "SharedAccess", "RelayCore", "RelayStore"],
            swiftSettings: strict
        ),
        .target(
            name: "RelayGateway",
            dependencies: [
                "RelayModel", "SharedAccess", "RelayProtocol", "RelayCore", "RelayTransport", logging, metrics, nioCore,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RelayClient",
            dependencies: [
                "RelayModel", "SharedAccess", "RelayProtocol", "RelayCore", "RelayTransport", nioCore,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Identity",
            dependencies: ["RelayModel", "SharedAccess", "RelayStore", crypto, cryptoExtras, jwtKit],
            swiftSettings: strict
        ),
        .target(
            name: "ManagementClient",
            dependencies: ["RelayModel", "LocalFiles", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL],
            swiftSettings: strict
        ),
        // Layer 5: the edges.
        .target(
            name: "HybridConnectionManager",
            dependencies: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayProtocol", "RelayCore", "RelayTransport",
                "RelayClient",
                "ManagementClient", logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "AppConnector",
            dependencies: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayProtocol", "RelayTransport", "RelayClient",
                "ManagementClient", logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EstateTransfer", dependencies: ["RelayModel", "SharedAccess", "ManagementClient"],
            swiftSettings: strict
        ),
        .target(
            name: "ManagementAPI",
            dependencies: [
                "RelayModel", "SharedAccess", "ManagementDocuments", "TemplateLanguage", "OpenAPIDocuments",
                "RelayCore",
                "RelayStore", "ControlPlane", "Identity", httpTypes, hummingbird, hummingbirdCore, logging, metrics,
                nioCore,
                nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1,
            ],
            swiftSettings: strict
        ),
        // Layer 6: one whole server as a value, and the commands.
        .target(
            name: "CausewayServer",
            dependencies: [
                "RelayModel", "SharedAccess", "LocalFiles", "RelayCore", "RelayStore", "CertificateAuthority",
                "ControlPlane", "Identity", "ManagementAPI", "RelayGateway", "RelayTransport", asyncHTTPClient,
                certificateReloading,
                hummingbird, hummingbirdTLS, logging, metrics, nioCore, nioHTTP1, nioSSL, serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "causeway",
            dependencies: [
                "RelayModel", "SharedAccess", "TemplateLanguage", "LocalFiles", "RelayProtocol", "RelayTransport",
                "RelayClient",
                "ManagementClient", "HybridConnectionManager", "AppConnector", "EstateTransfer", "CausewayServer",
                argumentParser, logging, serviceLifecycle,
                unixSignals,
            ],
            swiftSettings: strict
        ),
        // What the benchmarks measure beside: the same framework with a constant answer.
        .executableTarget(
            name: "constant-answer",
            dependencies: [httpTypes, hummingbird, hummingbirdTLS, nioSSL],
            path: "Benchmarks/ConstantAnswer",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "raw-copy-relay", dependencies: [nioCore, nioPosix, nioSSL], path: "Benchmarks/RawCopyRelay",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "unmask-loop", dependencies: ["RelayTransport"], path: "Benchmarks/UnmaskLoop", swiftSettings: strict
        ),
        .target(
            name: "CausewayTesting",
            dependencies: [
                "RelayModel", "SharedAccess", "RelayCore", "RelayStore", "ControlPlane", "Identity", "ManagementAPI",
                "CausewayServer", "ManagementClient", logging, serviceLifecycle,
            ],
            path: "Tests/CausewayTesting",
            swiftSettings: strict
        ),
        .testTarget(name: "RelayModelTests", dependencies: ["RelayModel"], swiftSettings: strict),
        .testTarget(
            name: "SharedAccessTests", dependencies: ["SharedAccess", "RelayModel", crypto], swiftSettings: strict),
        .testTarget(
            name: "ManagementDocumentsTests", dependencies: ["ManagementDocuments", "RelayModel"], swiftSettings: strict
        ),
        .testTarget(
            name: "TemplateLanguageTests", dependencies: ["TemplateLanguage", "RelayModel"], swiftSettings: strict),
        .testTarget(
            name: "CertificateAuthorityTests",
            dependencies: ["CertificateAuthority", "RelayModel", crypto, swiftASN1, x509], swiftSettings: strict),
        .testTarget(
            name: "RelayStoreTests", dependencies: ["RelayStore", "RelayModel", "Migrations", "CausewayTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Identity", "RelayModel", "RelayStore", "SharedAccess", "CausewayTesting", crypto, cryptoExtras,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ControlPlaneTests",
            dependencies: ["ControlPlane", "RelayModel", "RelayCore", "RelayStore", "SharedAccess", "CausewayTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "ManagementAPI", "ManagementDocuments", "OpenAPIDocuments", "RelayModel", "CausewayTesting", httpTypes,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CausewayTesting", "CausewayServer", "ControlPlane", "EstateTransfer", "ManagementAPI",
                "ManagementClient", "RelayModel", "RelayStore", "SharedAccess", httpTypes,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ManagementClientTests", dependencies: ["ManagementClient", "RelayModel"], swiftSettings: strict),
        .testTarget(
            name: "CausewayCommandTests",
            dependencies: ["causeway", "ManagementClient", "RelayModel", argumentParser],
            swiftSettings: strict
        ),
        .testTarget(name: "RelayProtocolTests", dependencies: ["RelayProtocol", "RelayModel"], swiftSettings: strict),
        .testTarget(
            name: "RelayCoreTests", dependencies: ["RelayCore", "RelayProtocol", "RelayModel", "SharedAccess"],
            swiftSettings: strict),
        .testTarget(
            name: "RelayGatewayTests",
            dependencies: [
                "RelayGateway", "RelayCore", "RelayModel", "RelayStore", "ControlPlane", "SharedAccess",
                "CausewayTesting",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["RelayCore", "RelayProtocol", "RelayTransport", "RelayModel", "SharedAccess", nioCore],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RelayTransportTests", dependencies: ["RelayTransport", crypto, nioCore, nioEmbedded, nioPosix],
            swiftSettings: strict),
        .testTarget(
            name: "LocalFilesTests", dependencies: ["LocalFiles", "RelayModel", "CausewayTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "HybridConnectionManagerTests",
            dependencies: [
                "HybridConnectionManager", "LocalFiles", "ManagementClient", "RelayModel", "SharedAccess",
                "CausewayTesting",
                logging, nioCore,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EstateTransferTests", dependencies: ["EstateTransfer", "RelayModel", "SharedAccess"],
            swiftSettings: strict),
        .testTarget(name: "AppConnectorTests", dependencies: ["AppConnector", "RelayModel"], swiftSettings: strict),
        .testTarget(
            name: "RelayClientTests",
            dependencies: [
                "RelayClient", "RelayModel", "RelayProtocol", "RelayTransport", "SharedAccess", "CausewayTesting",
                nioCore,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x
)
