import AppConnector
import Testing

struct NameTableTests {
    @Test func `each name has an address of its own, the same at any time`() {
        var table = NameTable()
        table.assign(["db.corp.example", "Mail.corp.example", "db.corp.example."])
        var again = NameTable()
        again.assign(["mail.corp.example", "db.corp.example"])

        #expect(table.addresses.count == 2)
        #expect(Set(table.addresses.values).count == 2)
        #expect(table == again)
        #expect(table.address(of: "DB.corp.EXAMPLE.") == table.addresses["db.corp.example"])
        #expect(table.name(of: table.addresses["mail.corp.example"] ?? "") == "mail.corp.example")
        #expect(table.address(of: "corp.example") == nil)
    }

    @Test func `names keep their addresses while others come and go`() {
        var table = NameTable()
        table.assign(["a", "b", "c"])
        let before = table.addresses
        table.assign(["b", "d"])

        #expect(table.addresses["b"] == before["b"])
        #expect(Set(table.addresses.keys) == ["b", "d"])
        #expect(table.name(of: before["a"] ?? "") == nil)
    }

    @Test func `thousands of names meet nowhere, and all are loopback addresses that nobody else uses`() {
        var table = NameTable()
        table.assign((0..<20_000).map { "host-\($0).example" })

        #expect(Set(table.addresses.values).count == 20_000)
        for address in table.addresses.values {
            let parts = address.split(separator: ".").compactMap { Int($0) }
            #expect(
                parts.count == 4 && parts[0] == 127 && (64..<192).contains(parts[1]) && (1...254).contains(parts[3]))
        }
    }

    @Test func `another salt gives other addresses`() {
        var table = NameTable()
        var other = NameTable(salt: 4711)
        table.assign(["a", "b"])
        other.assign(["a", "b"])

        #expect(table.addresses["a"] != other.addresses["a"])
    }

    @Test func `lines for a hosts file are in order`() {
        var table = NameTable()
        table.assign(["b.example", "a.example"])

        #expect(table.hostsLines.map { $0.split(separator: " ").last } == ["a.example", "b.example"])
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("::1", true), ("[fe80::1]", true), ("300.1.1.1", false), ("1.2.3", false), ("db", false),
        ("1.2.3.4.5", false), ("a.b.c.d", false),
    ])
    func `addresses are told from names`(_ text: String, _ isAddress: Bool) {
        #expect(text.isIPAddress == isAddress)
    }
}
