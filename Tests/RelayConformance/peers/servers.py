"""Servers of the tests' own: `causeway serve` on free ports in a folder of its own, ended by process id."""

import json
import os
import resource
import signal
import ssl
import subprocess
import time
from pathlib import Path

from .loop import NotReached

ROOT = Path(__file__).resolve().parents[3]
DEFAULTS = {
    "management-address": "127.0.0.1:0", "relay-address": "127.0.0.1:0", "relay-plaintext-address": "127.0.0.1:0",
    "operations-address": "127.0.0.1:0", "log-level": "notice", "connections-per-namespace": "20000",
}


def wait_until(condition, what, limit=20.0, interval=0.02):
    """Asks until the condition gives something true, and returns that."""
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise NotReached(f"Not within {limit} s: {what}")
        time.sleep(interval)
    return value


def binary():
    path = Path(os.environ.get("CAUSEWAY_BINARY") or ROOT / ".build/debug/causeway").absolute()
    assert path.is_file(), f"{path} is not there; build it, or name the program in CAUSEWAY_BINARY."
    return str(path)


class Server:
    """One server; the same folder can be started again and again. Options are flags without their dashes."""

    def __init__(self, folder, descriptors=None, **options):
        self.folder, self.data = Path(folder), Path(folder) / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.descriptors = descriptors
        self.options = {**DEFAULTS, **{name.replace("_", "-"): str(value) for name, value in options.items()}}
        self.process = None
        self.runs = 0

    # MARK: life

    def start(self):
        self.runs += 1
        command = [binary(), "serve", f"--data-directory={self.data}", *(f"--{n}={v}" for n, v in self.options.items())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CAUSEWAY_")}
        with open(self.folder / f"out-{self.runs}", "wb") as out, open(self.folder / f"log-{self.runs}", "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, env=environment,
                preexec_fn=self._limit,
            )
        wait_until(self._is_ready, f"the server is ready; {self.log()}")
        return self

    def restart(self):
        """Starts again on the ports of the last run, as a service does."""
        return self.start()

    def keep_ports(self):
        """Makes the next start use the ports of this one."""
        for name in ("management", "relay", "operations"):
            self.options[f"{name}-address"] = self.runtime[f"{name}Address"]
        self.options["relay-plaintext-address"] = self.runtime["relayPlaintextAddress"]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, limit=20):
        return self.process.wait(limit)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)

    def _limit(self):
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def _is_ready(self):
        assert self.process.poll() is None, f"causeway ended with {self.process.returncode}: {self.log()}"
        try:
            return self.runtime["pid"] == self.process.pid
        except (FileNotFoundError, ValueError):
            return False

    # MARK: what it says

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process.poll() is None

    @property
    def runtime(self):
        return json.loads((self.data / "runtime.json").read_text())

    @property
    def bootstrap(self):
        return json.loads((self.data / "bootstrap.json").read_text())

    @property
    def trust(self):
        return ssl.create_default_context(cafile=self.data / "tls" / "ca.pem")

    def address(self, name):
        host, port = self.runtime[name + "Address"].rsplit(":", 1)
        return host, int(port)

    def log(self):
        path = self.folder / f"log-{self.runs}"
        return path.read_text(errors="replace")[-20_000:] if path.exists() else ""
