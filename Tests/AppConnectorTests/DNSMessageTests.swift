import Testing

@testable import AppConnector

struct DNSMessageTests {
    /// A query as resolvers send it: recursion desired.
    private static func query(_ labels: [String], type: UInt16 = 1, id: UInt16 = 0xBEEF, class kind: UInt16 = 1)
        -> [UInt8]
    {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in labels { bytes += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return bytes + [0, UInt8(type >> 8), UInt8(type & 255), UInt8(kind >> 8), UInt8(kind & 255)]
    }

    @Test func `a query is read`() throws {
        let query = try #require(DNSQuery(Self.query(["Db", "Corp", "example"])))

        #expect(query.name == "db.corp.example")
        #expect(query.kind == .a)
        #expect(query.id == 0xBEEF)
        #expect(query.isRecursionDesired)
    }

    @Test func `the answer has the question as it was sent, and the address`() throws {
        let query = try #require(DNSQuery(Self.query(["Db", "X"])))

        #expect(
            query.answer(address: [127, 1, 2, 3], seconds: 5) == [
                0xBE, 0xEF, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 2, 0x44, 0x62, 1, 0x58, 0, 0, 1, 0, 1, 0xC0, 0x0C, 0, 1,
                0, 1,
                0, 0, 0, 5, 0, 4, 127, 1, 2, 3,
            ])
    }

    @Test(arguments: [28, 15, 65] as [UInt16])
    func `there are no records of other kinds, and the name exists all the same`(_ type: UInt16) throws {
        let query = try #require(DNSQuery(Self.query(["db"], type: type)))
        let answer = query.answer(address: [127, 1, 2, 3])

        #expect(query.kind == .other(type))
        #expect(Array(answer[2..<8]) == [0x85, 0x80, 0, 1, 0, 0])
        // The header, and the question: a name of one label, its type and its class.
        #expect(answer.count == 12 + 4 + 4)
    }

    @Test func `a failure has its code`() throws {
        let query = try #require(DNSQuery(Self.query(["db"])))

        #expect(query.failure(code: 2)[3] == 0x82)
    }

    @Test func `what is no query is none`() {
        let good = Self.query(["db", "corp"])
        for count in 0..<good.count { #expect(DNSQuery(Array(good.prefix(count))) == nil, "\(count) bytes") }
        var response = good
        response[2] |= 0x80
        var twoQuestions = good
        twoQuestions[5] = 2
        var pointer = good
        pointer[12] = 0xC0
        let long = Self.query((0..<8).map { _ in String(repeating: "a", count: 40) })
        for bytes in [response, twoQuestions, pointer, long, Self.query(["db"], class: 3)] {
            #expect(DNSQuery(bytes) == nil)
        }
    }

    @Test func `random bytes crash nothing`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Self.query(["db", "corp", "example"])
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if let query = DNSQuery(bytes) { #expect(query.answer(address: [127, 0, 0, 1]).count <= bytes.count + 16) }
        }
    }

    @Test func `name servers are those of the file`() {
        let text =
            "# comment\nnameserver 10.0.0.1\nsearch corp.example\nnameserver\t::1\n; nameserver 9.9.9.9\nnameserver\n"

        #expect(NameServers.parse(text) == ["10.0.0.1", "::1"])
    }
}
