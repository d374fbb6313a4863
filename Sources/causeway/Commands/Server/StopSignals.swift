import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Ends when the first SIGTERM or SIGINT comes, which stops the server gracefully; a second one ends the program.
struct StopSignals: Service {
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var iterator = signals.makeAsyncIterator()
        guard let first = await iterator.next() else { return }
        logger.notice("Stopping", metadata: ["signal": "\(first)"])
        Self.endAtNextSignal()
    }

    /// From here on the system itself ends the program at the next signal.
    private static func endAtNextSignal() {
        for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
    }
}
