import Crypto
import Foundation
import RelayModel
import SharedAccess
import Testing

struct ClientSecretHashTests {
    @Test func `a secret is 256 random bits in base64 for URLs`() {
        let secrets = (0..<100).map { _ in ClientSecretHash.newSecret().reveal() }

        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.utf8.count == 43 })
        #expect(secrets.joined().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test func `a hash is over the salt and then the secret`() {
        let salt: [UInt8] = [1, 2, 3]
        let hash = ClientSecretHash.sha256(secret: Secret("abc"), salt: salt)

        #expect(hash == Array(SHA256.hash(data: Data(salt + Array("abc".utf8)))))
        #expect(ClientSecretHash.sha256(secret: Secret("abd"), salt: salt) != hash)
        #expect(ClientSecretHash.sha256(secret: Secret("abc"), salt: [1, 2, 4]) != hash)
    }

    @Test func `a salt is 16 random bytes`() {
        let salts = (0..<100).map { _ in ClientSecretHash.newSalt() }

        #expect(Set(salts).count == 100)
        #expect(salts.allSatisfy { $0.count == 16 })
    }
}
