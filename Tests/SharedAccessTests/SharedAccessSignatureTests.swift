import RelayModel
import Testing

@testable import SharedAccess

struct SharedAccessSignatureTests {
    static let key = SharedAccessKey(unchecked: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    static let expiry = Timestamp(millisecondsSinceEpoch: 4_102_444_800_000)

    /// Known answers: `sr` as it stands in the token, and the signature before it is escaped.
    static let vectors = [
        ("V1", "http%3A%2F%2Fcontoso.example.test%2Fhyco%2F", "hm9sdnoU12/qTSDYaaoDlfDX5yra1woK+pr8rw+56FE="),
        ("V2", "http%3a%2f%2fcontoso.example.test%2fhyco%2f", "8KYazxXoDlFTjdejjFgN6F50rT/2/AzQ8q6LvRLF2/c="),
        ("V3", "http%3A%2F%2Fcontoso.example.test%3A443%2Fhyco", "Yx1tdQIEpRGVqyl5bRDRuPzrWTem8aJjF7u0TaioIuo="),
        ("V4", "http%3A%2F%2Fcontoso.example.test%2F", "gk5A0Oy6cNJdwV3abcS6r526dewbIYh53et10OAGh9M="),
        ("V5", "sb%3A%2F%2Fcontoso.example.test", "SwnrfU0jlZ9gYxc2JJuukWYD7voHY+Pp6PrRnhsYWi8="),
        (
            "V6",
            "https%3A%2F%2Fcontoso.example.test%2Fhyco%2FextraPath%2FextraPath2%3FqueryKey%3DqueryValue"
                + "%26queryKey2%3DqueryValue%3B",
            "Ih1sTebqAylPljawjd87j2Y5LV6Qc8Jotu77SXj5eZk="
        ),
        ("V7", "https%3a%2f%2fcontoso.example.test%2fhyco", "hTUD2ScXJv+oCVQfqGb2WH/Zkztqdv3lHnPGerpg3SQ="),
    ]

    private static func escaped(_ text: String) -> String { PercentText.escaped(text) }

    // R18, R19, R20, R21: V1 to V7
    @Test(arguments: vectors)
    func `known answers are verified and made`(_ name: String, _ resource: String, _ code: String) throws {
        let bare = "SharedAccessSignature sr=\(resource)&sig=\(code)&se=4102444800&skn=send"
        let escaped = "sharedaccesssignature skn=send&se=4102444800&sig=\(Self.escaped(code))&sr=\(resource)"

        for text in [bare, escaped] {
            let signature = try SharedAccessSignature(text)
            #expect(signature.resource == resource)
            #expect(signature.keyName == "send")
            #expect(signature.expiresAt == Self.expiry)
            #expect(
                SignatureVerifier.match(signature, candidates: [SigningKeys(primary: Self.key, secondary: nil)])?.slot
                    == .primary)
        }
        #expect(
            SharedAccessSignature.minted(
                escapedResource: resource, keyName: "send", key: Self.key, expiresAt: Self.expiry
            ).reveal() == "SharedAccessSignature sr=\(resource)&sig=\(Self.escaped(code))&se=4102444800&skn=send")
    }

    // R19
    @Test func `a token of ours is the first known answer`() throws {
        let token = SharedAccessSignature.minted(
            resource: "http://contoso.example.test/hyco/", keyName: "a key", key: Self.key,
            expiresAt: Timestamp(millisecondsSinceEpoch: 4_102_444_800_999))

        #expect(
            token.reveal()
                == "SharedAccessSignature sr=http%3A%2F%2Fcontoso.example.test%2Fhyco%2F"
                + "&sig=hm9sdnoU12%2FqTSDYaaoDlfDX5yra1woK%2Bpr8rw%2B56FE%3D&se=4102444800&skn=a%20key")
        #expect(try SharedAccessSignature(token.reveal()).keyName == "a key")
        #expect("\(token)" == "<secret>")
    }

    @Test func `printing a token shows nothing that could be used`() throws {
        let signature = try SharedAccessSignature(
            "SharedAccessSignature sr=a&sig=\(Self.escaped(Self.vectors[0].2))&se=1&skn=k")

        // 134, 111, 108 are its first bytes.
        #expect(String(reflecting: signature.code.reveal()).contains("134, 111, 108"))
        #expect(!String(reflecting: signature).contains("134, 111, 108"))
        #expect(!"\(signature)".contains("134, 111, 108"))
    }

    // R27
    @Test(arguments: [
        ("4102444800", 4_102_444_800_000), ("4102444800.75", 4_102_444_800_000), ("0", 0), ("00017", 17_000),
        ("9223372036854775807", Int64.max),
    ])
    func `the expiry is seconds, decimals apart`(_ text: String, _ milliseconds: Int64) throws {
        let code = Self.escaped(Self.vectors[0].2)
        let signature = try SharedAccessSignature("SharedAccessSignature sr=a&sig=\(code)&se=\(text)&skn=k")

        #expect(signature.expiresAt.millisecondsSinceEpoch == milliseconds)
    }

    // R18, R27, G4
    @Test(arguments: [
        "", "SharedAccessSignature", "SharedAccessSignature ", "Bearer x", "sr=a&sig=SIG&se=1&skn=k",
        "SharedAccessSignaturesr=a&sig=SIG&se=1&skn=k", "SharedAccessSignature:sr=a&sig=SIG&se=1&skn=k",
        "SharedAccessSignature sig=SIG&se=1&skn=k", "SharedAccessSignature sr=a&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=1",
        "SharedAccessSignature sr=&sig=SIG&se=1&skn=k", "SharedAccessSignature sr=a&sig=&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=1&skn=",
        "SharedAccessSignature sr=a&sr=a&sig=SIG&se=1&skn=k", "SharedAccessSignature sr=a&sig=SIG&sig=SIG&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1&se=2&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=1&skn=k&SKN=l",
        "SharedAccessSignature sr=a&sig=SIG&se=-1&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=+1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1e9&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=0x1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1.&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=.5&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1.2.3&skn=k", "SharedAccessSignature sr=a&sig=SIG&se=%31&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=٣&skn=k", "SharedAccessSignature sr=a&sig=SIG&se= 1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=9223372036854775808&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1&skn=%", "SharedAccessSignature sr=a&sig=SIG&se=1&skn=%zz",
        "SharedAccessSignature sr=a&sig=SIG&se=1&skn=%00", "SharedAccessSignature sr=a&sig=SIG&se=1&skn=%FF",
        "SharedAccessSignature sr=a&sig=!!!!&se=1&skn=k", "SharedAccessSignature sr=a&sig=AAAA&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIGSIG&se=1&skn=k", "SharedAccessSignature sr=a&sig=SIG%3D&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1&skn=k&x", "SharedAccessSignature sr=a\n&sig=SIG&se=1&skn=k",
        "SharedAccessSignature sr=a&sig=SIG&se=1&skn=k\u{0}", "SharedAccessSignature sr&sig=SIG&se=1&skn=k",
    ])
    func `what is no token is malformed`(_ text: String) {
        let text = text.replacing("SIG", with: Self.escaped(Self.vectors[0].2))

        #expect(throws: SignatureFailure.malformed) { try SharedAccessSignature(text) }
    }

    // R26
    @Test func `tokens and names of rules have limits`() throws {
        let token = { (resource: Int, name: Int) in
            "SharedAccessSignature sr=\(String(repeating: "a", count: resource))"
                + "&sig=\(Self.escaped(Self.vectors[0].2))&se=1&skn=\(String(repeating: "k", count: name))"
        }

        #expect(try SharedAccessSignature(token(1, 256)).keyName.utf8.count == 256)
        #expect(throws: SignatureFailure.malformed) { try SharedAccessSignature(token(1, 257)) }
        #expect(try SharedAccessSignature(token(8000, 1)).resource.utf8.count == 8000)
        #expect(throws: SignatureFailure.malformed) { try SharedAccessSignature(token(8192, 1)) }
    }

    @Test func `unknown fields, blanks and empty fields are passed over`() throws {
        let code = Self.escaped(Self.vectors[0].2)

        let read = try SharedAccessSignature("  SHAREDACCESSSIGNATURE   &sr=a=b&&sig=\(code)&x=1&x=2&se=1&skn=k&")

        #expect(read.resource == "a=b")
        #expect(read.keyName == "k")
    }

    @Test func `changed tokens never end the process, and none of them matches`() throws {
        var generator = SeededGenerator(seed: 5)
        let token = Array(
            SharedAccessSignature.minted(
                resource: "http://contoso.example.test/hyco/", keyName: "send", key: Self.key, expiresAt: Self.expiry
            ).reveal().utf8)
        let original = try SharedAccessSignature(String(decoding: token, as: UTF8.self))
        for _ in 0..<3000 {
            var bytes = token
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = bytes.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(5), at: place)
                }
            }
            guard let read = try? SharedAccessSignature(String(decoding: bytes, as: UTF8.self)) else { continue }
            let isSame = read.signedBytes == original.signedBytes && read.code == original.code
            let match = SignatureVerifier.match(read, candidates: [SigningKeys(primary: Self.key, secondary: nil)])
            #expect((match != nil) == isSame)
            _ = AudienceRule.matches(resource: read.resource, isHost: { _ in true }, segments: ["hyco"])
        }
    }
}
