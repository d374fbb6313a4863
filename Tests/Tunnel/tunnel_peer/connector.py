"""`causeway connect` and `causeway exec`: the app's side."""

import re
import subprocess
import sys

from clients.servers import binary, clean_environment

from .programs import Program, causeway, succeeded
from .sockets import free_port

AT = re.compile(r"^(\S+) at (\S+) by ", re.MULTILINE)


class Connector(Program):
    """A running `causeway connect`."""

    def __init__(self, folder, server, *arguments, **environment):
        self.server = server
        super().__init__(
            folder, [binary(), "connect", "--ca-file", server.ca_file, *arguments],
            CAUSEWAY_DATA_DIRECTORY=str(server.data), **environment)

    def has_begun(self):
        return "Ready." in self.output()

    @property
    def places(self):
        """The address for each endpoint, as it says at its start."""
        return dict(AT.findall(self.output()))

    def place(self, endpoint):
        """The address that an endpoint has now, as the log says."""
        host = re.escape(endpoint)
        return self.wait_log(rf"endpoint={host}\b.*listening on").rsplit(" ", 1)[1]


class Single(Connector):
    """A connector for one connection string, at one address."""

    def __init__(self, folder, connection, *arguments, rule="send", plaintext=False, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.connection, self.rule, self.plaintext = connection, rule, plaintext
        self.file = folder / "connection-string"
        self.address = f"127.0.0.1:{free_port()}"
        self.write()
        super().__init__(
            folder, connection.server, "--connection-string", f"@{self.file}", "--listen", self.address,
            *(["--plaintext"] if plaintext else []), *arguments, **environment)

    def write(self):
        self.file.write_text(self.connection.string(self.rule, self.plaintext) + "\n")


def python(code):
    """A command that runs Python code, as programs of the tests run under `exec`."""
    return [sys.executable, "-c", code]


def execute(site, command, *arguments, **options):
    """`causeway exec` with an app, to its end."""
    return site.causeway("exec", *arguments, "--", *command, **options)


def launch(site, command, *arguments, **options):
    """`causeway exec` with an app, which goes on; the process, whose ends are pipes."""
    return subprocess.Popen(
        [binary(), "exec", *site.options, *arguments, "--", *map(str, command)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
        env=clean_environment(CAUSEWAY_DATA_DIRECTORY=str(site.server.data)), **options)


def hosts(site):
    """`causeway connect hosts`: addresses by name."""
    lines = succeeded(site.server.causeway("connect", "hosts", *site.options)).stdout.splitlines()
    return {name: address for address, name in (line.split() for line in lines)}


__all__ = ["Connector", "Single", "causeway", "execute", "hosts", "launch", "python"]
