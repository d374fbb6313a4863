import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// How a listener's response reaches the sender.
extension HTTPExchange {
    func addressOpened(_ connection: ConnectionReference) {
        guard let machine, !machine.isOver else {
            connection.run { $0.finish() }
            return
        }
        rendezvous = connection
        feed { $0.addressOpened(now: ContinuousClock.now) }
    }

    func response(_ message: ResponseMessage, on channel: HTTPExchangeStateMachine.Channel) {
        do {
            let relayed = try RelayedResponseHead(message, method: head.method, host: attempt.host)
            newHead = relayed
            feed {
                $0.responseReceived(
                    on: channel, framing: relayed.framing, hasBody: message.hasBody, now: ContinuousClock.now)
            }
        } catch {
            feed { $0.responseInvalid(on: channel) }
        }
    }

    func controlBody(_ piece: ByteBuffer, ends: Bool) {
        body(piece, ends: ends, on: .control)
    }

    func body(_ piece: ByteBuffer, ends: Bool, on channel: HTTPExchangeStateMachine.Channel) {
        self.piece = piece
        feed { $0.bodyReceived(on: channel, count: piece.readableBytes, ends: ends, now: ContinuousClock.now) }
        self.piece = ByteBuffer()
        guard channel == .rendezvous, machine?.isOver == false, keptHead?.hasBody == true, !connection.isWritable
        else { return }
        rendezvous?.run { $0.pauseReading() }
    }

    func controlBodyAbandoned() {
        feed { $0.controlBodyAbandoned() }
    }

    func rendezvousInvalid() {
        feed { $0.responseInvalid(on: .rendezvous) }
    }

    func rendezvousClosed(isNormal: Bool) {
        feed { $0.rendezvousClosed(isNormal: isNormal) }
    }

    func rendezvousLost() {
        feed { $0.rendezvousLost() }
        rendezvous = nil
    }

    // MARK: To the sender

    /// HTTP/1.0 knows no chunks: its body ends with the connection.
    private var usesChunks: Bool { keptHead?.framing == .chunked && head.minorVersion > 0 }

    private var endsWithConnection: Bool { keptHead?.framing == .chunked && head.minorVersion == 0 }

    func sendHead() {
        guard let relayed = keptHead else { return }
        responded(relayed.status)
        var fields = relayed.fields
        switch relayed.framing {
        case .none: break
        case .announced(let count), .length(let count): fields.append(("Content-Length", String(count)))
        case .chunked: if head.minorVersion > 0 { fields.append(("Transfer-Encoding", "chunked")) }
        }
        if !head.keepsAlive || endsWithConnection {
            fields.append(("Connection", "close"))
        } else if head.minorVersion == 0 {
            fields.append(("Connection", "keep-alive"))
        }
        connection.startResponse(HTTPResponseHead(status: relayed.status, reason: relayed.reason, fields: fields))
    }

    func sendBody() {
        guard keptHead?.hasBody == true, piece.readableBytes > 0 else { return }
        bytes.toSender.add(Int64(piece.readableBytes))
        if usesChunks {
            var bytes = ByteBuffer()
            bytes.reserveCapacity(piece.readableBytes + 20)
            HTTPChunk.write(piece, into: &bytes)
            connection.write(bytes)
        } else {
            connection.write(piece)
        }
        connection.flushSoon()
    }

    func endBody(keepsAlive: Bool) {
        if usesChunks { connection.write(HTTPChunk.end) }
        connection.delegate = gateway.router
        connection.endResponse(keepsAlive: keepsAlive && !endsWithConnection)
    }

    func closeRendezvous(_ cause: HTTPExchangeStateMachine.RendezvousClosing) {
        let id = attempt.trackingID
        let reason: CloseReason =
            switch cause {
            case .complete: .normal
            case .senderGone: .senderGone(id)
            case .entityDeleted: .entityDeleted(id)
            case .failed: .internalFailure(id)
            }
        onRendezvous { $0.close(reason, on: $1) }
    }
}
