import ArgumentParser
import Foundation
import ManagementClient
import RelayModel
import Testing

@testable import causeway

struct CommandLineTests {
    @Test(arguments: [
        "group create -n g", "group create --resource-group g --location west", "group list",
        "group update -g g --tags a=b c=d=e",
        "namespace create -g g -n contoso", "namespace list", "namespace list -g g -o table",
        "hybrid-connection create -g g --namespace n -n h --endpoint db:1433",
        "hybrid-connection connection-string -g g --namespace n -n h --key secondary",
        "wcf-relay create -g g --namespace n -n w --relay-type Http --requires-transport-security false",
        "authorization-rule create -g g --namespace n -n r --rights Send listen",
        "authorization-rule list -g g --namespace n --wcf-relay w", "plan create -g g -n p --sku B1",
        "site create -g g -n s --plan p", "site create -g g -n s --slot staging", "site list -g g --site s",
        "site delete -g g -n s --keep-empty-plan",
        "binding create -g g --site s --namespace n --hybrid-connection h",
        "binding create -g g -n s --slot staging --namespace n --hybrid-connection h", "binding list -g g --plan p",
        "keys list -g g --namespace n -n r", "keys rotate -g g --namespace n -n r --key primary",
        "keys rotate -g g --namespace n --hybrid-connection h --bindings", "usage", "usage -g g --namespace n",
        "usage --since 2026-01-01 --until 2026-02-01", "namespace events -g g -n n",
        "namespace events -g g -n n --since 7d --until 1h --operation AuthorizationFailed --limit 10 -o json",
        "hybrid-connection events -g g --namespace n -n h --follow --tracking-id x",
        "hybrid-connection connections -g g --namespace n -n h",
        "activity", "activity list --since 7d --until 2026-01-01 -g g", "activity --limit 5",
        "service-principal create -n app", "role-assignment create --assignee app --role Reader --scope /",
        "role-assignment delete --assignee app", "lock create -g g -n keep -t ReadOnly", "lock list",
        "identity user create -n a@b --display-name A --password @f", "identity user set-password -n a@b --password -",
        "identity user list", "identity group create -n ops --description x", "identity group member list -n ops",
        "identity group member add -n ops --member a@b", "identity group member remove -n ops --member a@b",
        "identity service-principal secret add -n app --end-date 2027-01-31", "identity tenant create -n t",
        "identity service-principal secret delete -n app --secret-id s", "identity subscription update -n s",
        "identity federated-credential create --service-principal app -n b --issuer i --subject s --audiences a b",
        "role definition create --role-definition @f", "role definition list --custom-role-only -g g",
        "role definition update --role-definition @f -n Old", "role definition delete -n Watcher",
        "role assignment create --assignee ops --role Watcher -g g", "role assignment list",
        "token --endpoint https://localhost:1 --client-id a --client-secret @f", "rest get subscriptions",
        "rest PUT /a {} --header If-Match:* --query-parameter a=b", "rest POST /a -",
        "hcm run", "hcm run --config f --lanes 0 --tunnels-max 10", "hcm run --connection-string @f --allow-loopback",
        "hcm run --proxy http://u:p@proxy:3128 --state-directory d --key-file k --socket s", "hcm add @f", "hcm add -",
        "hcm add", "hcm add -s 1 -rg g -ns n -n h", "hcm add --resource-group g --namespace n --name h -o json",
        "hcm list", "hcm show -ns n -n h", "hcm remove --namespace n --name h", "hcm restart -ns n -n h --socket s",
        "hcm test db:5432", "hcm test ns.relay.example", "hcm doctor", "hcm doctor -ns n -n h", "hcm logs --lines 5",
        "hcm login --management-endpoint https://a --client-id c --client-secret @f", "hcm logout", "hcm version",
        "hcm install-service --print -- --ca-file f", "connect -g g --site s",
        "connect --site /subscriptions/x --dns 127.0.0.1:53",
        "connect -g g --site s --listen db:1=127.0.0.1:2 --dns-upstream 1.1.1.1", "connect hosts -g g --site s",
        "connect --connection-string @f --listen 127.0.0.1:1433", "exec -g g --site s -- ls -l",
        "exec --site /s -- a --b",
        "exec --connection-string @f -- a", "exec --connection-string @f --endpoint db:1 -- a", "tcpping db:1",
        "deployment create -g g -f t.json", "deployment create -f - -n n -l local -p a=b -p @f --mode Complete",
        "deployment validate -g g --template-file t", "deployment what-if -g g -f t", "deployment show -g g -n n",
        "deployment list", "deployment operations -g g -n n", "deployment cancel -n n", "deployment delete -n n",
        "deployment export -g g", "deployment export -n n",
        "export", "export --output-file f", "export --with-keys --passphrase-file -", "export --with-keys --key-file k",
        "import f", "import - --dry-run --on-conflict skip", "import f --map-subscription a=b --map-principal c=d",
        "import f --subscription s --passphrase-file p --without-role-assignments -o table",
        "import-azure a b -g g --dry-run", "import-azure -",
        "tcpping db:1 -n 3 -g g --site s", "tcpping db:1 --end-to-end --connection-string @f", "doctor -g g --site s",
    ])
    func `a well-formed command line is understood`(_ line: String) throws {
        _ = try Causeway.parseAsRoot(line.split(separator: " ").map(String.init))
    }

    @Test(arguments: [
        "nonsense", "group create", "namespace create -n contoso", "namespace list --nonsense",
        "hybrid-connection create -g g --namespace n -n h --endpoint db",
        "hybrid-connection create -g g --namespace n -n h --endpoint db:1 --user-metadata x",
        "authorization-rule create -g g --namespace n -n r --rights Fly",
        "authorization-rule list -g g --namespace n --wcf-relay w --hybrid-connection h", "site list --plan p",
        "binding list -g g", "binding list -g g --site s --plan p", "keys rotate -g g --namespace n -n r",
        "keys rotate -g g --namespace n --bindings", "keys rotate -g g --namespace n --key primary",
        "keys rotate -g g --namespace n -n r --key tertiary", "usage --namespace n", "usage --scope / -g g",
        "activity --since yesterday", "activity --limit 0", "role-assignment delete", "rest G3T /a", "rest GET",
        "rest GET /a --query-parameter a", "rest GET /a --header a", "rest POST /a - --client-secret -",
        "namespace list -o yaml", "namespace events -g g", "namespace events -g g -n n --limit 0",
        "namespace events -g g -n n --follow --limit 5", "namespace events -g g -n n --follow --until 1h",
        "namespace events -g g -n n --since soon", "namespace connections -g g -n n",
        "hcm run --config f --connection-string @g",
        "hcm run --lanes 17", "hcm run --tunnels-max 0", "hcm run --proxy ftp://a", "hcm run --log-level loud",
        "hcm fly",
        "hcm add @f -n h", "hcm add -n h", "hcm show -n h", "hcm remove", "hcm test", "hcm logs --lines 0",
        "hcm doctor -n h", "connect --connection-string @f", "connect --connection-string @f --listen nowhere",
        "connect --site s -g g --listen 127.0.0.1:1", "connect --site s --connection-string @f --listen 127.0.0.1:1",
        "connect --dns nowhere -g g --site s", "exec -g g --site s", "exec -g g --site s --",
        "exec --site s --connection-string @f -- a", "tcpping", "tcpping db", "tcpping db:0", "tcpping db:1 -n 0",
        "tcpping db:1 --end-to-end", "doctor --site s --connection-string @f",
        "export --with-keys", "export --key-file k", "export --with-keys --key-file k --passphrase-file p",
        "export --with-keys --passphrase-file - --client-secret -", "import", "import f --on-conflict ask",
        "import f --map-subscription a", "import - --passphrase-file -", "import-azure", "import-azure - -",
    ])
    func `a wrong command line ends with exit code 2`(_ line: String) {
        let error = #expect(throws: (any Error).self) {
            _ = try Causeway.parseAsRoot(line.split(separator: " ").map(String.init))
        }

        #expect(error.map { ExitReport($0).code } == 2)
    }

    @Test(arguments: ["--help", "--version", "group --help", "group create --help", "rest -h", "keys rotate --help"])
    func `help and version end with exit code 0`(_ line: String) {
        let error = #expect(throws: (any Error).self) {
            var command = try Causeway.parseAsRoot(line.split(separator: " ").map(String.init))
            try command.run()
        }

        #expect(error.map { ExitReport($0).code } == 0)
    }

    @Test func `a failed call ends with exit code 1 and says what the server said`() {
        let report = ExitReport(
            ManagementError(status: 404, code: "ResourceNotFound", message: "No\u{1B}[2J such thing.", requestID: "r-1")
        )

        #expect(report.code == 1)
        #expect(report.text == "causeway: ResourceNotFound: No\\u001b[2J such thing. (request r-1)")
    }

    @Test func `a reader that has gone is nothing to report, a full disk is`() {
        #expect(ExitReport(OutputError(code: EPIPE)).text.isEmpty)
        #expect(
            ExitReport(OutputError(code: ENOSPC)).text.hasPrefix("causeway: the standard output cannot be written: "))
        #expect(ExitReport(OutputError(code: ENOSPC)).code == 1)
    }

    @Test func `every command says what it does and shows an example`() {
        func check(_ command: any ParsableCommand.Type) {
            #expect(!command.configuration.abstract.isEmpty, "\(command)")
            #expect(command.configuration.discussion.contains("causeway "), "\(command)")
            for subcommand in command.configuration.subcommands { check(subcommand) }
            for group in command.configuration.groupedSubcommands {
                for subcommand in group.subcommands { check(subcommand) }
            }
        }
        check(Causeway.self)
    }

    @Test(arguments: [("30m", -1800), ("24h", -86_400), ("7d", -604_800), ("90s", -90)] as [(String, Int64)])
    func `a moment can be given as how long ago it is`(_ text: String, _ seconds: Int64) throws {
        let now = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)

        #expect(try #require(MomentArgument(argument: text)).timestamp(now: now) == now.adding(seconds: seconds))
    }

    @Test func `the filter of events quotes what it is given`() throws {
        let arguments = [
            "namespace", "events", "-g", "g", "-n", "n", "--since", "2026-01-31", "--until", "30m", "--operation",
            "o'b",
            "--tracking-id", "t",
        ]
        let command = try #require(try Causeway.parseAsRoot(arguments) as? RelayEventsCommand<NamespaceNoun>)

        #expect(
            command.events.filter(now: Timestamp(millisecondsSinceEpoch: 1_800_000))
                == "eventTimestamp ge '2026-01-31T00:00:00.0000000Z' and eventTimestamp le "
                + "'1970-01-01T00:00:00.0000000Z' and operationName eq 'o''b' and trackingId eq 't'"
        )
    }

    @Test func `usage asks for hours only when it is told some`() throws {
        let filter = { (arguments: [String]) in
            try (Causeway.parseAsRoot(["usage"] + arguments) as? UsageCommand)?
                .filter(now: Timestamp(millisecondsSinceEpoch: 0))
        }

        #expect(try filter([]) == nil)
        #expect(try filter(["--since", "2026-01-01"]) == "hour ge '2026-01-01T00:00:00.0000000Z'")
        #expect(
            try filter(["--since", "2026-01-01", "--until", "2026-02-01"])
                == "hour ge '2026-01-01T00:00:00.0000000Z' and hour lt '2026-02-01T00:00:00.0000000Z'"
        )
    }

    @Test func `the filter of the activity log quotes what it is given`() throws {
        let command = try #require(
            try Causeway.parseAsRoot(["activity", "list", "--since", "2026-01-31T08:00:00Z", "-g", "o'brien"])
                as? ActivityListCommand
        )

        #expect(
            command.filter(now: Timestamp(millisecondsSinceEpoch: 0))
                == "eventTimestamp ge '2026-01-31T08:00:00.0000000Z' and resourceGroupName eq 'o''brien'"
        )
    }
}
