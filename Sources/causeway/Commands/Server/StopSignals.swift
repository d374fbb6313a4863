import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Ends when the first SIGTERM or SIGINT comes, which stops the program gracefully; a second one ends it.
///
/// Signals are kept from the moment this is made. A program makes it before it says that it is ready, because whoever
/// reads that may stop it at once.
struct StopSignals: Service {
    private let logger: Logger
    private let signals: UnixSignalsSequence

    init(logger: Logger) async {
        self.logger = logger
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    }

    func run() async throws {
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
