import HybridConnectionManager
import NIOCore
import Testing

struct EndpointPolicyTests {
    @Test(arguments: [
        "10.0.0.1", "192.168.1.1", "172.16.0.1", "8.8.8.8", "100.64.0.1", "2001:db8::1", "fd12:3456::1",
        "::ffff:10.0.0.1", "64:ff9b::8.8.8.8",
    ])
    func `a private or public address may be an endpoint`(_ address: String) throws {
        #expect(EndpointPolicy().denial(of: try SocketAddress(ipAddress: address, port: 80)) == nil)
    }

    @Test(arguments: [
        ("169.254.169.254", "metadata"), ("169.254.1.1", "link-local"), ("100.100.100.200", "metadata"),
        ("192.0.0.192", "metadata"), ("0.0.0.0", "no address"), ("0.1.2.3", "no address"), ("224.0.0.1", "multicast"),
        ("255.255.255.255", "broadcast"), ("fe80::1", "link-local"), ("febf::1", "link-local"),
        ("ff02::1", "multicast"),
        ("::", "no address"), ("fd00:ec2::254", "metadata"), ("::ffff:169.254.169.254", "metadata"),
        ("64:ff9b::169.254.169.254", "metadata"), ("::169.254.169.254", "metadata"),
    ])
    func `what must never be reached is refused, with loopback allowed or not`(_ address: String, _ word: String) throws
    {
        let address = try SocketAddress(ipAddress: address, port: 80)

        #expect(EndpointPolicy().denial(of: address)?.contains(word) ?? false)
        #expect(EndpointPolicy(allowsLoopback: true).denial(of: address)?.contains(word) ?? false)
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"])
    func `this machine is an endpoint only when that is allowed`(_ address: String) throws {
        let address = try SocketAddress(ipAddress: address, port: 80)

        #expect(EndpointPolicy().denial(of: address)?.contains("--allow-loopback") ?? false)
        #expect(EndpointPolicy(allowsLoopback: true).denial(of: address) == nil)
    }

    @Test func `a socket of the file system is no endpoint`() throws {
        #expect(EndpointPolicy(allowsLoopback: true).denial(of: try SocketAddress(unixDomainSocketPath: "x")) != nil)
    }
}
