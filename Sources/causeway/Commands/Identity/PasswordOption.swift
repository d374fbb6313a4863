import ArgumentParser
import Foundation
import ManagementClient
import RelayModel

/// The password of a user, which the list of processes need not show.
struct PasswordOption: ParsableArguments {
    static let variable = "CAUSEWAY_USER_PASSWORD"

    @Option(
        help: ArgumentHelp(
            "The password as @FILE or - for the standard input (environment: CAUSEWAY_USER_PASSWORD; otherwise it is asked "
                + "for).", valueName: "password")
    )
    var password: String?

    /// - Throws: `ClientError` when there is no password and nobody to ask.
    func read() throws -> Secret<String> {
        if let given = try readIfGiven() { return given }
        guard let typed = try PasswordPrompt.ask("Password: ") else {
            throw ClientError(
                .input, "there is no password; give --password @FILE, --password - or \(Self.variable)")
        }
        return typed
    }

    /// The password of the option or of the environment.
    func readIfGiven() throws -> Secret<String>? {
        if let password {
            guard password == "-" || password.hasPrefix("@") else {
                throw ClientError(
                    .input,
                    "a password in the command line stands in the list of processes; give --password @FILE, --password - or "
                        + Self.variable)
            }
            return try SecretInput.read(password, what: "password")
        }
        return ProcessInfo.processInfo.environment[Self.variable].flatMap { $0.isEmpty ? nil : Secret($0) }
    }
}

/// Asks for a password at the terminal without showing it.
enum PasswordPrompt {
    /// - Returns: what was typed; `nil` when the standard input is no terminal.
    /// - Throws: `ClientError` when nothing was typed, or not the same twice.
    static func ask(_ text: String) throws -> Secret<String>? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        let first = try line(text)
        guard try line("Again: ") == first else { throw ClientError(.input, "the two passwords are not the same") }
        guard !first.isEmpty else { throw ClientError(.input, "the password is empty") }
        return Secret(first)
    }

    /// One line, which the terminal does not show.
    ///
    /// The keys that end a program are read like others, so that the terminal shows again what is typed before they do.
    private static func line(_ text: String) throws(ClientError) -> String {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw cannotHide }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { throw cannotHide }
        try? StandardStream.error.write(Array(text.utf8))
        let typed = keys()
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        try? StandardStream.error.write(line: "")
        switch typed {
        case .line(let line): return line
        case .interrupt(let signal):
            // To the process and not to this thread, on which signals may be blocked.
            kill(getpid(), signal)
            throw ClientError(.input, "the password was not given")
        }
    }

    private enum Typed {
        case line(String)
        /// Ctrl-C, or Ctrl with a backslash.
        case interrupt(Int32)
    }

    /// Reads keys to the end of the line or of the input.
    private static func keys() -> Typed {
        var bytes: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return .line(String(decoding: bytes, as: UTF8.self)) }
            switch byte {
            case 0x0A, 0x0D, 0x04: return .line(String(decoding: bytes, as: UTF8.self))
            case 0x03: return .interrupt(SIGINT)
            case 0x1C: return .interrupt(SIGQUIT)
            case 0x08, 0x7F: removeCharacter(from: &bytes)
            case 0x17:
                while bytes.last == 0x20 { bytes.removeLast() }
                while let last = bytes.last, last != 0x20 { bytes.removeLast() }
            case 0x15: bytes.removeAll()
            case 0x1B: skipSequence()
            case 0x00..<0x20: break
            default: bytes.append(byte)
            }
        }
    }

    /// A character goes as a whole: the bytes that continue it, and its first one.
    private static func removeCharacter(from bytes: inout [UInt8]) {
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    }

    /// What an arrow key or the like sends is no part of a password: `ESC [`, parameters, and a last byte; or `ESC O` and
    /// one byte.
    private static func skipSequence() {
        var byte: UInt8 = 0
        var isReady = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // Escape alone is followed by nothing.
        guard poll(&isReady, 1, 20) == 1, read(STDIN_FILENO, &byte, 1) == 1 else { return }
        guard byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") else { return }
        while read(STDIN_FILENO, &byte, 1) == 1, !(0x40...0x7E).contains(byte) {}
    }

    private static var cannotHide: ClientError {
        ClientError(.input, "the terminal cannot be told to hide the password")
    }
}
