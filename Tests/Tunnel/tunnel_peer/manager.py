"""`causeway hcm`: a running manager and the commands that talk to it."""

import json

from clients.servers import binary
from clients.waiting import wait_until

from .programs import Program, causeway, succeeded


class Manager(Program):
    """A manager with a folder of its own; endpoints on loopback are allowed unless it is told otherwise."""

    def __init__(self, folder, server, *arguments, allow_loopback=True, ca_file=None, **environment):
        self.server = server
        self.state, self.socket = folder / "state", folder / "hcm.sock"
        words = [binary(), "hcm", "run", "--socket", self.socket, "--ca-file", ca_file or server.ca_file, *arguments]
        if "--connection-string" not in arguments and "--state-directory" not in arguments:
            words += ["--state-directory", self.state]
        super().__init__(folder, words + (["--allow-loopback"] if allow_loopback else []), **environment)

    def has_begun(self):
        return "runs." in self.output()

    # MARK: commands

    def hcm(self, *arguments, **options):
        """A command to this manager."""
        return causeway("hcm", *arguments, CAUSEWAY_HCM_SOCKET=str(self.socket), cwd=self.folder, **options)

    def add(self, *connections, rule="listen"):
        """Adds by connection string and waits until each is connected."""
        for connection in connections:
            succeeded(self.hcm("add", "-", input=connection.string(rule)))
        for connection in connections:
            self.wait(connection)
        return self

    def list(self):
        return json.loads(succeeded(self.hcm("list", "--output", "json")).stdout)

    def show(self, connection):
        return json.loads(succeeded(self.hcm("show", *connection.names, "--output", "json")).stdout)

    def wait(self, connection, status="Connected", limit=10.0, **fields):
        """Waits until it has this status and these fields; what the manager shows of it then."""
        seen = {}

        def reached():
            seen.update(self.show(connection))
            return seen["Status"] == status and all(seen[name] == value for name, value in fields.items())

        try:
            wait_until(reached, f"{connection.name} is {status} {fields or ''}", limit, interval=0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}; last seen: {seen}; {self.log()[-2000:]}") from None
        return seen

    def diagnose(self, connection):
        """`hcm doctor`: the exit code, and each step's verdict and detail by its name."""
        result = self.hcm("doctor", *connection.names, "--output", "json")
        (report,) = json.loads(result.stdout)
        assert report["Healthy"] == (result.returncode == 0), result
        return result.returncode, {step["Name"]: (step["Verdict"], step["Detail"]) for step in report["Steps"]}


def steps(result):
    """The one report of `tcpping --end-to-end` or `doctor`: each step's verdict and detail by its name."""
    (report,) = json.loads(result.stdout)
    assert report["Healthy"] == (result.returncode == 0), result
    return {step["Name"]: (step["Verdict"], step["Detail"]) for step in report["Steps"]}
