import Synchronization

/// One line on the standard error that is written over and over, for people at a terminal; nothing elsewhere.
final class ProgressLine: Sendable {
    private let isShown = StandardStream.error.isTerminal
    private let width = Mutex(0)

    func tell(_ text: String) {
        guard isShown else { return }
        width.withLock { width in
            let rest = String(repeating: " ", count: max(width - text.count, 0))
            width = text.count
            // Progress that cannot be shown is none that matters.
            try? StandardStream.error.write(Array("\r\(text)\(rest)".utf8))
        }
    }

    /// Takes the line away.
    func end() {
        guard isShown else { return }
        width.withLock { width in
            try? StandardStream.error.write(Array("\r\(String(repeating: " ", count: width))\r".utf8))
            width = 0
        }
    }
}
