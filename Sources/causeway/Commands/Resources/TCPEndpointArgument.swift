import ArgumentParser
import RelayModel

/// An argument of the form `host:port`.
struct TCPEndpointArgument: ExpressibleByArgument, Sendable {
    var endpoint: TCPEndpoint

    init?(argument: String) {
        guard let endpoint = TCPEndpoint(text: argument) else { return nil }
        self.endpoint = endpoint
    }
}
