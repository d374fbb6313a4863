import NIOCore
import Testing

@testable import RelayTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ClientPartsTests {
    @Test func `bytes are masked in place as they are in a copy`() {
        var generator = SeededGenerator(seed: 11)
        for count in [0, 1, 3, 7, 8, 9, 63, 64, 65, 1000, 4097] {
            let source = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let key = UInt32.random(in: 0 ... .max, using: &generator)
            var copied = [UInt8](repeating: 0, count: count)
            var inPlace = source
            source.withUnsafeBytes { from in
                copied.withUnsafeMutableBytes { to in
                    if let from = from.baseAddress, let to = to.baseAddress {
                        _ = WebSocketMask.copy(from: from, to: to, count: count, key: key)
                    }
                }
            }
            inPlace.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { WebSocketMask.apply(to: base, count: count, key: key) }
            }
            #expect(inPlace == copied, "\(count) bytes")
        }
    }

    @Test func `keys of frames differ`() {
        var keys = MaskKeys()
        let some = Set((0..<1000).map { _ in keys.next() })

        #expect(some.count > 990)
    }

    @Test(arguments: [
        ("http://proxy:3128", "proxy", 3128, nil), ("proxy:80", "proxy", 80, nil),
        ("HTTP://[::1]:8080/", "::1", 8080, nil),
        ("http://ann:s%3Acret%40@10.0.0.1:3128", "10.0.0.1", 3128, "Basic YW5uOnM6Y3JldEA="),
        ("http://ann@proxy:1", "proxy", 1, "Basic YW5uOg=="),
    ])
    func `a proxy is read`(_ text: String, _ host: String, _ port: Int, _ authorization: String?) throws {
        let proxy = try #require(HTTPProxy(url: text))

        #expect(proxy.host == host)
        #expect(proxy.port == port)
        #expect(proxy.authorization == authorization)
    }

    @Test(arguments: [
        "", "proxy", "https://proxy:1", "http://proxy", "http://proxy:0", "http://proxy:70000", "http://:80",
        "http://a b:80", "http://user:%zz@proxy:80", "http://proxy:80/path",
    ])
    func `what is no proxy is none`(_ text: String) {
        #expect(HTTPProxy(url: text) == nil)
    }

    @Test func `the way through a proxy is asked for with the credentials`() {
        let plain = HTTPProxy(host: "proxy", port: 80).request(to: "relay.example:443")
        let signed = HTTPProxy(host: "proxy", port: 80, credentials: ("ann", "x")).request(to: "relay.example:443")

        #expect(String(buffer: plain) == "CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n\r\n")
        #expect(String(buffer: signed).contains("\r\nProxy-Authorization: Basic YW5uOng=\r\n"))
    }

    @Test(arguments: [
        (ECONNREFUSED, DialFailure.Kind.refused), (ETIMEDOUT, .timedOut), (EHOSTUNREACH, .unreachable),
        (ENETUNREACH, .unreachable), (EACCES, .forbidden), (EPIPE, .closed),
    ])
    func `errors of the system have kinds`(_ code: CInt, _ kind: DialFailure.Kind) {
        let failure = DialFailure(errorNumber: code, at: "db:1433")

        #expect(failure.kind == kind)
        #expect(failure.message.hasPrefix("no connection to db:1433: "))
    }

    @Test func `addresses are told by their bytes`() throws {
        #expect(try SocketAddress(ipAddress: "10.1.2.3", port: 5).ipBytes == [10, 1, 2, 3])
        #expect(try SocketAddress(ipAddress: "fe80::1", port: 5).ipBytes.prefix(2) == [0xFE, 0x80])
        #expect(try SocketAddress(unixDomainSocketPath: "a").ipBytes.isEmpty)
    }
}
