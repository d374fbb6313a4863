package import RelayModel

/// A secret as a command line names it: `-` for the standard input, `@file`, or the value itself.
package enum SecretInput {
    /// Reads the secret; one line break at its end does not belong to it.
    /// - Parameters:
    ///   - argument: as the command line has it.
    ///   - what: the secret's name in an error.
    /// - Returns: the secret.
    /// - Throws: `ClientError` when the file cannot be read or the secret is empty.
    package static func read(_ argument: String, what: String = "client secret") throws(ClientError) -> Secret<String> {
        let bytes: [UInt8]
        if argument == "-" {
            bytes = try FileContents.readStandardInput()
        } else if argument.hasPrefix("@") {
            bytes = try FileContents.read(String(argument.dropFirst()))
        } else {
            bytes = Array(argument.utf8)
        }
        var text = String(decoding: bytes, as: UTF8.self)[...]
        if let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty else { throw ClientError(.input, "the \(what) is empty") }
        return Secret(String(text))
    }
}
