import ArgumentParser

/// An argument of the form `name=value`; the value may be empty and may contain `=`.
struct NameAndValue: ExpressibleByArgument, Sendable {
    var name: String
    var value: String

    init?(argument: String) {
        self.init(argument, separator: "=")
    }

    fileprivate init?(_ text: String, separator: Character) {
        guard let index = text.firstIndex(of: separator), index > text.startIndex else { return nil }
        name = String(text[..<index])
        value = String(text[text.index(after: index)...])
    }
}

/// An argument of the form `name:value`; blanks around the value do not belong to it.
struct HeaderArgument: ExpressibleByArgument, Sendable {
    var name: String
    var value: String

    init?(argument: String) {
        guard let parts = NameAndValue(argument, separator: ":") else { return nil }
        let isName = parts.name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard isName, !parts.value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            return nil
        }
        name = parts.name
        value = String(parts.value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
