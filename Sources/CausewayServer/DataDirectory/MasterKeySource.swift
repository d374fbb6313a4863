import Foundation
package import RelayModel
import SharedAccess

/// Where the master key comes from. It is the only thing that makes stored keys readable.
package enum MasterKeySource: Sendable {
    /// A file with the base64 text of 32 bytes; `nil` is `master.key` in the data directory, made at the first start.
    case file(String?)
    case environment(Secret<String>)
    /// A command that prints the key.
    case command(String)

    /// `creates`: makes a key where the data directory has none and no database.
    package func load(_ directory: DataDirectory, creates: Bool = true) throws -> Secret<[UInt8]> {
        switch self {
        case .environment(let key): try Self.decode(key, "The variable CAUSEWAY_MASTER_KEY")
        case .command(let command): try Self.decode(Self.run(command), "The output of the master key command")
        case .file(let path): try Self.read(path ?? directory.masterKey, creates: creates && path == nil, directory)
        }
    }

    private static func read(_ path: String, creates: Bool, _ directory: DataDirectory) throws -> Secret<[UInt8]> {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = (attributes[.posixPermissions] as? Int) ?? 0
            guard mode & 0o077 == 0 else {
                throw ConfigurationError(
                    "The master key file \(path) can be read by others (mode \(String(mode, radix: 8))); set it to 600."
                )
            }
            return try decode(Secret(text), "The master key file \(path)")
        }
        guard creates, !FileManager.default.fileExists(atPath: directory.database) else {
            throw ConfigurationError(
                "The master key file \(path) cannot be read. Without it the stored keys cannot be decrypted."
            )
        }
        let key = KeyVault.randomMasterKey()
        try DataDirectory.writeAtomically(Data(key.reveal()).base64EncodedString() + "\n", to: path, mode: 0o600)
        return key
    }

    private static func decode(_ text: Secret<String>, _ source: String) throws -> Secret<[UInt8]> {
        let trimmed = text.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: trimmed), bytes.count == 32 else {
            throw ConfigurationError("\(source) is not the base64 form of 32 bytes.")
        }
        return Secret(Array(bytes))
    }

    private static func run(_ command: String) throws -> Secret<String> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ConfigurationError("The master key command ended with status \(process.terminationStatus).")
        }
        return Secret(String(decoding: data, as: UTF8.self))
    }
}
