import ArgumentParser
import Foundation
import LocalFiles
import ManagementClient

/// `causeway hcm install-service`: a systemd unit that runs the manager with as little right as it needs.
struct HCMInstallServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install-service",
        abstract: "Install the manager as a service of systemd.",
        discussion: """
            Writes the unit, and enables and starts it where systemd runs. The service has a user of its own, may write its \
            state directory alone, and may open network sockets. Options of `causeway hcm run` for it stand after --.

            Examples: sudo causeway hcm install-service -- --ca-file /etc/causeway/ca.pem
                      causeway hcm install-service --print
            """
    )

    @Flag(help: "Print the unit and install nothing.")
    var print = false

    @Flag(help: "Write the unit and do not start it.")
    var noStart = false

    @Option(help: ArgumentHelp("Where the unit is written.", valueName: "folder"))
    var unitDirectory = "/etc/systemd/system"

    @Argument(help: ArgumentHelp("Options of `causeway hcm run`.", valueName: "option"))
    var arguments: [String] = []

    private static let name = "causeway-hcm.service"

    func validate() throws {
        let command: HCMRunCommand
        do {
            command = try HCMRunCommand.parse(arguments)
        } catch {
            throw ValidationError(
                "The options after -- are none of `causeway hcm run`: \(HCMRunCommand.message(for: error))")
        }
        if let string = command.connectionString, !string.hasPrefix("@") {
            throw ValidationError(
                "Everybody can read a unit: give the connection string as @FILE, or use `causeway hcm add`.")
        }
    }

    /// Folders below the root that the unit hides from the service.
    private static let hidden = ["home", "root", "tmp"]

    func run() throws {
        if let folder = Self.program.split(separator: "/").first, Self.hidden.contains(String(folder)) {
            try StandardStream.error.write(
                line: "causeway: the service will see nothing of /\(folder), and this program is \(Self.program): "
                    + "install it elsewhere, such as to /usr/local/bin, and run this command from there")
        }
        let unit = Self.unit(program: Self.program, arguments: arguments)
        guard !print else { return try StandardStream.output.write(Array(unit.utf8)) }
        let path = "\(unitDirectory)/\(Self.name)"
        do {
            try WholeFile.write(Array(unit.utf8), to: path, mode: 0o644)
        } catch {
            throw ClientError(.input, "\(error)")
        }
        try StandardStream.output.write(line: "Wrote \(path).")
        guard !noStart else { return }
        guard WholeFile.exists("/run/systemd/system") else {
            return try StandardStream.output.write(
                line: "systemd does not run here; start it there with `systemctl enable --now \(Self.name)`.")
        }
        for command in [["daemon-reload"], ["enable", "--now", Self.name]] { try Self.systemctl(command) }
        try StandardStream.output.write(line: "Enabled and started \(Self.name); see `systemctl status \(Self.name)`.")
    }

    /// The program that runs now; a link to it would be of no use when it moves.
    private static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/local/bin/causeway"
    }

    private static func systemctl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["systemctl"] + arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ClientError(.input, "`systemctl \(arguments.joined(separator: " "))` failed")
        }
    }

    static func unit(program: String, arguments: [String]) -> String {
        let words = ([program, "hcm", "run", "--socket", "/run/causeway/hcm.sock"] + arguments).map(quoted)
        return """
            [Unit]
            Description=Causeway Hybrid Connection Manager
            Wants=network-online.target
            After=network-online.target

            [Service]
            Type=exec
            ExecStart=\(words.joined(separator: " "))
            Restart=always
            RestartSec=1
            DynamicUser=yes
            StateDirectory=causeway-hcm
            StateDirectoryMode=0700
            RuntimeDirectory=causeway
            RuntimeDirectoryMode=0700
            LimitNOFILE=65536
            UMask=0077
            NoNewPrivileges=yes
            CapabilityBoundingSet=
            AmbientCapabilities=
            ProtectSystem=strict
            ProtectHome=yes
            PrivateTmp=yes
            PrivateDevices=yes
            PrivateUsers=yes
            ProtectKernelTunables=yes
            ProtectKernelModules=yes
            ProtectKernelLogs=yes
            ProtectControlGroups=yes
            ProtectClock=yes
            ProtectHostname=yes
            ProtectProc=invisible
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
            RestrictNamespaces=yes
            RestrictRealtime=yes
            RestrictSUIDSGID=yes
            LockPersonality=yes
            SystemCallArchitectures=native
            SystemCallFilter=@system-service
            SystemCallErrorNumber=EPERM

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// A word as a unit file has it: quoted, with `%` and `$` as themselves.
    private static func quoted(_ word: String) -> String {
        let escaped = word.replacing("%", with: "%%").replacing("$", with: "$$").replacing("\\", with: "\\\\")
            .replacing("\"", with: "\\\"")
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "/._:@,=+-".contains($0) }
        return isPlain && !word.isEmpty ? escaped : "\"\(escaped)\""
    }
}
