package import NIOCore

extension SocketAddress {
    /// The bytes of the IP address in network order: 4 or 16 of them; none for sockets of the file system.
    package var ipBytes: [UInt8] {
        let (offset, count) =
            switch self {
            case .v4: (4, 4)
            case .v6: (8, 16)
            case .unixDomainSocket: (0, 0)
            }
        return withSockAddr { address, size in
            Array(UnsafeRawBufferPointer(start: address, count: size)[offset..<(offset + count)])
        }
    }
}
