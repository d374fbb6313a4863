import Foundation
import NIOCore
import Synchronization

/// The addresses of the ports with the numbers that they really have. Where port 0 was asked for, a free one is
/// reserved before anything is served, because tokens and documents name it.
struct BoundPorts: Sendable {
    let management: HostAndPort
    let relay: HostAndPort
    let relayPlaintext: HostAndPort?
    let operations: HostAndPort
    private let reservations: [Reservation]

    /// Lets go of the numbers, once the servers listen on them.
    func releaseReservations() {
        for reservation in reservations { reservation.release() }
    }

    /// `host:port` that a client on this machine uses: a name that the certificate has.
    var managementName: String {
        let local = ["127.0.0.1", "::1", "0.0.0.0", "::"]
        let host = local.contains(management.host) ? "localhost" : management.host
        return HostAndPort(host: host, port: management.port).description
    }

    /// - Throws: ``ConfigurationError`` when an address is not of this machine or is taken.
    static func bind(_ configuration: ServerConfiguration) async throws -> BoundPorts {
        // The reservations are held together, so that no two of them get the same number.
        let management = try Reservation("management-address", configuration.managementAddress)
        let relay = try Reservation("relay-address", configuration.relayAddress)
        let operations = try Reservation("operations-address", configuration.operationsAddress)
        let plaintext = try configuration.relayPlaintextAddress.map {
            try Reservation("relay-plaintext-address", $0)
        }
        return BoundPorts(
            management: management.address, relay: relay.address, relayPlaintext: plaintext?.address,
            operations: operations.address,
            reservations: [management, relay, operations] + (plaintext.map { [$0] } ?? [])
        )
    }

    /// A socket that is bound but does not listen. On Linux another socket with `SO_REUSEADDR` may then be bound to the
    /// same port, and no stranger gets it in between.
    private final class Reservation: Sendable {
        let address: HostAndPort
        private let descriptor: Mutex<Int32?>

        init(_ option: String, _ wanted: HostAndPort) throws {
            let failure = { (reason: String) in ConfigurationError("\(option) \(wanted) cannot be used: \(reason).") }
            let resolved: SocketAddress
            do {
                resolved = try SocketAddress.makeAddressResolvingHost(wanted.host, port: wanted.port)
            } catch {
                throw failure("the host name cannot be resolved")
            }
            let family = resolved.protocol == .inet6 ? AF_INET6 : AF_INET
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            let result = resolved.withSockAddr { Foundation.bind(descriptor, $0, socklen_t($1)) }
            guard result == 0 else {
                let reason = String(cString: strerror(errno))
                close(descriptor)
                throw failure(reason)
            }
            self.descriptor = Mutex(descriptor)
            address = HostAndPort(host: wanted.host, port: Self.port(of: descriptor) ?? wanted.port)
        }

        func release() {
            descriptor.withLock { descriptor in
                if let descriptor { close(descriptor) }
                descriptor = nil
            }
        }

        deinit {
            release()
        }

        private static func port(of descriptor: Int32) -> Int? {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let result = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            }
            guard result == 0 else { return nil }
            // The port stands at the same place in both families, in network order.
            return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
        }
    }
}
