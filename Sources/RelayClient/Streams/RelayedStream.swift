package import NIOCore
package import RelayProtocol

/// Who uses a relayed stream. All calls come on the stream's loop.
package protocol RelayedStreamDelegate: AnyObject {
    /// Bytes came; tell ``RelayedStream/consumed(_:)`` when they have gone somewhere.
    func received(_ bytes: ByteBuffer, on stream: any RelayedStream)
    /// The other end sends no more.
    func receivedEnd(on stream: any RelayedStream)
    /// The stream was lost. Nothing more comes.
    func lost(_ failure: RelayFailure, _ stream: any RelayedStream)
    func becameWritable(_ stream: any RelayedStream)
}

/// Bytes between a sender and a listener: a WebSocket of their own, or a stream of a lane. Used on its loop alone.
package protocol RelayedStream: AnyObject {
    /// Lets bytes come; the delegate is not kept alive by the stream.
    func begin(_ delegate: any RelayedStreamDelegate)
    /// Whether to go on writing. After false ``RelayedStreamDelegate/becameWritable(_:)`` comes.
    var isWritable: Bool { get }

    func write(_ bytes: ByteBuffer)
    /// Bytes that came have gone where they belong: as many more may come.
    func consumed(_ bytes: Int)
    /// No more bytes are written.
    func end()
    /// Gives the stream up; the other end sees a loss.
    func reset()
    /// Both directions have ended: lets go of it in order.
    func finish()
}
