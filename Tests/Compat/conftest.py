import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients.servers import OwnServer, clean_environment


class Failed(AssertionError):
    def __init__(self, words, result):
        super().__init__(f"az {' '.join(words)}: {result.returncode}\n{result.stderr[-2000:]}")
        self.code, self.message = result.returncode, result.stderr


class AzureCLI:
    """`az`, unchanged, with a configuration directory of its own, signed in to a server of its own."""

    def __init__(self, folder, *arguments):
        (folder / "server").mkdir()
        self.server = OwnServer(folder / "server", *arguments).start()
        self.program = Path(os.environ.get("CAUSEWAY_AZ", Path(sys.executable).parent / "az"))
        # What people set: where az keeps its settings, and which authority it trusts.
        self.environment = clean_environment(
            AZURE_CONFIG_DIR=str(folder / "azure"), REQUESTS_CA_BUNDLE=str(self.server.data / "tls" / "ca.pem"),
            AZURE_CORE_COLLECT_TELEMETRY="false", AZURE_CORE_ONLY_SHOW_ERRORS="true")
        self.bootstrap = json.loads((self.server.data / "bootstrap.json").read_text())

    def fresh(self, folder):
        """The same server, and a client that knows nothing of it yet."""
        other = copy.copy(self)
        other.environment = {**self.environment, "AZURE_CONFIG_DIR": str(folder / "azure")}
        return other

    def __call__(self, command, *arguments, decode=True):
        """Runs `az COMMAND ARGUMENT…` and gives what it printed."""
        words = [*command.split(), *map(str, arguments)]
        result = subprocess.run(
            [self.program, *words, *(["--output", "json"] if decode else [])], capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, env=self.environment)
        if result.returncode:
            raise Failed(words, result)
        return json.loads(result.stdout) if decode and result.stdout.strip() else result.stdout

    def fails(self, command, *arguments):
        """Runs a command that must fail; its exit code and what it said."""
        with pytest.raises(Failed) as failed:
            self(command, *arguments)
        return failed.value.code, failed.value.message

    def sign_in(self):
        self("cloud register", "--name", "causeway", "--endpoint-resource-manager", self.bootstrap["managementEndpoint"])
        self("cloud set", "--name", "causeway")
        # Otherwise the library that signs in asks Microsoft's cloud first whether this authority exists.
        self("config set", "core.instance_discovery=false")
        return self("login --service-principal", "-u", self.bootstrap["clientId"], "-p", self.bootstrap["clientSecret"],
                    "--tenant", self.bootstrap["tenantId"])


@pytest.fixture(scope="session")
def az(tmp_path_factory):
    cli = AzureCLI(tmp_path_factory.mktemp("az"))
    try:
        cli.subscription = cli.sign_in()[0]["id"]
        yield cli
    finally:
        cli.server.end()
