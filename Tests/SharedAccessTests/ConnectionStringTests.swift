import RelayModel
import SharedAccess
import Testing

struct ConnectionStringTests {
    private let key = SharedAccessKey.random()

    @Test func `the port stands there when it is not 443, the entity when there is one`() {
        let text = { (port: Int, entity: String?) in
            ConnectionString(host: "ns.relay.localhost", port: port, keyName: "k", key: key, entityPath: entity)
                .reveal()
        }
        let secret = key.base64.reveal()

        #expect(text(443, nil) == "Endpoint=sb://ns.relay.localhost/;SharedAccessKeyName=k;SharedAccessKey=\(secret)")
        #expect(
            text(9443, "a/b")
                == "Endpoint=sb://ns.relay.localhost:9443/;SharedAccessKeyName=k;SharedAccessKey=\(secret);EntityPath=a/b"
        )
    }

    @Test func `parts are read in any order and case, and round trip`() throws {
        let secret = key.base64.reveal()

        let read = try ConnectionString(
            "ENTITYPATH=a/b;sharedaccesskey=\(secret);Endpoint=sb://h:9443;SharedAccessKeyName=k;")

        #expect(read == ConnectionString(host: "h", port: 9443, keyName: "k", key: key, entityPath: "a/b"))
        #expect(try ConnectionString(read.reveal()) == read)
    }

    @Test(arguments: [
        "", "Endpoint", "Endpoint=sb://h/", "Endpoint=h;SharedAccessKeyName=k;SharedAccessKey=x",
        "Endpoint=sb://h:0/;SharedAccessKeyName=k;SharedAccessKey=x",
        "Endpoint=sb:///;SharedAccessKeyName=k;SharedAccessKey=x",
        "Endpoint=sb://:443/;SharedAccessKeyName=k;SharedAccessKey=x",
        "Endpoint=sb://h:+1/;SharedAccessKeyName=k;SharedAccessKey=x",
        "Endpoint=sb://h/;SharedAccessKeyName=;SharedAccessKey=x",
        "Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=",
        "Endpoint=sb://h/;SharedAccessKeyName=k", "Endpoint=sb://h/;SharedAccessKey=x",
        "Endpoint=sb://h/;SharedAccessSignature=",
        "Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=x;sharedaccesskey=y",
        "Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=x;SharedAccessSignature=y",
    ])
    func `a missing or wrong part is named`(text: String) throws {
        let error = #expect(throws: ServiceError.self) { try ConnectionString(text) }

        #expect(error?.code == .badRequest)
        #expect(error?.message.hasPrefix("The connection string is invalid: ") == true)
    }

    // R28, R30
    @Test func `a token that somebody else made takes the place of the key`() throws {
        let text = "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=a&sig=b%3D&se=1&skn=k;EntityPath=e"

        let read = try ConnectionString(text)

        #expect(read.credential == .signature(Secret("SharedAccessSignature sr=a&sig=b%3D&se=1&skn=k")))
        #expect(read.entityPath == "e")
        #expect(read.reveal() == text)
    }

    // R30
    @Test(arguments: [
        "Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=a=;OperationTimeout=00:01:00;Authentication=Managed Identity",
        "  Endpoint = sb://h ; SharedAccessKeyName = k ; SharedAccessKey = a= ; EntityPath = ; ",
        "Endpoint=https://h:443;"
            + "SharedAccessKeyName=k;;SharedAccessKey=a=;TransportType=Amqp",
    ])
    func `what other libraries write beside the parts is passed over`(_ text: String) throws {
        let read = try ConnectionString(text)

        #expect(
            read
                == ConnectionString(
                    host: "h", port: 443, keyName: "k", key: SharedAccessKey(unchecked: "a="), entityPath: nil))
    }

    @Test func `an address in brackets keeps its colons`() throws {
        let read = try ConnectionString("Endpoint=sb://[::1]/;SharedAccessKeyName=k;SharedAccessKey=a")

        #expect(read.host == "[::1]")
        #expect(read.port == 443)
        #expect(try ConnectionString("Endpoint=sb://[::1]:9443;SharedAccessKeyName=k;SharedAccessKey=a").port == 9443)
    }

    @Test func `printing a connection string shows no key`() throws {
        let read = try ConnectionString("Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=hunter2")
        let token = try ConnectionString("Endpoint=sb://h/;SharedAccessSignature=hunter2")

        #expect(!"\(read)\(token)".contains("hunter2"))
        #expect(!String(reflecting: [read, token]).contains("hunter2"))
    }
}
