import ManagementClient
import RelayModel

/// A connection string as the command line of a program that goes on running names it.
enum ConnectionStringInput {
    static let help = "as @FILE, - for the standard input, or itself, which others on this machine can see then"

    /// - Throws: `ClientError` when the file cannot be read or is empty.
    static func read(_ argument: String) throws -> Secret<String> {
        if argument != "-", !argument.hasPrefix("@") {
            try StandardStream.error.write(
                line: "causeway: the list of processes shows the connection string to others; give it as @FILE or -")
        }
        return try SecretInput.read(argument, what: "connection string")
    }
}
