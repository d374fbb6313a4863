import RelayModel
import Testing

struct LocationTests {
    @Test(arguments: [
        ("westeurope", "westeurope"), ("West Europe", "westeurope"), ("  WEST  EUROPE ", "westeurope"),
        ("east us 2", "eastus2"),
        ("my-rack-1", "my-rack-1"), ("uk", "uk"),
    ])
    func `blanks and case do not count`(_ text: String, _ name: String) throws {
        #expect(try Location(text).name == name)
    }

    @Test func `one place in two spellings is one value`() throws {
        #expect(try Location("West US") == Location("westus"))
        #expect(try Location("West US") != Location("westus2"))
    }

    @Test(arguments: [
        "", " ", "a", String(repeating: "a", count: 51), "west_europe", "west/europe", "west\teurope",
        "west\u{A0}europe",
        "westeuropé", "ｗesteurope", "west\neurope", "west\0europe", "west%20europe", "\u{212A}iel",
    ])
    func `anything else is no place`(_ text: String) throws {
        let error = try #require(throws: ServiceError.self) { try Location(text) }

        #expect(error.code == .locationNotAvailable)
        #expect(error.target == "location")
    }

    @Test func `2 and 50 characters are accepted`() throws {
        #expect(try Location(String(repeating: "a", count: 50)).name.count == 50)
        #expect(try Location("a 1").name == "a1")
    }
}
