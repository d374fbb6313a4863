"""Programs that run until they are ended, by process ID; what they print goes to files of a folder."""

import os
import re
import signal
import subprocess

from clients.servers import DidNotStart, binary, clean_environment
from clients.waiting import wait_until


class Program:
    """One program; it can be started again and again. Each run has its own output."""

    def __init__(self, folder, command, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.command, self.environment = folder, [str(word) for word in command], environment
        self.process, self.runs = None, 0

    # MARK: life

    def launch(self, **options):
        """Starts it without waiting for it."""
        self.runs += 1
        with open(self.folder / f"out-{self.runs}", "wb") as out, open(self.folder / f"log-{self.runs}", "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=out, stderr=log, cwd=self.folder,
                env=clean_environment(**{"XDG_RUNTIME_DIR": str(self.folder), **self.environment}),
                **{"stdin": subprocess.DEVNULL, **options},
            )
        return self

    def start(self, limit=20.0):
        self.launch()
        wait_until(self.is_ready, f"{self} is ready; {self.output()} {self.log()}", limit)
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise DidNotStart(f"{self} ended with {self.process.returncode}: {self.output()} {self.log()[:2000]}")
        return self.has_begun()

    def has_begun(self):
        return True

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, limit=20):
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def end(self):
        if self.is_running:
            self.kill()

    # MARK: what it says

    def log(self, run=None):
        return self._read(f"log-{run or self.runs}")

    def output(self, run=None):
        return self._read(f"out-{run or self.runs}")

    def _read(self, name):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def process_file(self, name):
        """What its own user may read of the process."""
        with open(f"/proc/{self.process.pid}/{name}", "rb") as file:
            return file.read()

    def wait_log(self, pattern, limit=10.0):
        """Waits until the log of this run has a line with the pattern; the line."""
        def line():
            return next((line for line in self.log().splitlines() if re.search(pattern, line)), None)

        try:
            return wait_until(line, f"the log of {self} has {pattern!r}", limit)
        except AssertionError as error:
            raise AssertionError(f"{error}; it has: {self.log()[-3000:]}") from None

    def __str__(self):
        return " ".join(self.command[1:3])


def causeway(*arguments, limit=30, input=None, cwd=None, binary_path=None, prefix=(), **environment):
    """Runs the program to its end."""
    words = [*map(str, prefix), binary_path or binary(), *map(str, arguments)]
    given = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(
        words, capture_output=True, text=True, timeout=limit, cwd=cwd, env=clean_environment(**environment), **given)


def succeeded(result):
    assert result.returncode == 0, f"{result.args[1:]}: {result.returncode} {result.stdout} {result.stderr[:3000]}"
    return result


def failed(result, code=1):
    """Checks the exit code of a command that must fail, and that it did so with a sentence; what it said."""
    assert result.returncode == code, f"{result.args[1:]}: {result.returncode} {result.stdout} {result.stderr[:3000]}"
    assert "Fatal" not in result.stderr and result.stderr.strip(), result.stderr
    return result.stderr


def is_root():
    return os.geteuid() == 0
