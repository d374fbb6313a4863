import NIOCore
import NIOSSL

/// What a socket that we opened ourselves is for: the way to its peer, and what was asked last.
final class ClientState {
    /// `host:port` of the peer, whether it is reached through a proxy or not.
    let place: String
    let proxy: HTTPProxy?
    /// TLS that begins once the proxy has opened the way; without a proxy it stands in the pipeline already.
    let makeTLS: (() throws -> NIOSSLClientHandler)?
    let isEncrypted: Bool
    /// Whether the answer that is due is the proxy's.
    var isAskingProxy = false
    /// The method of the request that is to be answered.
    var method = ""
    /// The key and the subprotocols of the WebSocket that was asked for.
    var handshake: (key: String, protocols: [String])?
    /// Whether the connection can carry another request after this answer.
    var keepsAlive = true
    private(set) var failure: DialFailure?
    private var completion: ((Result<SocketConnection, DialFailure>) -> Void)?

    init(
        place: String, proxy: HTTPProxy?, isEncrypted: Bool, makeTLS: (() throws -> NIOSSLClientHandler)?,
        completion: @escaping (Result<SocketConnection, DialFailure>) -> Void
    ) {
        self.place = place
        self.proxy = proxy
        self.isEncrypted = isEncrypted
        self.makeTLS = makeTLS
        self.completion = completion
    }

    /// Remembers the first thing that went wrong: what follows are its consequences.
    func note(_ error: any Error) {
        if failure == nil { failure = DialFailure(error, at: isAskingProxy ? proxy?.place ?? place : place) }
    }

    /// The connection stands; said once.
    func opened(_ connection: SocketConnection) {
        let completion = completion
        self.completion = nil
        completion?(.success(connection))
    }

    /// The connection is over. Whoever waits for it is told why.
    func ended(_ end: ConnectionEnd) {
        let completion = completion
        self.completion = nil
        completion?(.failure(reason(end)))
    }

    /// Why the connection ended, in words.
    func reason(_ end: ConnectionEnd) -> DialFailure {
        if let failure { return failure }
        return switch end {
        case .timedOut: DialFailure(.timedOut, "\(place) did not answer in time")
        case .closedByUs: DialFailure(.closed, "the connection to \(place) was closed")
        case .closedByPeer: DialFailure(.closed, "\(place) closed the connection")
        case .reset: DialFailure(.closed, "the connection to \(place) was reset")
        case .refused: DialFailure(.protocolBroken, "\(place) sent what could not be understood")
        }
    }
}
