"""Servers of a test's own: started on free ports in a folder of their own, ended by process id."""

import dataclasses
import json
import os
import signal
import stat
import subprocess

import requests

from contract.server import Settings

from .waiting import wait_until

BINARY = "CAUSEWAY_BINARY"


FREE_ADDRESSES = [f"--{name}-address=127.0.0.1:0" for name in ("management", "relay", "operations")]


def without(arguments, others):
    """The arguments of which the others do not say something else."""
    said = {argument.split("=")[0] for argument in others}
    return [argument for argument in arguments if argument.split("=")[0] not in said]


class DidNotStart(AssertionError):
    """The program ended before it was ready."""


def clean_environment(**variables):
    """The environment without what would point a server elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAUSEWAY_")}
    return {**kept, **variables}


def binary():
    path = os.environ.get(BINARY)
    assert path, f"{BINARY} must name the causeway program."
    return os.path.abspath(path)


class OwnServer:
    """`causeway serve` in a folder; the same folder can be started again and again."""

    def __init__(self, folder, *arguments, **environment):
        self.folder = folder
        self.data = folder / "data"
        self.arguments = list(arguments)
        self.environment = environment
        self.process = None
        self.runs = 0

    # MARK: life

    def command(self):
        defaults = [f"--data-directory={self.data}", "--log-level=notice", *FREE_ADDRESSES]
        return [binary(), "serve", *without(defaults, self.arguments), *self.arguments]

    def launch(self):
        """Starts the process without waiting for it."""
        self.runs += 1
        with open(self.folder / f"out-{self.runs}", "wb") as out, open(self.folder / f"log-{self.runs}", "wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=out, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                env=clean_environment(**self.environment),
            )

    def start(self):
        self.launch()
        wait_until(self.is_ready, f"the server in {self.data} is ready; {self.log()}")
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise DidNotStart(f"causeway ended with {self.process.returncode}: {self.log()}")
        runtime = self.runtime()
        return runtime is not None and runtime["pid"] == self.process.pid

    def stop(self, limit=20):
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    # MARK: what it says

    def runtime(self):
        try:
            return json.loads((self.data / "runtime.json").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def bootstrap(self):
        return json.loads((self.data / "bootstrap.json").read_text())

    def settings(self, bootstrap=None, **changed):
        bootstrap, runtime = bootstrap or self.bootstrap(), self.runtime()
        settings = Settings(
            endpoint=runtime["managementEndpoint"], ca_file=str(self.data / "tls" / "ca.pem"),
            operations_endpoint="http://" + runtime["operationsAddress"], tenant_id=bootstrap["tenantId"],
            subscription_id=bootstrap["subscriptionId"], client_id=bootstrap["clientId"], client_secret=bootstrap["clientSecret"],
        )
        return dataclasses.replace(settings, **changed)

    def health(self):
        session = requests.Session()
        session.trust_env = False
        return session.get(f"http://{self.runtime()['operationsAddress']}/health/ready", timeout=10).text

    def log(self):
        path = self.folder / f"log-{self.runs}"
        return path.read_text() if path.exists() else ""

    def output(self):
        return (self.folder / f"out-{self.runs}").read_text()

    def process_file(self, name):
        """What anybody on the machine, or its own user, may read of the process."""
        with open(f"/proc/{self.process.pid}/{name}", "rb") as file:
            return file.read().decode("utf-8", "replace")

    def mode(self, name):
        return stat.S_IMODE((self.data / name).stat().st_mode)


def failed_start(server):
    """Starts a server that must not come up; what it says."""
    server.launch()
    code = server.process.wait(10)
    assert code == 1, (code, server.log())
    assert "Fatal" not in server.log() and not (server.data / "runtime.json").exists()
    return server.log()


def run(*arguments, limit=30, cwd=None, **environment):
    """Runs the program to its end."""
    return subprocess.run(
        [binary(), *map(str, arguments)], capture_output=True, text=True, timeout=limit, cwd=cwd, stdin=subprocess.DEVNULL,
        env=clean_environment(**environment),
    )
