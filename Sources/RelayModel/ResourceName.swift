/// The rules for names, each an allow list: length, characters, first and last character.
public struct NameRule: Sendable {
    public let what: String
    public let length: ClosedRange<Int>
    /// Characters beside ASCII letters and digits.
    public let extra: String
    public let firstIsLetter: Bool
    public let edgesAreAlphanumeric: Bool

    /// Azure Relay namespace: the DNS label of its host name.
    public static let relayNamespace = NameRule("namespace name", 6...50, extra: "-", firstIsLetter: true)
    /// Hybrid connection and WCF relay; `/` stands as `~` in the URL.
    public static let relayEntity = NameRule("entity name", 1...260, extra: ".-_/")
    public static let authorizationRule = NameRule("authorization rule name", 1...50, extra: ".-_")
    public static let site = NameRule("app name", 2...60, extra: "-")
    public static let slot = NameRule("slot name", 2...59, extra: "-")
    public static let appServicePlan = NameRule("App Service plan name", 1...60, extra: "-_", edges: false)
    public static let resourceGroup = NameRule("resource group name", 1...90, extra: "-_().", edges: false)
    public static let deployment = NameRule("deployment name", 1...64, extra: "-_.()", edges: false)
    public static let generic = NameRule("resource name", 1...260, extra: ".-_~()@ ", edges: false)

    private init(
        _ what: String, _ length: ClosedRange<Int>, extra: String, firstIsLetter: Bool = false, edges: Bool = true
    ) {
        self.what = what
        self.length = length
        self.extra = extra
        self.firstIsLetter = firstIsLetter
        edgesAreAlphanumeric = edges
    }

    /// Returns the name when it keeps the rule.
    /// - Throws: `ServiceError` with `badRequest` that names the value and the rule that it broke.
    @discardableResult
    public func check(_ name: String) throws(ServiceError) -> String {
        guard let broken = brokenRule(name) else { return name }
        throw ServiceError(.badRequest, "The \(what) '\(Self.shown(name))' is invalid: \(broken).", target: "name")
    }

    /// The rule that the name breaks, as the end of a sentence; `nil` when it is a good name.
    public func brokenRule(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.allSatisfy({ Self.isAlphanumeric($0) || extra.utf8.contains($0) }) else {
            return
                "it may contain only letters, digits and the characters \(extra.map { "'\($0)'" }.joined(separator: ", "))"
        }
        guard length.contains(bytes.count) else {
            return "it must have \(length.lowerBound) to \(length.upperBound) characters and has \(bytes.count)"
        }
        if firstIsLetter, let first = bytes.first, !Self.isLetter(first) { return "it must start with a letter" }
        if edgesAreAlphanumeric, let first = bytes.first, let last = bytes.last,
            !Self.isAlphanumeric(first) || !Self.isAlphanumeric(last)
        {
            return "it must start and end with a letter or a digit"
        }
        if what == Self.resourceGroup.what, bytes.last == UInt8(ascii: ".") { return "it must not end in '.'" }
        if name.split(separator: "/", omittingEmptySubsequences: false).contains(where: {
            $0.isEmpty || $0 == "." || $0 == ".."
        }) {
            return "it must not have an empty, '.' or '..' segment"
        }
        return nil
    }

    /// A text as an error may show it: at most 80 characters, and `?` for those that control a terminal, break a line or
    /// change the direction of what follows.
    public static func shown(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(80).map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                default: Character(scalar)
                }
            }
        )
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.asciiLowercased)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A place. Azure compares places without regard to blanks and case, so `West US` and `westus` are one.
public struct Location: Sendable, Hashable {
    /// The normal form: lower case without blanks.
    public let name: String

    /// - Throws: `ServiceError` with `locationNotAvailable` when it is not 2 to 50 letters, digits and hyphens.
    public init(_ text: String) throws(ServiceError) {
        let normal = String(decoding: text.utf8.filter { $0 != 0x20 }.map(\.asciiLowercased), as: UTF8.self)
        let isPlain = normal.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isPlain, (2...50).contains(normal.utf8.count) else {
            throw ServiceError(
                .locationNotAvailable,
                "The provided location '\(NameRule.shown(text))' is not a location: use 2 to 50 letters, digits and hyphens.",
                target: "location"
            )
        }
        name = normal
    }

    package init(stored name: String) {
        self.name = name
    }
}
