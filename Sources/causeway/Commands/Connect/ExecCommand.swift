import AppConnector
import ArgumentParser
import Foundation
import LocalFiles
import Logging
import ManagementClient
import RelayModel
import RelayTransport

/// `causeway exec`: runs a program for which the bound names lead through the relay.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a program for which the bound host names lead through the relay.",
        discussion: """
            The program needs no change: when it looks up a bound name and connects to it, the connection goes through the \
            relay; a refusal at the endpoint is a refused connection. Everything else it does as ever. It ends with the \
            program, with its exit code. Programs that are linked statically are not caught; use `causeway connect --dns` \
            for them.

            Examples: causeway exec -g factory --site factory-shop -- psql -h db.corp.example orders
                      causeway exec --connection-string @sender.txt -- ./app
            """
    )

    @Option(
        help: ArgumentHelp(
            "With --connection-string: the name and port that the program connects to (default: the endpoint that the "
                + "hybrid connection names).",
            valueName: "host:port"))
    var endpoint: TCPEndpointArgument?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = "warning"

    @OptionGroup var options: ConnectorOptions

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, after --.", valueName: "command"))
    var command: [String]

    func validate() throws {
        _ = try ConnectorLog.level(logLevel)
        guard !command.isEmpty else { throw ValidationError("Give the program after --.") }
    }

    func run() async throws {
        let library = try Self.library()
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = try ChildProgram(command, environment: try Self.environment(library, folder))
        if program.isStatic {
            try StandardStream.error.write(
                line: "causeway: \(program.path) is linked statically, so names are not redirected for it; "
                    + "`causeway connect --dns` is for such programs")
        }
        if program.hasOtherRights {
            try StandardStream.error.write(
                line:
                    "causeway: \(program.path) is a set-user-ID or set-group-ID program, so names are not redirected for "
                    + "it; `causeway connect --dns` is for such programs")
        }
        var settings = try options.settings()
        settings.execFolder = folder
        // Two programs of one machine may have the same bindings.
        settings.addressSalt = UInt64.random(in: 1 ... .max)
        let logger = ConnectorLog.logger(try ConnectorLog.level(logLevel))
        let loops = try await options.loops()
        let service = AppConnectorService(settings, loops: loops, wallClock: { .now }, logger: logger)
        try await service.start()
        let code = try await run(program, service, settings, loops)
        await Self.passOnTheRest(service, loops)
        await service.stop()
        await RouteSet.end(loops)
        try? FileManager.default.removeItem(atPath: folder)
        if code != 0 { throw ExitCode(code) }
    }

    private func run(
        _ program: ChildProgram, _ service: AppConnectorService, _ settings: AppConnectorService.Settings,
        _ loops: SocketLoops
    ) async throws -> Int32 {
        if options.connectionString != nil {
            await service.apply([try await options.binding(endpoint?.endpoint, settings, loops)])
            return try await program.run()
        }
        return try await options.withSource { source in
            await service.apply(try await source.load())
            let following = Task { await service.follow(source) }
            let code = try await program.run()
            following.cancel()
            await following.value
            return code
        }
    }

    /// How long an endpoint may take nothing of what the program left behind; as long as the system itself would wait.
    private static let restTimeout = Duration.seconds(60)

    /// A program may end right after its last write, and with any TCP all of it still arrives. Connections that others
    /// hold, such as a child that goes on in the background, are not waited for.
    private static func passOnTheRest(_ service: AppConnectorService, _ loops: SocketLoops) async {
        let clock = ContinuousClock()
        var passed = await service.bytesPassed
        var deadline = clock.now + restTimeout
        // Twice, so that an end that has just come is seen.
        var quiet = 0
        while quiet < 2, clock.now < deadline {
            quiet = await loops.endingCount() == 0 ? quiet + 1 : 0
            try? await Task.sleep(for: .milliseconds(5))
            let now = await service.bytesPassed
            if now != passed { deadline = clock.now + restTimeout }
            passed = now
        }
    }

    // MARK: Surroundings of the program

    private static let libraryName = "libcauseway-preload.so"

    /// The library stands beside the executable, or where packages put libraries.
    private static func library() throws -> String {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = (executable ?? CommandLine.arguments[0] as String) as NSString
        let beside = folder.deletingLastPathComponent
        let places = ["\(beside)/\(libraryName)", "\(beside)/../lib/causeway/\(libraryName)"]
        guard let found = places.first(where: WholeFile.exists) else {
            throw ClientError(.input, "\(libraryName) is not beside the program; it belongs to its installation")
        }
        return URL(fileURLWithPath: found).standardized.path
    }

    private static func makeFolder() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        // A relative folder would be another one for a program that changes its own.
        let places = ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap { environment[$0] } + ["/tmp"]
        let base = places.first { isPreloadable($0) && FileManager.default.isWritableFile(atPath: $0) }
        var template = Array("\(base ?? "/tmp")/causeway-exec-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ClientError(.input, "no folder for the program's names can be made: \(WholeFile.reason(errno))")
        }
        return String(cString: made)
    }

    /// The loader separates libraries by colons and blanks, and knows no way to write one in a name.
    private static func isPreloadable(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.contains { ": \t\n".contains($0) }
    }

    private static func environment(_ library: String, _ folder: String) throws -> [String: String] {
        var library = library
        if !isPreloadable(library) {
            let link = "\(folder)/\(libraryName)"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: library)
            library = link
        }
        var environment = ProcessInfo.processInfo.environment
        let others = environment["LD_PRELOAD"].flatMap { $0.isEmpty ? nil : $0 }
        environment["LD_PRELOAD"] = others.map { "\(library):\($0)" } ?? library
        environment["CAUSEWAY_EXEC_DIRECTORY"] = folder
        return environment
    }
}
