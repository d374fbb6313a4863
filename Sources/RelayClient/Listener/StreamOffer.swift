import NIOCore
package import RelayProtocol
package import RelayTransport

/// Who takes what senders want. Called on the loop of each offer.
package protocol StreamAcceptor: AnyObject, Sendable {
    func offered(_ offer: StreamOffer)
}

/// A sender that wants a connection: to be accepted or rejected, once, on the offer's loop.
package final class StreamOffer {
    enum Way {
        /// The address at which it is accepted with a WebSocket.
        case address(RelayURL, RelayAccess)
        case lane(LaneStream)
    }

    package let loop: LoopContext
    /// The ID under which the gateway tells of it.
    package let trackingID: String
    /// `address:port` of the sender, as the gateway sees it.
    package let remote: String
    private var way: Way?
    private var onCancel: ((String) -> Void)?

    init(_ way: Way, on loop: LoopContext, trackingID: String, remote: String) {
        self.way = way
        self.loop = loop
        self.trackingID = trackingID
        self.remote = remote
        if case .lane(let stream) = way { stream.delegate = OfferedStream(self) }
    }

    /// Whether it can still be accepted.
    package var isOpen: Bool { way != nil }

    /// Calls back when the sender gives up before it was answered.
    package func whenCancelled(_ body: @escaping (String) -> Void) {
        guard way != nil else { return body("the sender left") }
        onCancel = body
    }

    /// Takes the connection. The stream comes once, at once or when the rendezvous stands; bytes come once it is begun.
    package func accept(_ completion: @escaping (Result<any RelayedStream, RelayFailure>) -> Void) {
        guard let way else {
            return completion(.failure(RelayFailure(.unreachable, "the sender left before it was answered")))
        }
        self.way = nil
        onCancel = nil
        switch way {
        case .lane(let stream):
            let relayed = LaneRelayedStream(stream)
            stream.accept()
            completion(.success(relayed))
        case .address(let url, let access):
            let request = RelayWebSocket.Request(
                target: access.target(of: url), authority: url.authority, path: url.target, answerMax: .seconds(20))
            RelayWebSocket.open(request, on: loop) { outcome in
                completion(outcome.map { WebSocketStream($0.connection) })
            }
        }
    }

    /// Refuses the connection; the sender gets the status and the text.
    package func reject(status: Int, _ text: String) {
        guard let way else { return }
        self.way = nil
        onCancel = nil
        switch way {
        case .lane(let stream):
            stream.delegate = nil
            stream.lane.refuse(stream.id, status: status, text)
        case .address(let url, let access):
            let path = url.target + RelayTargets.rejection(status: status, description: text)
            let request = RelayWebSocket.Request(
                target: access.target(of: url), authority: url.authority, path: path, answerMax: .seconds(20))
            // The answer is 410, or 403 when it is too late; there is nothing to do in either case.
            RelayWebSocket.open(request, on: loop) { outcome in
                if case .success(let opened) = outcome { opened.connection.abort(reset: true) }
            }
        }
    }

    fileprivate func cancel(_ text: String) {
        way = nil
        let onCancel = onCancel
        self.onCancel = nil
        onCancel?(text)
    }

    /// A stream that was offered and not answered.
    private final class OfferedStream: LaneStreamDelegate {
        private weak var offer: StreamOffer?

        init(_ offer: StreamOffer) {
            self.offer = offer
        }

        func accepted(_ stream: LaneStream) {}
        func refused(status: Int, _ text: String, _ stream: LaneStream) { offer?.cancel(text) }
        func redirected(_ stream: LaneStream) { offer?.cancel("") }
        func received(_ bytes: ByteBuffer, on stream: LaneStream) {}
        func receivedEnd(on stream: LaneStream) {}
        func lost(_ text: String, _ stream: LaneStream) { offer?.cancel(text) }
        func becameWritable(_ stream: LaneStream) {}
    }
}
