package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension SocketConnection {
    /// Finds out whether the peer's machine still acknowledges what it is sent.
    /// - Parameters:
    ///   - limit: silence of the peer's TCP that still counts as life.
    ///   - answer: called on the event loop; true also when it cannot be found out.
    package func isAcknowledging(within limit: TimeAmount, _ answer: @escaping @Sendable (Bool) -> Void) {
        #if os(Linux)
            guard let socket = context?.channel as? any SocketOptionProvider else { return answer(true) }
            socket.getTCPInfo().whenComplete { result in
                guard case .success(let info) = result else { return answer(true) }
                // Milliseconds since the last acknowledgement, which probes of a closed window bring as well.
                let isWaiting = info.tcpi_unacked > 0 || info.tcpi_probes > 0 || info.tcpi_retransmits > 0
                answer(!isWaiting || Int64(info.tcpi_last_ack_recv) * 1_000_000 < limit.nanoseconds)
            }
        #else
            answer(true)
        #endif
    }
}
