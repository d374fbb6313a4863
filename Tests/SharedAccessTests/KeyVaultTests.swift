import RelayModel
import SharedAccess
import Testing

struct KeyVaultTests {
    private let secret = Secret(Array("a key that must not be read".utf8))

    @Test func `what is sealed is opened under the same master key and context`() throws {
        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey())

        let sealed = try vault.seal(secret, for: .sharedAccessKeys, context: "rule/1")

        #expect(try vault.open(sealed, for: .sharedAccessKeys, context: "rule/1") == secret)
        #expect(!sealed.contains(secret.reveal()))
    }

    @Test func `the same value is sealed differently each time`() throws {
        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey())

        let first = try vault.seal(secret, for: .serverKeys, context: "c")

        #expect(try first != vault.seal(secret, for: .serverKeys, context: "c"))
    }

    @Test func `another context, purpose or master key opens nothing`() throws {
        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey())
        let other = try KeyVault(masterKey: KeyVault.randomMasterKey())
        let sealed = try vault.seal(secret, for: .sharedAccessKeys, context: "rule/1")

        #expect(throws: ServiceError.self) { try vault.open(sealed, for: .sharedAccessKeys, context: "rule/2") }
        #expect(throws: ServiceError.self) { try vault.open(sealed, for: .serverKeys, context: "rule/1") }
        #expect(throws: ServiceError.self) { try other.open(sealed, for: .sharedAccessKeys, context: "rule/1") }
    }

    @Test func `each altered byte is noticed`() throws {
        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey())
        let sealed = try vault.seal(secret, for: .sharedAccessKeys, context: "c")

        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(throws: ServiceError.self) { try vault.open(altered, for: .sharedAccessKeys, context: "c") }
        }
        #expect(throws: ServiceError.self) { try vault.open([], for: .sharedAccessKeys, context: "c") }
    }

    @Test func `after a change of the master key the old one still opens and is told apart`() throws {
        let old = KeyVault.randomMasterKey()
        let sealed = try KeyVault(masterKey: old).seal(secret, for: .serverKeys, context: "c")

        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey(), previous: old)

        #expect(try vault.open(sealed, for: .serverKeys, context: "c") == secret)
        #expect(!vault.isCurrent(sealed))
        #expect(try vault.isCurrent(vault.seal(secret, for: .serverKeys, context: "c")))
    }

    @Test func `a master key of another length is refused`() {
        #expect(throws: ServiceError.self) { try KeyVault(masterKey: Secret([1, 2, 3])) }
    }
}

struct SharedAccessKeyTests {
    @Test func `a new key is the base64 form of 32 bytes and never the same`() throws {
        let keys = Set((0..<100).map { _ in SharedAccessKey.random() })

        #expect(keys.count == 100)
        for key in keys {
            #expect(key.base64.reveal().utf8.count == 44)
            #expect(throws: Never.self) { try SharedAccessKey(base64: key.base64.reveal()) }
        }
    }

    @Test(arguments: [
        "", "abc", "AAAA", String(repeating: "A", count: 44), "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "=",
    ])
    func `a chosen key that is not 32 bytes in base64 is refused without being shown`(text: String) {
        let error = #expect(throws: ServiceError.self) { try SharedAccessKey(base64: text) }

        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("base64 form of 32 bytes") == true)
        #expect(text.utf8.count < 5 || error?.message.contains(text) == false)
    }
}
