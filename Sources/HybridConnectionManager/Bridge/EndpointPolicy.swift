package import NIOCore
import RelayTransport

/// Which addresses a manager connects to on behalf of senders: what must never be reached from outside stays out of reach,
/// whatever an endpoint's name resolves to.
package struct EndpointPolicy: Sendable, Hashable {
    /// Whether this machine itself may be the endpoint.
    package var allowsLoopback: Bool

    package init(allowsLoopback: Bool = false) {
        self.allowsLoopback = allowsLoopback
    }

    /// fd00:ec2::254 and fd20:ce::254.
    private static let metadata: [[UInt8]] = [
        [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        [0xFD, 0x20, 0, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
    ]

    /// - Returns: why the address is out of reach; `nil` when it is not.
    package func denial(of address: SocketAddress) -> String? {
        let bytes = address.ipBytes
        return switch bytes.count {
        case 4: denial(ofIPv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: denial(ofIPv6: bytes)
        default: "it is no IP address"
        }
    }

    private func denial(ofIPv4 address: UInt32) -> String? {
        if address >> 24 == 127 {
            return allowsLoopback ? nil : "it is this machine itself, which --allow-loopback would allow"
        }
        switch address {
        case 0xA9FE_A9FE, 0x6464_64C8, 0xC000_00C0, 0xA83F_8110:
            return "it is an address for metadata of cloud machines"
        case _ where address >> 16 == 0xA9FE: return "it is a link-local address"
        case _ where address >> 24 == 0: return "it is no address of a machine"
        case _ where address >> 28 == 0xE: return "it is a multicast address"
        case .max: return "it is a broadcast address"
        default: return nil
        }
    }

    private func denial(ofIPv6 bytes: [UInt8]) -> String? {
        let embedded = bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let head = bytes.prefix(12)
        // IPv4 in IPv6: mapped, compatible (but for :: and ::1), and the prefix of translators.
        let isMapped = head.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        let isTranslated = head.elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isTranslated { return denial(ofIPv4: embedded) }
        if head.allSatisfy({ $0 == 0 }) {
            if embedded == 1 {
                return allowsLoopback ? nil : "it is this machine itself, which --allow-loopback would allow"
            }
            return embedded == 0 ? "it is no address of a machine" : denial(ofIPv4: embedded)
        }
        if Self.metadata.contains(bytes) {
            return "it is an address for metadata of cloud machines"
        }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "it is a link-local address" }
        if bytes[0] == 0xFF { return "it is a multicast address" }
        return nil
    }
}
