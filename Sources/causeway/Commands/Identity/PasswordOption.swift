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
        if let password { return try SecretInput.read(password, what: "password") }
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

    private static func line(_ text: String) throws -> String {
        try StandardStream.error.write(Array(text.utf8))
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw ClientError(.input, "the terminal cannot be told to hide the password")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw ClientError(.input, "the terminal cannot be told to hide the password")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            try? StandardStream.error.write(line: "")
        }
        return readLine() ?? ""
    }
}
