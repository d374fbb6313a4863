import NIOCore
import NIOPosix
package import RelayTransport

#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif
#endif

/// Tells when addresses or routes of this machine change, so that what waits is tried at once.
package enum NetworkWatch {
    /// Changes come in groups: what comes within this time is one.
    private static let quietTime = Duration.milliseconds(300)

    /// Calls back after each change until the task is cancelled. Where the system tells nothing, it only waits.
    package static func run(on loops: SocketLoops, _ onChange: @escaping @Sendable () async -> Void) async {
        #if os(Linux)
            guard let events = try? await subscribe(on: loops) else { return await sleepForEver() }
            for await _ in events {
                try? await Task.sleep(for: quietTime)
                guard !Task.isCancelled else { return }
                await onChange()
            }
        #else
            await sleepForEver()
        #endif
    }

    private static func sleepForEver() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    #if os(Linux)
        /// netlink(7): the family, and the groups for links, IPv4 and IPv6 addresses and routes.
        private static let familyNetlink: CInt = 16
        private static let groups: UInt32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400

        private static func subscribe(on loops: SocketLoops) async throws -> AsyncStream<Void> {
            let descriptor = socket(familyNetlink, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw DialFailure(errorNumber: errno, at: "netlink") }
            // struct sockaddr_nl: family, padding, process, groups.
            var address = [UInt8](repeating: 0, count: 12)
            address.withUnsafeMutableBytes { bytes in
                bytes.storeBytes(of: UInt16(familyNetlink), as: UInt16.self)
                bytes.storeBytes(of: groups, toByteOffset: 8, as: UInt32.self)
            }
            let bound = address.withUnsafeBytes { bytes in
                bytes.baseAddress.map {
                    bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
                } ?? -1
            }
            guard bound == 0 else {
                let failure = DialFailure(errorNumber: errno, at: "netlink")
                close(descriptor)
                throw failure
            }
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let channel = try await NIOPipeBootstrap(group: loops.next().eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Notifier(continuation))
                    }
                }
                .takingOwnershipOfDescriptor(input: descriptor).get()
            continuation.onTermination = { _ in channel.close(promise: nil) }
            return stream
        }

        private final class Notifier: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            private let continuation: AsyncStream<Void>.Continuation

            init(_ continuation: AsyncStream<Void>.Continuation) {
                self.continuation = continuation
            }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                continuation.yield()
            }
        }
    #endif
}
