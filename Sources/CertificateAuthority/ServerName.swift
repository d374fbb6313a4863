import RelayModel
import SwiftASN1
import X509

/// A name that a server certificate stands for: a DNS name in lower case, possibly with a leading `*.`, or an address.
enum ServerName: Hashable {
    case dns(String)
    case address(IPAddress)

    /// - Throws: `ServiceError` with `badRequest` when it is neither a DNS name nor an address.
    init(_ text: String) throws(ServiceError) {
        if let address = IPAddress(text) {
            self = .address(address)
            return
        }
        guard let rule = Self.brokenRule(text) else {
            self = .dns(text.asciiLowercased)
            return
        }
        throw ServiceError(
            .badRequest, "'\(NameRule.shown(text))' cannot stand in a server certificate: \(rule)."
        )
    }

    /// The rule of DNS names that the text breaks, as the end of a sentence; `nil` when it is a good name.
    private static func brokenRule(_ text: String) -> String? {
        guard (1...253).contains(text.utf8.count) else { return "it must have 1 to 253 characters" }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels[0] == "*" {
            labels.removeFirst()
            guard !labels.isEmpty else { return "'*' alone names every server" }
        }
        for label in labels {
            guard (1...63).contains(label.utf8.count) else { return "each part must have 1 to 63 characters" }
            guard label.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
                return "it may contain only letters, digits, hyphens and dots, and '*.' only at its start"
            }
            guard label.utf8.first != UInt8(ascii: "-"), label.utf8.last != UInt8(ascii: "-") else {
                return "no part may start or end with a hyphen"
            }
        }
        guard let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return "it looks like an IPv4 address and is none"
        }
        return nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte.asciiLowercased) || (0x30...0x39).contains(byte)
    }

    var generalName: GeneralName {
        switch self {
        case .dns(let name): .dnsName(name)
        case .address(let address): .ipAddress(ASN1OctetString(contentBytes: address.octets[...]))
        }
    }

    /// The name for people; not all that is valid fits the 64 characters of the field.
    var commonName: String {
        switch self {
        case .dns(let name): name.utf8.count <= 64 ? name : "Causeway"
        case .address(let address): address.description
        }
    }

    /// The name in a certificate as text; `nil` for kinds that do not name a server.
    static func text(_ name: GeneralName) -> String? {
        switch name {
        case .dnsName(let name): name
        case .ipAddress(let octets): IPAddress(octets: Array(octets.bytes))?.description
        default: nil
        }
    }
}
