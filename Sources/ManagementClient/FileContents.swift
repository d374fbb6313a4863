import LocalFiles

/// Reads whole files and the standard input, with the errors of clients.
package enum FileContents {
    /// - Throws: `ClientError` when the file cannot be read.
    package static func read(_ path: String) throws(ClientError) -> [UInt8] {
        do { return try WholeFile.read(path) } catch { throw ClientError(.input, error.description) }
    }

    /// `nil` when there is no such file.
    static func readIfPresent(_ path: String) throws(ClientError) -> [UInt8]? {
        do {
            return try WholeFile.read(path)
        } catch {
            if error.isMissing { return nil }
            throw ClientError(.input, error.description)
        }
    }

    /// - Throws: `ClientError` when it cannot be read.
    package static func readStandardInput() throws(ClientError) -> [UInt8] {
        do { return try WholeFile.read(0, name: "the standard input") } catch {
            throw ClientError(.input, error.description)
        }
    }

    static func exists(_ path: String) -> Bool { WholeFile.exists(path) }
}
