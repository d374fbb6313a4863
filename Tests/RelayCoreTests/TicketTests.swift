import RelayCore
import Testing

struct TicketTests {
    @Test func `R51 a ticket is 32 letters, digits, hyphens and underscores, and reads back`() {
        var generator = SeededGenerator(seed: 7)
        var seen: Set<Ticket> = []

        for _ in 0..<500 {
            let ticket = Ticket(using: &generator)
            #expect(ticket.text.utf8.count == 32)
            #expect(ticket.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            #expect(Ticket(ticket.text) == ticket)
            seen.insert(ticket)
        }

        #expect(seen.count == 500)
    }

    @Test func `each of the 192 bits is in the text`() {
        var generator = SeededGenerator(seed: 8)
        let ticket = Ticket(using: &generator)
        var others: Set<Ticket> = []

        for index in ticket.text.indices {
            for letter in "Az09-_" where letter != ticket.text[index] {
                var text = ticket.text
                text.replaceSubrange(index...index, with: [letter])
                let other = Ticket(text)
                #expect(other != ticket)
                #expect(other?.text == text)
                if let other { others.insert(other) }
            }
        }

        #expect(others.count > 32 * 4)
    }

    @Test func `the text is base64 without padding`() {
        struct Zeros: RandomNumberGenerator {
            var values: [UInt64]
            mutating func next() -> UInt64 { values.isEmpty ? 0 : values.removeFirst() }
        }
        var bits = Zeros(values: [0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F, 0xF0F1_F2F3_F4F5_FFFF])

        #expect(Ticket(using: &bits).text == "AAECAwQFBgcICQoLDA0OD_Dx8vP09f__")
    }

    @Test(arguments: [
        "", "AAECAwQFBgcICQoLDA0OD_Dx8vP09f_", "AAECAwQFBgcICQoLDA0OD_Dx8vP09f___", "AAECAwQFBgcICQoLDA0OD/Dx8vP09f//",
        "AAECAwQFBgcICQoLDA0OD_Dx8vP09f_=", "AAECAwQFBgcICQoLDA0OD_Dx8vP09fé", " AECAwQFBgcICQoLDA0OD_Dx8vP09f__",
    ])
    func `G6 any other text is no ticket`(_ text: String) {
        #expect(Ticket(text) == nil)
    }

    @Test func `a ticket does not show itself`() {
        var generator = SeededGenerator(seed: 9)
        let ticket = Ticket(using: &generator)
        var dumped = ""
        Swift.dump(ticket, to: &dumped)

        for text in ["\(ticket)", String(reflecting: ticket), String(describing: Optional(ticket)), dumped] {
            #expect(!text.contains(ticket.text))
            #expect(!text.contains { $0.isNumber && $0 != "0" })
        }
    }
}
