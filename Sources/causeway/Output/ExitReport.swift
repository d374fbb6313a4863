import ArgumentParser
import HybridConnectionManager
import LocalFiles
import ManagementClient
import RelayModel
import RelayTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is said at the end of a command that did not simply succeed, and with which exit code: 1 failed, 2 usage.
struct ExitReport {
    let code: Int32
    let text: String

    init(_ error: any Error) {
        switch error {
        case let error as OutputError:
            code = 1
            text = error.isClosedPipe ? "" : "causeway: \(error)"
        case is ManagementError, is ClientError, is ServiceError, is FileFailure, is ManagerClient.Failure,
            is HybridConnectionManagerService.Refusal, is DialFailure:
            code = 1
            text = "causeway: \(TerminalText.escaped(String(describing: error)))"
        default:
            let libraryCode = Causeway.exitCode(for: error)
            code = libraryCode == .validationFailure ? 2 : libraryCode.rawValue
            text = Causeway.fullMessage(for: error)
        }
    }

    /// Help and the version were asked for, so they go to the standard output.
    func exit() -> Never {
        // Where even this cannot be said, the exit code has to do.
        if !text.isEmpty { try? (code == 0 ? StandardStream.output : .error).write(line: text) }
        #if canImport(Glibc)
            Glibc.exit(code)
        #elseif canImport(Musl)
            Musl.exit(code)
        #else
            Darwin.exit(code)
        #endif
    }
}
