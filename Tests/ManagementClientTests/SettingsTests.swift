import RelayModel
import Testing

@testable import ManagementClient

struct SettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(endpoint: String = "https://localhost:8443", running: String? = nil) throws {
        try directory.write("tls/ca.pem", "a certificate")
        try directory.write(
            "bootstrap.json",
            """
            {"tenantId":"tenant","subscriptionId":"subscription","clientId":"admin","clientSecret":"local secret",
             "managementEndpoint":"\(endpoint)","relayEndpoint":"localhost:9443","caFile":"/nowhere/tls/ca.pem"}
            """
        )
        if let running {
            try directory.write(
                "runtime.json", #"{"managementEndpoint":"\#(running)","managementAddress":"127.0.0.1:7001"}"#)
        }
    }

    private func resolve(
        _ flags: GivenSettings = GivenSettings(), _ environment: [String: String] = [:]
    ) throws -> ClientSettings {
        var flags = flags
        flags.dataDirectory = flags.dataDirectory ?? directory.path
        return try ClientSettings.resolve(flags: flags, environment: environment)
    }

    @Test func `without flags and environment the data directory decides`() throws {
        try start()

        let settings = try resolve()

        #expect(settings.endpoint.url == "https://localhost:8443")
        #expect(settings.tenantID == "tenant")
        #expect(settings.subscriptionID == "subscription")
        #expect(settings.clientID == "admin")
        #expect(settings.clientSecret.reveal() == "local secret")
    }

    @Test func `the endpoint of the running server wins over the one of the first start`() throws {
        try start(running: "https://localhost:7001")

        #expect(try resolve().endpoint.url == "https://localhost:7001")
    }

    @Test func `a CA file that has moved with its folder is found there`() throws {
        try start()

        #expect(try resolve().caFile == "\(directory.path)/tls/ca.pem")
    }

    @Test func `flags win over the environment, and the environment over the data directory`() throws {
        try start()
        let environment = [
            "CAUSEWAY_MANAGEMENT_ENDPOINT": "https://localhost:8443", "CAUSEWAY_SUBSCRIPTION_ID": "from environment",
            "CAUSEWAY_TENANT_ID": "from environment", "CAUSEWAY_DATA_DIRECTORY": "/nowhere",
        ]

        let settings = try resolve(GivenSettings(tenantID: "from flag"), environment)

        #expect(settings.tenantID == "from flag")
        #expect(settings.subscriptionID == "from environment")
        #expect(settings.clientID == "admin")
    }

    @Test func `the environment alone is enough`() throws {
        let settings = try resolve(
            GivenSettings(),
            [
                "CAUSEWAY_MANAGEMENT_ENDPOINT": "https://relay.example.com", "CAUSEWAY_TENANT_ID": "t",
                "CAUSEWAY_CLIENT_ID": "c", "CAUSEWAY_CLIENT_SECRET": "s", "CAUSEWAY_CA_FILE": "/ca.pem",
                "CAUSEWAY_SUBSCRIPTION_ID": "",
            ]
        )

        #expect(settings.endpoint.url == "https://relay.example.com")
        #expect(settings.caFile == "/ca.pem")
        #expect(settings.subscriptionID == nil)
        #expect(throws: ClientError.self) { try settings.requiredSubscriptionID() }
    }

    @Test func `the longer names of the environment mean the same`() throws {
        let given = GivenSettings(environment: [
            "CAUSEWAY_MANAGEMENT_CLIENT_ID": "c", "CAUSEWAY_MANAGEMENT_CA_FILE": "/ca.pem",
        ])

        #expect(given.clientID == "c")
        #expect(given.caFile == "/ca.pem")
    }

    @Test func `the local secret is not sent to an endpoint from elsewhere`() throws {
        try start()

        let error = #expect(throws: ClientError.self) {
            try resolve(GivenSettings(endpoint: "https://relay.example.com"))
        }

        #expect(error?.message.contains("--client-id or CAUSEWAY_CLIENT_ID") == true)
    }

    @Test func `the local secret is not used for another client`() throws {
        try start()

        let error = #expect(throws: ClientError.self) { try resolve(GivenSettings(clientID: "pipeline")) }

        #expect(error?.message.contains("the client secret") == true)
        #expect(error?.message.contains("local secret") == false)
    }

    @Test(arguments: ["https://127.0.0.1:8443", "https://relay.localhost:8443", "localhost:8443", "https://[::1]:8443"])
    func `another name of the local server is the local server`(_ endpoint: String) throws {
        try start()

        #expect(try resolve(GivenSettings(endpoint: endpoint)).clientSecret.reveal() == "local secret")
    }

    @Test func `credentials of another client are used at the local endpoint`() throws {
        try start(running: "https://localhost:7001")

        let settings = try resolve(GivenSettings(clientID: "pipeline", clientSecret: Secret("its secret")))

        #expect(settings.endpoint.url == "https://localhost:7001")
        #expect(settings.tenantID == "tenant")
        #expect(settings.clientSecret.reveal() == "its secret")
    }

    @Test func `where no server was started the error says what to do`() throws {
        let error = #expect(throws: ClientError.self) { try resolve() }

        #expect(
            error?.message.hasPrefix("no server has been started in \(directory.path); start `causeway serve`") == true)
    }

    @Test func `a file that is not JSON is named, and its content is not`() throws {
        try directory.write("bootstrap.json", #"{"clientSecret":"local secret""#)

        let error = #expect(throws: ClientError.self) { try resolve() }

        #expect(error?.message.contains("bootstrap.json") == true)
        #expect(error?.message.contains("local secret") == false)
    }

    @Test func `the bootstrap file may have been removed`() throws {
        try directory.write("runtime.json", #"{"managementEndpoint":"https://localhost:7001"}"#)
        try directory.write("tls/ca.pem", "a certificate")

        let settings = try resolve(GivenSettings(tenantID: "t", clientID: "c", clientSecret: Secret("s")))

        #expect(settings.endpoint.url == "https://localhost:7001")
        #expect(settings.caFile == "\(directory.path)/tls/ca.pem")
    }

    @Test func `a secret is read from a file without its line break`() throws {
        let file = try directory.write("secret", "p@ss word\n")

        #expect(try SecretInput.read("@\(file)").reveal() == "p@ss word")
        #expect(try SecretInput.read("given").reveal() == "given")
        #expect(throws: ClientError.self) { try SecretInput.read("@\(file).absent") }
        #expect(throws: ClientError.self) { try SecretInput.read("") }
    }
}
