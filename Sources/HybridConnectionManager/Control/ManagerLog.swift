import Foundation
package import LocalFiles
package import Logging
import Synchronization

/// The log of a manager: one line for each entry on the standard error, and in a file that is cut by size, so that
/// `hcm logs` can show what happened without a journal.
package final class ManagerLog: Sendable {
    /// Bytes of one file, and how many older ones are kept.
    private static let fileMax = 1024 * 1024
    private static let filesMax = 5

    private struct State {
        var descriptor: CInt = -1
        var size = 0
        /// Used where there is no file.
        var lines: [String] = []
    }

    private let folder: String?
    private let state = Mutex(State())

    /// `folder`: where the file is; `nil` keeps the last lines in memory alone.
    package init(folder: String?) throws(FileFailure) {
        self.folder = folder
        guard let folder else { return }
        try WholeFile.makeFolder(folder)
        try state.withLock { state throws(FileFailure) in try open(&state) }
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    private var path: String { "\(folder ?? "")/hcm.log" }

    private func open(_ state: inout State) throws(FileFailure) {
        state.descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard state.descriptor >= 0 else { throw FileFailure("\(path) cannot be written: \(WholeFile.reason(errno))") }
        state.size = Int(lseek(state.descriptor, 0, SEEK_END))
    }

    /// Writes one line.
    package func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Foundation.write(2, $0.baseAddress, $0.count) }
        state.withLock { state in
            guard folder != nil else {
                state.lines.append(line)
                if state.lines.count > 2000 { state.lines.removeFirst(1000) }
                return
            }
            if state.size + bytes.count > Self.fileMax { rotate(&state) }
            guard state.descriptor >= 0 else { return }
            state.size += max(0, bytes.withUnsafeBytes { Foundation.write(state.descriptor, $0.baseAddress, $0.count) })
        }
    }

    private func rotate(_ state: inout State) {
        if state.descriptor >= 0 { close(state.descriptor) }
        for number in stride(from: Self.filesMax - 1, through: 1, by: -1) {
            rename("\(path).\(number)", "\(path).\(number + 1)")
        }
        rename(path, "\(path).1")
        // Without a file the standard error still has everything.
        do { try open(&state) } catch { state.descriptor = -1 }
    }

    /// The last lines.
    package func tail(_ count: Int) -> [String] {
        guard folder != nil else { return state.withLock { Array($0.lines.suffix(count)) } }
        var lines: [String] = []
        for file in [path] + (1...Self.filesMax).map({ "\(path).\($0)" }) {
            guard lines.count < count, let bytes = try? WholeFile.read(file) else { break }
            let text = String(decoding: bytes, as: UTF8.self)
            lines = text.split(separator: "\n").map(String.init) + lines
        }
        return Array(lines.suffix(count))
    }
}

/// Writes entries of the log as text: time, level, message, and data as `key=value`.
package struct ManagerLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let log: ManagerLog

    package init(_ log: ManagerLog, level: Logger.Level) {
        self.log = log
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let data = all.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted("\($0.value)"))" }
        let time = Self.format.format(Date())
        log.write(([time, event.level.rawValue, "\(event.message)"] + data).joined(separator: " "))
    }

    private static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// A value that cannot begin another entry.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" }
        if isPlain, !text.isEmpty { return text }
        let safe = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
        return "\"\(safe.replacing("\"", with: "'"))\""
    }
}
