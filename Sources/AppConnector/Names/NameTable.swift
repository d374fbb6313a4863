import RelayModel

/// Loopback addresses for host names: each name has one of its own, so that bindings can share a port (decision D2).
///
/// The address follows from the name, so it is the same after a restart and in every connector, unless two names of one app
/// meet: then the later one in the alphabet moves on.
package struct NameTable: Sendable, Hashable {
    /// 127.64.0.0 to 127.191.255.255, without first and last addresses of small networks: far from those that people use.
    private static let firstNetwork: UInt32 = 64
    private static let networks: UInt32 = 128

    /// Addresses by name in lower case.
    package private(set) var addresses: [String: String] = [:]
    private var taken: Set<String> = []
    /// Moves all addresses: for tables that must not meet those of another connector.
    private let salt: UInt64

    package init(salt: UInt64 = 0) {
        self.salt = salt
    }

    /// Gives each name an address. Names that had one keep it; names that are gone give theirs back.
    package mutating func assign(_ names: some Sequence<String>) {
        let wanted = Set(names.map(Self.normal))
        for name in addresses.keys where !wanted.contains(name) {
            if let address = addresses.removeValue(forKey: name) { taken.remove(address) }
        }
        for name in wanted.sorted() where addresses[name] == nil {
            var hash = Self.hash(name) ^ salt
            var address = Self.address(hash)
            while taken.contains(address) {
                hash = hash &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                address = Self.address(hash)
            }
            addresses[name] = address
            taken.insert(address)
        }
    }

    /// The address of a name, in any case and with or without its last dot.
    package func address(of name: String) -> String? { addresses[Self.normal(name)] }

    /// The name of an address.
    package func name(of address: String) -> String? { addresses.first { $0.value == address }?.key }

    /// Lines for a hosts file.
    package var hostsLines: [String] {
        addresses.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    }

    static func normal(_ name: String) -> String {
        let lower = name.asciiLowercased
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    private static func address(_ hash: UInt64) -> String {
        let bits = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
        let network = firstNetwork + bits >> 16 % networks
        return "127.\(network).\(bits >> 8 & 0xFF).\(1 + bits & 0xFF % 254)"
    }

    /// FNV-1a, which is the same everywhere and at any time.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
