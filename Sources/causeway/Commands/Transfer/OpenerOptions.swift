import ArgumentParser
import ManagementClient
import RelayModel
import SharedAccess

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What encrypts an export with keys, and opens it.
struct OpenerOptions: ParsableArguments {
    static let variable = "CAUSEWAY_EXPORT_PASSPHRASE"

    @Option(
        help: ArgumentHelp(
            "Where the passphrase of the document is: a file, or - for the standard input (environment: \(Self.variable) "
                + "holds the passphrase itself).",
            valueName: "file"))
    var passphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a passphrase: a file with at least \(PassphraseSeal.keyFileBytesMin) bytes that nobody can guess.",
            valueName: "file"))
    var keyFile: String?

    var isGiven: Bool { passphraseFile != nil || keyFile != nil || !variableValue.isEmpty }

    private var variableValue: String { ProcessInfo.processInfo.environment[Self.variable] ?? "" }

    func validate() throws {
        guard passphraseFile == nil || keyFile == nil else {
            throw ValidationError("Give --passphrase-file or --key-file.")
        }
    }

    /// - Throws: `ClientError` when none is given or a file cannot be read, `ServiceError` when it is too short.
    func opener() throws -> PassphraseSeal.Opener {
        if let keyFile { return try PassphraseSeal.Opener.keyFile(Secret(try FileContents.read(keyFile))).checked() }
        if let passphraseFile {
            let source = passphraseFile == "-" ? "-" : "@\(passphraseFile)"
            return try Self.passphrase(try SecretInput.read(source, what: "passphrase"))
        }
        guard !variableValue.isEmpty else {
            throw ClientError(
                .input,
                "the document is encrypted; give --passphrase-file or --key-file, or set \(Self.variable)")
        }
        return try Self.passphrase(Secret(variableValue))
    }

    private static func passphrase(_ text: Secret<String>) throws -> PassphraseSeal.Opener {
        try PassphraseSeal.Opener.passphrase(Secret(Array(text.reveal().utf8))).checked()
    }
}
