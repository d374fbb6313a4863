import ArgumentParser
import Foundation
import LocalFiles
import ManagementClient
import UnixSignals

/// A program that runs as a child in the same terminal: it gets the signals of the terminal by itself, and those that end
/// this process through it.
struct ChildProgram: Sendable {
    let path: String
    private let arguments: [String]
    private let environment: [String: String]

    /// Finds the program as a shell would.
    /// - Throws: `ExitCode` 127 when there is none, after saying so, and 126 when it cannot be run.
    init(_ command: [String], environment: [String: String]) throws {
        arguments = command
        self.environment = environment
        path = try Self.find(command[0], environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    }

    private static func find(_ name: String, _ search: String) throws -> String {
        let candidates = name.contains("/") ? [name] : search.split(separator: ":").map { "\($0)/\(name)" }
        if let found = candidates.first(where: { access($0, X_OK) == 0 && !isFolder($0) }) { return found }
        let isThere = candidates.contains(where: WholeFile.exists)
        try StandardStream.error.write(line: "causeway: \(name): \(isThere ? "cannot be executed" : "not found")")
        throw ExitCode(isThere ? 126 : 127)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether it runs with the rights of another user or group: the loader preloads nothing into such a program.
    var hasOtherRights: Bool {
        guard let mode = WholeFile.mode(of: path),
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        else { return false }
        func isOther(_ key: FileAttributeKey, than own: UInt32) -> Bool {
            (attributes[key] as? NSNumber)?.uint32Value != own
        }
        return mode & 0o4000 != 0 && isOther(.ownerAccountID, than: getuid())
            || mode & 0o2000 != 0 && isOther(.groupOwnerAccountID, than: getgid())
    }

    /// Whether it is an ELF program without an interpreter: nothing can be preloaded into it.
    var isStatic: Bool {
        guard let handle = FileHandle(forReadingAtPath: path), let head = try? handle.read(upToCount: 4096),
            head.count > 64, head.prefix(5).elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2])
        else { return false }
        let bytes = Array(head)
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2))
        guard size >= 4, count > 0, start >= 64, start + size * count <= bytes.count else { return false }
        let hasInterpreter = (0..<count).contains { number(start + size * $0, 4) == 3 }
        return !hasInterpreter
    }

    /// Runs it to its end.
    /// - Returns: its exit code, or 128 and the number of the signal that ended it.
    func run() async throws -> Int32 {
        for number in [SIGINT, SIGQUIT] { signal(number, SIG_IGN) }
        let process = try spawn()
        return await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await Self.wait(for: process) }
            group.addTask {
                for await signal in await UnixSignalsSequence(trapping: .sigterm, .sighup) {
                    kill(process, signal == .sighup ? SIGHUP : SIGTERM)
                }
                return nil
            }
            for await code in group {
                guard let code else { continue }
                group.cancelAll()
                return code
            }
            return 1
        }
    }

    private func spawn() throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores or traps is the child's own business.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        let code = posix_spawn(&process, path, nil, &attributes, &words, &variables)
        guard code == 0 else {
            throw ClientError(.input, "\(path) cannot be started: \(WholeFile.reason(code))")
        }
        return process
    }

    /// Waits on a thread of its own: the wait blocks as long as the program runs.
    private static func wait(for process: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? status >> 8 & 0xFF : 128 + signal)
            }
        }
    }
}
